import { Fault } from "@tilebook/base";
import { assert, asyncProperty, integer, tuple } from "fast-check";
import { describe, expect, test } from "vitest";
import { readGguf } from "../quant/gguf.ts";
import { open } from "../testing/cell.ts";
import { codeOf } from "../testing/code-of.ts";
import { f32, ggufFile, listValue, text, textValue, u32 } from "../testing/gguf-file.ts";
import { type ByteSource, MoreNeeded, type Within } from "./source.ts";

interface Asked {
  readonly from: number;
  readonly to: number;
  readonly within: Within | undefined;
}

/** A file that remembers what was asked for. Behind `bytes` it has zeros up to `size`. */
class Disk implements ByteSource {
  readonly asked: Asked[] = [];
  readonly size: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, size: number = bytes.byteLength) {
    this.#bytes = bytes;
    this.size = size;
  }

  slice(from: number, to: number, within?: Within): Promise<Uint8Array> {
    this.asked.push({ from, to, within });
    const bytes = new Uint8Array(to - from);
    bytes.set(this.#bytes.subarray(from, to));
    return Promise.resolve(bytes);
  }

  get ranges(): readonly (readonly [number, number])[] {
    return this.asked.map(({ from, to }) => [from, to]);
  }
}

const random = (length: number, seed: number): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => Math.imul(at + seed, 2_654_435_761) >>> 24);

const model = ggufFile({
  values: { "general.architecture": textValue("llama"), tokens: listValue(8, [text("a"), text("b")]) },
  tensors: [
    { name: "norm", type: 0, sizes: [3], data: f32(1, 2, 3) },
    { name: "q8", type: 8, sizes: [64, 2], data: random(136, 1) },
    { name: "q4", type: 2, sizes: [32, 2], data: random(36, 2) },
    { name: "half", type: 30, sizes: [2], data: [0, 63, 128, 63] },
    { name: "odd", type: 16, sizes: [256], data: random(66, 3) },
    { name: "new", type: 77, sizes: [5], data: [1] },
  ],
});

/** A safetensors file of this header alone. `length`: what it says, where it lies. */
const safe = (header: unknown, length?: number): Uint8Array => {
  const said = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + said.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length ?? said.length), true);
  bytes.set(said, 8);
  return bytes;
};

const codeFrom = (opened: Promise<unknown>): Promise<string> =>
  opened.then(
    () => "none",
    (error: unknown) => (error instanceof Fault ? error.code : String(error)),
  );

describe("files that are read tensor by tensor", () => {
  test("[OF1] gguf.open says and gives what gguf.read does, and the bytes as they lie in the file", async () => {
    const { gguf } = open();
    const [whole, opened] = [gguf.read(model), await gguf.open(new Disk(model))];
    expect([opened.metadata, opened.tensors]).toEqual([whole.metadata, whole.tensors]);
    for (const name of ["norm", "q8", "q4", "half"]) {
      const [one, other] = [await opened.tensor(name), whole.tensor(name)];
      expect([one.shape, one.quantized?.format]).toEqual([other.shape, other.quantized?.format]);
      expect(await one.data()).toEqual(await other.data());
    }
    expect(await opened.bytesOf("q8")).toEqual(random(136, 1));
    expect(await opened.bytesOf("odd")).toEqual(random(66, 3));
    await expect(opened.tensor("odd")).rejects.toMatchObject({ code: "file/dtype" });
    await expect(opened.bytesOf("new")).rejects.toMatchObject({ code: "file/dtype" });
    await expect(opened.bytesOf("none")).rejects.toMatchObject({ code: "file/name" });
  });

  test("[OF2] safetensors.open does so too, and gives the metadata", async () => {
    const { safetensors, tensor } = open();
    const [w, b] = [tensor([[1, 2, 3]], { dtype: "f16" }), tensor([4, 5], { dtype: "i32" })];
    const bytes = await safetensors.write({ w, b }, { step: "100" });
    const opened = await safetensors.open(bytes);
    expect(opened.metadata).toEqual({ step: "100" });
    expect(opened.tensors).toEqual({
      w: { dtype: "F16", shape: [1, 3], bytes: 6 },
      b: { dtype: "I32", shape: [2], bytes: 8 },
    });
    const { b: second, w: first } = await opened.load(["b", "w"]);
    expect([await first?.array(), await second?.array()]).toEqual([[[1, 2, 3]], [4, 5]]);
    expect(await opened.bytesOf("b")).toEqual(Uint8Array.of(4, 0, 0, 0, 5, 0, 0, 0));
    await expect(opened.load("w" as never)).rejects.toMatchObject({ code: "tensor/argument" });
  });

  test("[OF3] of a file of 2 GiB the header is read, growing, and then what is asked for; neighbours in one request", async () => {
    const { gguf } = open();
    const words = Array.from({ length: 100_000 }, (_, at) => text(`token ${at}`));
    const rows = 8 * 4096 * 4096;
    const head = ggufFile({
      values: { words: listValue(8, words) },
      tensors: [
        { name: "large", type: 2, sizes: [4096, rows / 4096], data: [], offset: 0 },
        { name: "a", type: 0, sizes: [2], data: [], offset: (rows / 32) * 18 },
        { name: "b", type: 0, sizes: [2], data: [], offset: (rows / 32) * 18 + 32 },
        { name: "c", type: 0, sizes: [2], data: [], offset: (rows / 32) * 18 + 2 ** 20 },
      ],
    });
    const disk = new Disk(head, 2 ** 31);
    const file = await gguf.open(disk);
    expect(disk.ranges).toEqual([
      [0, 2 ** 18],
      [2 ** 18, 2 ** 20],
      [2 ** 20, 2 ** 22],
    ]);
    disk.asked.length = 0;
    const start = Math.ceil(head.length / 32) * 32 + (rows / 32) * 18;
    const loaded = await file.load(["c", "a", "b"]);
    expect(Object.keys(loaded)).toEqual(["c", "a", "b"]);
    expect(disk.asked).toEqual([
      { from: start, to: start + 40, within: { before: 0, all: 48 } },
      { from: start + 2 ** 20, to: start + 2 ** 20 + 8, within: { before: 40, all: 48 } },
    ]);
  });

  test("[OF4] what was read goes to the device before more is kept: at most two groups are in memory", async () => {
    const { safetensors, host } = open();
    const [each, count] = [2 ** 24, 6];
    const names = Array.from({ length: count }, (_, at) => `w${at}`);
    const header = JSON.stringify(
      Object.fromEntries(
        names.map((name, at) => [
          name,
          { dtype: "U8", shape: [each], data_offsets: [at * each, (at + 1) * each] },
        ]),
      ),
    );
    const head = new Uint8Array(8 + header.length);
    new DataView(head.buffer).setBigUint64(0, BigInt(header.length), true);
    head.set(new TextEncoder().encode(header), 8);
    const uploaded: number[] = [];
    host.upload = (data) => `t${uploaded.push(data.byteLength)}`;
    host.free = () => undefined;
    const disk = new Disk(head, head.length + each * count);
    const seen: number[] = [];
    const watched: ByteSource = {
      size: disk.size,
      slice: (...part) => (seen.push(uploaded.length), disk.slice(...part)),
    };
    const file = await safetensors.open(watched);
    expect(Object.keys(await file.load())).toEqual(names);
    // Two tensors a group; when the third group is asked for, the first one is on the device.
    expect(seen).toEqual([0, 0, 0, 2]);
    expect(uploaded).toHaveLength(count);
  });

  test("[OF5] a header that lies is a fault before anything but it is read, however large the file says it is", async () => {
    const { gguf, safetensors } = open();
    const one = { name: "w", type: 0, sizes: [2, 3], data: f32(1, 2, 3, 4, 5, 6) };
    const lies: readonly (readonly [string, Uint8Array, number])[] = [
      ["2^60 tensors", ggufFile({ counts: { tensors: 2 ** 60 } }), 2 ** 40],
      ["2^60 values", ggufFile({ counts: { values: 2 ** 60 } }), 2 ** 40],
      [
        "a text of 2^50 bytes",
        ggufFile({ values: { a: { type: 8, bytes: [...u32(0), ...u32(2 ** 18)] } } }),
        2 ** 40,
      ],
      [
        "a text of 2^32 bytes",
        ggufFile({ values: { a: { type: 8, bytes: [...u32(0), ...u32(1)] } } }),
        2 ** 40,
      ],
      ["a list of 2^32 numbers", ggufFile({ values: { a: listValue(10, [], 2 ** 32) } }), 2 ** 40],
      ["a tensor past the end", ggufFile({ tensors: [{ ...one, offset: 2 ** 39 }] }), 2 ** 31],
      ["overlapping tensors", ggufFile({ tensors: [one, { ...one, name: "v", offset: 0 }] }), 2 ** 31],
      ["a cut file", ggufFile({ tensors: [one] }), ggufFile({ tensors: [one] }).length - 9],
      ["no GGUF file", new TextEncoder().encode("PK, a zip archive, is none of these"), 2 ** 31],
    ];
    for (const [lie, bytes, size] of lies) {
      const disk = new Disk(bytes, size);
      expect([lie, await codeFrom(gguf.open(disk))]).toEqual([lie, "file/broken"]);
      expect(disk.asked.every(({ to }) => to <= 2 ** 18)).toBe(true);
    }
    const w = { dtype: "F32", shape: [2 ** 28], data_offsets: [0, 2 ** 30] };
    for (const [bytes, size] of [
      [safe({}, 2 ** 40), 2 ** 41],
      [safe({}, 2 ** 27), 2 ** 41],
      [safe({ w }), 2 ** 29],
      [safe({ w, v: w }), 2 ** 31],
    ] as const) {
      const disk = new Disk(bytes, size);
      expect(await codeFrom(safetensors.open(disk))).toBe("file/broken");
      expect(disk.ranges).toEqual([[0, 2 ** 18]]);
    }
  });

  test("[OF6] a source that gives less than was asked for, or fails, is a fault where the cell asked", async () => {
    const { gguf, host } = open();
    host.span = { source: "cell", start: 6, end: 10 };
    const short = { size: model.length, slice: async () => model.subarray(0, 20) };
    await expect(gguf.open(short)).rejects.toMatchObject({ code: "file/broken", span: host.span });
    const disk = new Disk(model);
    const file = await gguf.open(disk);
    disk.slice = () => Promise.reject(new Fault("address/changed", "another file by now"));
    await expect(file.tensor("q8")).rejects.toMatchObject({ code: "address/changed", span: host.span });
    for (const wrong of [undefined, "model.gguf", { size: 3 }])
      await expect(gguf.open(wrong)).rejects.toMatchObject({ code: "file/bytes", span: host.span });
  });

  test("[OF7] any beginning of a header asks for more of it, or says what all of it says; any change is as harmless as in one piece", async () => {
    const { gguf } = open();
    for (let length = 0; length <= model.length; length++) {
      let asks = 0;
      try {
        expect(readGguf(model.subarray(0, length), model.length)).toEqual(readGguf(model));
      } catch (error) {
        if (!(error instanceof MoreNeeded)) throw error;
        asks = error.bytes;
      }
      expect(asks === 0 || (asks > length && asks <= model.length)).toBe(true);
    }
    const change = tuple(integer({ min: 0, max: model.length - 1 }), integer({ min: 0, max: 255 }));
    await assert(
      asyncProperty(change, change, async (...changes) => {
        const bytes = model.slice();
        for (const [at, value] of changes) bytes[at] = value;
        expect(await codeFrom(gguf.open(new Disk(bytes)))).toBe(codeOf(() => gguf.read(bytes)));
      }),
      { numRuns: 500 },
    );
  });
});
