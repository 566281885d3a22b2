import { Fault, seeded } from "@tilebook/base";
import * as fc from "fast-check";
import { deflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { parse } from "../document/parse.ts";
import { fromBase64url, toBase64url } from "./base64url.ts";
import { crc32 } from "./crc32.ts";
import { inflate } from "./deflate.ts";
import { decodeLink, encodeLink, mostLinkCharacters } from "./link.ts";
import { meterLink } from "./meter.ts";

const notebook = `---\ntitle: Tiled attention\n---\n# Hello\n\n${"```ts {#a}\nconst x = 1\n```\n\nSome words about $O(n^2)$.\n\n".repeat(20)}`;
const mib = 2 ** 20;

describe("share links", () => {
  test("[L1] a link gives back its text, for any text", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", maxLength: 300 }), async (text) => {
        const link = await encodeLink(text);
        expect(link).toMatch(/^#n1=[\w-]+$/);
        expect(await decodeLink(link)).toBe(text.toWellFormed());
      }),
    );
    expect(await decodeLink(await encodeLink("\uFEFF# BOM\r\n"))).toBe("\uFEFF# BOM\r\n");
  });

  test("[L2] other keys may follow, and the # may be missing", async () => {
    const link = await encodeLink("hi");
    expect(await decodeLink(`${link}&view=slides&cell=a`)).toBe("hi");
    expect(await decodeLink(link.slice(1))).toBe("hi");
  });

  test("[L3] a cut link is told from a changed one, at every length", async () => {
    const link = await encodeLink(notebook);
    for (let length = 4; length < link.length - 1; length++) {
      const code = await codeOf(link.slice(0, length));
      expect(["link/cut", "link/not-base64url"]).toContain(code);
      if ((length - 4) % 4 !== 1) expect(code).toBe("link/cut");
    }
  });

  test("[L4] another version, another kind, and strange characters each have their code", async () => {
    expect(await codeOf("#n2=AAAA")).toBe("link/version");
    expect(await codeOf("#u=https://example.org")).toBe("link/version");
    expect(await codeOf("")).toBe("link/version");
    expect(await codeOf("#n1=a b")).toBe("link/not-base64url");
    expect(await codeOf("#n1=")).toBe("link/cut");
    expect(await codeOf(`${await encodeLink("hi")}AAAA`)).toBe("link/corrupt");
    expect(await codeOf(`#n1=${"A".repeat(mostLinkCharacters + 1)}`)).toBe("link/too-long");
  });

  test("[L5] bytes that are no text, too many cells, and too large a cell each have their code", async () => {
    expect(await codeOf(packed(Uint8Array.of(0x61, 0xff, 0x62)))).toBe("link/utf8");
    expect(await codeOf(packed(utf8("```ts\n```\n".repeat(2001))))).toBe("link/cells");
    expect(await codeOf(packed(utf8("a".repeat(256 * 1024 + 1))))).toBe("link/cell");
    expect(await codeOf(packed(utf8("é".repeat(128 * 1024 + 1))))).toBe("link/cell");
    expect(await decodeLink(packed(utf8("a".repeat(256 * 1024))))).toHaveLength(256 * 1024);
    await expect(encodeLink("a".repeat(256 * 1024 + 1))).rejects.toMatchObject({ code: "link/cell" });
  });

  test("[L6] a bomb is stopped after 8 MiB and at most one piece", async () => {
    const bomb = deflateRawSync(new Uint8Array(64 * mib), { level: 9 });
    const result = await inflate(new Uint8Array(bomb), 8 * mib);
    expect(result.end).toBe("too-big");
    if (result.end === "too-big") expect(result.read).toBeLessThanOrEqual(8.1 * mib);
    expect(await codeOf(packed(new Uint8Array(64 * mib)))).toBe("link/too-big");
    expect(await codeOf(packed(new Uint8Array(8 * mib + 1)))).toBe("link/too-big");
  });

  test("[L7] 10,000 mutated links give a fault with a code or a notebook, and never unpack more than 8 MiB", async () => {
    const random = seeded(7);
    const links = [await encodeLink(notebook), await encodeLink("hi\n")];
    const bomb = packed(new Uint8Array(16 * mib));
    const codes = new Map<string, number>();
    const counted = countInflated();
    try {
      for (let count = 0; count < 10_000; count++) {
        counted.bytes = 0;
        const code = await codeOf(mutated(count % 100 === 0 ? bomb : (links[count % 2] ?? ""), random));
        codes.set(code, (codes.get(code) ?? 0) + 1);
        expect(counted.bytes).toBeLessThanOrEqual(9.1 * mib);
      }
    } finally {
      counted.restore();
    }
    for (const code of codes.keys()) expect(code).toMatch(/^link\/|^ok$/);
    expect([...codes.keys()].toSorted()).toEqual(
      expect.arrayContaining([
        "link/corrupt",
        "link/cut",
        "link/not-base64url",
        "link/too-big",
        "link/version",
        "ok",
      ]),
    );
  });

  test("[L8] a mutated body under a sum that fits is still a fault or a notebook", async () => {
    const random = seeded(11);
    for (let count = 0; count < 1000; count++) {
      const bytes = utf8(notebook);
      for (let change = 0; change < 5; change++)
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      expect(await codeOf(packed(bytes))).toMatch(/^link\/utf8$|^ok$/);
    }
  });

  test("[L9] base64url reads what it wrote, and nothing else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
        const text = toBase64url(bytes);
        expect(text).toMatch(/^[\w-]*$/);
        expect(fromBase64url(text)).toEqual(bytes);
      }),
    );
    for (const bad of ["a", "abcde", "ab=", "a+b/", "ab c", "é"]) expect(fromBase64url(bad)).toBeUndefined();
  });

  test("[L10] CRC-32 has the check value of the standard", () => {
    expect(crc32(utf8("123456789"))).toBe(0xcbf43926);
  });

  test("[L11] the meter turns amber, red, and to a file", () => {
    expect([0, 1899, 1900, 7999, 8000, 31_999, 32_000].map((length) => meterLink(length).level)).toEqual([
      "green",
      "green",
      "amber",
      "amber",
      "red",
      "red",
      "file",
    ]);
  });
});

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A well-formed link around any bytes. */
function packed(bytes: Uint8Array): string {
  const body = deflateRawSync(bytes, { level: 9 });
  const whole = new Uint8Array(8 + body.length);
  new DataView(whole.buffer).setUint32(0, body.length, true);
  new DataView(whole.buffer).setUint32(4, crc32(bytes), true);
  whole.set(body, 8);
  return `#n1=${toBase64url(whole)}`;
}

/** "ok" and a readable notebook, or the code of the fault. Anything else fails the test. */
async function codeOf(link: string): Promise<string> {
  try {
    parse(await decodeLink(link));
    return "ok";
  } catch (error) {
    if (error instanceof Fault) return error.code;
    throw error;
  }
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

function mutated(link: string, random: () => number): string {
  const at = Math.floor(random() * link.length);
  const char = alphabet[Math.floor(random() * 64)] ?? "A";
  const far = Math.min(link.length, at + Math.floor(random() * 20));
  const ways = [
    () => link.slice(0, at) + char + link.slice(at + 1),
    () => link.slice(0, at),
    () => link.slice(0, at) + link.slice(far),
    () => link.slice(0, far) + link.slice(at),
    () => link + char,
    () => link.slice(0, at) + String.fromCharCode(Math.floor(random() * 0x3000)) + link.slice(at + 1),
    () => link.slice(at) + link.slice(0, at),
    () => `${link}&${char}`,
  ];
  return ways[Math.floor(random() * ways.length)]?.() ?? link;
}

/** Counts what every DecompressionStream gives, from outside of the code under test. */
function countInflated(): { bytes: number; restore: () => void } {
  const Real = globalThis.DecompressionStream;
  const count = {
    bytes: 0,
    restore: () => {
      globalThis.DecompressionStream = Real;
    },
  };
  globalThis.DecompressionStream = class {
    readonly readable: ReadableStream<Uint8Array>;
    readonly writable: WritableStream<BufferSource>;

    constructor(format: CompressionFormat) {
      const real = new Real(format);
      this.writable = real.writable;
      const counter = new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          count.bytes += chunk.length;
          controller.enqueue(chunk);
        },
      });
      this.readable = real.readable.pipeThrough(counter);
    }
  } as typeof DecompressionStream;
  return count;
}
