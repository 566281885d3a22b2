import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { loadAddress } from "./load-address.ts";
import type { RemoteFile } from "./remote-file.ts";

/** Bytes that tell where they lie. */
const bytes = Uint8Array.from({ length: 300_000 }, (_, at) => (at * 7 + (at >> 8)) & 255);

/** The site that is asked, on loopback: addresses of https are sent there. */
let server: Server;
let asked: string[];

type Answer = (request: IncomingMessage, response: ServerResponse, at: readonly [number, number]) => void;

async function site(answer: Answer): Promise<void> {
  asked = [];
  server = createServer((request, response) => {
    const range = request.headers.range ?? "";
    asked.push(range);
    const [, from = 0, last] = /^bytes=(\d+)-(\d*)$/.exec(range) ?? [];
    answer(request, response, [Number(from), last ? Number(last) + 1 : bytes.length]);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
}

const fetchHere = (address: URL, init: RequestInit): Promise<Response> => {
  const { port } = server.address() as AddressInfo;
  return fetch(`http://127.0.0.1:${port}${address.pathname}`, init);
};

const good =
  (headers: Readonly<Record<string, string>> = { ETag: '"1"' }, told = true): Answer =>
  (_, response, [from, to]) => {
    response.writeHead(206, {
      "Content-Length": to - from,
      ...(told && { "Content-Range": `bytes ${from}-${to - 1}/${bytes.length}` }),
      ...headers,
    });
    response.end(bytes.subarray(from, to));
  };

const load = (more: object): Promise<File | RemoteFile> =>
  loadAddress("https://models.example/a.gguf", { fetch: fetchHere, large: 1_000, ...more });

/** The first answers have 50,000 bytes each, and then break off. */
const breaking =
  (
    breaks: number,
    headers?: Readonly<Record<string, string>>,
    first: Readonly<Record<string, string>> = { ETag: '"1"' },
  ): Answer =>
  (request, response, [from, to]) => {
    if (asked.length > breaks) return good(headers)(request, response, [from, to]);
    const place = {
      "Content-Length": to - from,
      "Content-Range": `bytes ${from}-${to - 1}/${bytes.length}`,
    };
    response.writeHead(206, { ...first, ...place });
    response.write(bytes.subarray(from, from + 50_000));
    setTimeout(() => response.destroy(), 50);
  };

/** The file as it is found first, in parts. */
async function inParts(answer: Answer): Promise<RemoteFile> {
  await site(answer);
  const file = await loadAddress("https://models.example/a.gguf", {
    fetch: fetchHere,
    large: 1_000,
    inParts: () => Promise.resolve(true),
  });
  if (file instanceof File) throw new Error("it was loaded as a whole");
  return file;
}

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

describe("a file that stays at its address", () => {
  test("[RF1] parts have the bytes that lie there; what was read is not asked for again, and asked for in whole blocks", async () => {
    for (const told of [true, false]) {
      const file = await inParts(good({}, told));
      expect([file.name, file.size, file.host]).toEqual(["a.gguf", bytes.length, "models.example"]);
      expect(await file.part([70_000, 70_010])).toEqual(bytes.slice(70_000, 70_010));
      expect(await file.part([70_005, 131_072])).toEqual(bytes.slice(70_005, 131_072));
      expect(await file.part([299_990, 300_000])).toEqual(bytes.slice(299_990));
      expect(await file.part([70_007, 70_007])).toEqual(new Uint8Array());
      expect(asked).toEqual(["bytes=0-", "bytes=65536-131071", "bytes=262144-299999"]);
    }
  });

  test("[RF2] who wants all of it, or is not asked, gets all of it; so does who asks a site that knows no parts", async () => {
    await site(good());
    const all = [await load({ inParts: () => Promise.resolve(false) }), await load({})];
    server.close();
    await site((_, response) => response.writeHead(200).end(bytes));
    let asks = 0;
    all.push(await load({ inParts: () => Promise.resolve((asks += 1) > 0) }));
    for (const file of all)
      expect(file instanceof File && Buffer.from(await file.arrayBuffer()).equals(bytes)).toBe(true);
    expect(asks).toBe(0);
  });

  const lies: readonly (readonly [string, string, Answer])[] = [
    ["gives all of it in the place of a part", "address/parts", (_, response) => response.end(bytes)],
    [
      "gives another part",
      "address/parts",
      (request, response, [from, to]) => good()(request, response, [from + 1, to + 1]),
    ],
    [
      "has another version",
      "address/changed",
      (request, response, at) => good({ ETag: '"2"' })(request, response, at),
    ],
    [
      "has a longer file by now",
      "address/changed",
      (_, response, [from, to]) => {
        response.writeHead(206, { "Content-Range": `bytes ${from}-${to - 1}/300001`, ETag: '"1"' });
        response.end(bytes.subarray(from, to));
      },
    ],
    ["has a shorter file by now", "address/changed", (_, response) => response.writeHead(416).end()],
    ["does not give it any more", "address/answer", (_, response) => response.writeHead(403).end()],
    [
      "gives fewer bytes than it says",
      "asset/cut",
      (_, response, [from, to]) => {
        response.writeHead(206, { "Content-Range": `bytes ${from}-${to - 1}/300000`, ETag: '"1"' });
        response.end(bytes.subarray(from, to - 9));
      },
    ],
    [
      "gives more bytes than it says",
      "asset/cut",
      (_, response, [from, to]) => {
        response.writeHead(206, { "Content-Range": `bytes ${from}-${to - 1}/300000`, ETag: '"1"' });
        response.end(bytes.subarray(from, to + 9));
      },
    ],
    [
      "breaks off",
      "address/reach",
      (_, response, [from, to]) => {
        response.writeHead(206, {
          "Content-Length": to - from,
          "Content-Range": `bytes ${from}-${to - 1}/300000`,
          ETag: '"1"',
        });
        response.write(bytes.subarray(from, from + 10));
        setTimeout(() => response.destroy(), 50);
      },
    ],
  ];

  test.each(lies)("[RF3] a site that %s: %s", async (_, code, lie) => {
    const file = await inParts((...args) => (asked.length === 1 ? good() : lie)(...args));
    await expect(file.part([70_000, 70_010])).rejects.toMatchObject({ code });
    await expect(file.part([0, 300_001])).rejects.toMatchObject({ code: "asset/range" });
  });

  test("[RF4] a part that is stopped ends the request", async () => {
    let ended = 0;
    const file = await inParts((request, response, at) => {
      if (asked.length === 1) return good()(request, response, at);
      response.on("close", () => (ended += 1));
      response.writeHead(206, { "Content-Range": "bytes 0-65535/300000", ETag: '"1"' });
      response.write("ten bytes.");
    });
    const stop = new AbortController();
    const part = file.part([0, 10], { signal: stop.signal });
    setTimeout(() => stop.abort(), 50);
    await expect(part).rejects.toMatchObject({ name: "AbortError" });
    await expect.poll(() => ended).toBe(1);
  });

  test("[RF5] one that says it gives all, and gives a part of it or no length that fits, is a fault", async () => {
    await site((request, response) => good()(request, response, [0, 1000]));
    await expect(load({})).rejects.toMatchObject({ code: "address/parts" });
    server.closeAllConnections();
    server.close();
    await site((_, response) => {
      response.writeHead(206, { "Content-Range": "bytes 0-299999/300000" });
      response.end(bytes.subarray(0, 299_000));
    });
    await expect(load({})).rejects.toMatchObject({
      code: "asset/cut",
    });
  });

  test("[RF6] a connection that breaks off goes on behind what came, if the file is the same; three times", async () => {
    await site(breaking(2));
    const file = await load({});
    expect(file instanceof File && Buffer.from(await file.arrayBuffer()).equals(bytes)).toBe(true);
    expect(asked).toEqual(["bytes=0-", "bytes=50000-299999", "bytes=100000-299999"]);
    const askedFor: number[] = [];
    for (const answer of [breaking(1, { ETag: '"2"' }), breaking(99), breaking(1, {}, {})]) {
      server.closeAllConnections();
      server.close();
      await site(answer);
      await expect(load({})).rejects.toMatchObject({ code: "address/reach" });
      askedFor.push(asked.length);
    }
    expect(askedFor).toEqual([2, 4, 1]);
  });
});
