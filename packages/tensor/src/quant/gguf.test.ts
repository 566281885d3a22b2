import { assert, integer, property, tuple, uint8Array } from "fast-check";
import { describe, expect, test } from "vitest";
import { open } from "../testing/cell.ts";
import { codeOf } from "../testing/code-of.ts";
import { f32, type FileValue, ggufFile, listValue, text, textValue, u32, u64 } from "../testing/gguf-file.ts";
import { readGguf } from "./gguf.ts";

const { gguf } = open();
const read = (bytes: Uint8Array): string => codeOf(() => readGguf(bytes));

const one = { name: "w", type: 0, sizes: [2, 3], data: f32(1, 2, 3, 4, 5, 6) };

/** With a value of every kind, and tensors of blocks and without. */
const good = ggufFile({
  values: {
    "general.architecture": textValue("llama"),
    tokens: listValue(8, [text("a"), text("\u00e9")]),
    longs: listValue(10, [u64(1)]),
    bytes: listValue(0, [[1], [255]]),
  },
  tensors: [
    one,
    { name: "q4", type: 2, sizes: [32, 2], data: new Uint8Array(36) },
    { name: "q4k", type: 12, sizes: [256], data: new Uint8Array(144) },
    { name: "half", type: 1, sizes: [3], data: [0, 60, 0, 0, 0, 192] },
  ],
});

const fileOf = (value: FileValue): Uint8Array => ggufFile({ values: { a: value } });

/** What a cell sees of it. */
const named = (values: object): object => Object.fromEntries(Object.entries(values));

/** All of it is tensors within the file, or a fault of files. */
function harmless(bytes: Uint8Array): boolean {
  const code = codeOf(() => {
    const file = gguf.read(bytes);
    for (const [name, { shape, bytes: own }] of Object.entries(file.tensors)) {
      if (own > bytes.byteLength) throw new Error(`${name} has more bytes than the file`);
      const made = codeOf(() => {
        if (String(file.tensor(name).shape) !== String(shape)) throw new Error("another shape");
      });
      if (!/^(?:none|file\/\w+)$/.test(made)) throw new Error(made);
    }
  });
  if (/^(?:none|file\/\w+)$/.test(code)) return true;
  throw new Error(code);
}

describe("GGUF", () => {
  test("[GF1] values of every type, versions 2 and 3", () => {
    const said = {
      u8: { type: 0, bytes: [200] },
      i8: { type: 1, bytes: [200] },
      u16: { type: 2, bytes: [255, 255] },
      i16: { type: 3, bytes: [255, 255] },
      u32: { type: 4, bytes: u32(2 ** 32 - 1) },
      i32: { type: 5, bytes: u32(2 ** 32 - 1) },
      f32: { type: 6, bytes: f32(0.5) },
      yes: { type: 7, bytes: [1] },
      text: textValue("caf\u00e9"),
      u64: { type: 10, bytes: u64(2 ** 40) },
      huge: { type: 10, bytes: u64(2n ** 63n) },
      i64: { type: 11, bytes: u64(2n ** 64n - 3n) },
      f64: { type: 12, bytes: [0, 0, 0, 0, 0, 0, 0xf8, 0x3f] },
      texts: listValue(8, [text("a"), text("")]),
      floats: listValue(6, [f32(1.5), f32(2)]),
      yeses: listValue(7, [[1], [0]]),
      longs: listValue(11, [u64(5)]),
    };
    for (const version of [2, 3])
      expect(named(gguf.read(ggufFile({ version, values: said })).metadata)).toEqual({
        u8: 200,
        i8: -56,
        u16: 65_535,
        i16: -1,
        u32: 2 ** 32 - 1,
        i32: -1,
        f32: 0.5,
        yes: true,
        text: "caf\u00e9",
        u64: 2 ** 40,
        huge: 2n ** 63n,
        i64: -3,
        f64: 1.5,
        texts: ["a", ""],
        floats: Float32Array.of(1.5, 2),
        yeses: Uint8Array.of(1, 0),
        longs: [5],
      });
  });

  test("[GF2] tensors lie behind the padding, in the file's order, at any alignment", async () => {
    for (const alignment of [8, 32, 256]) {
      const values = { "general.alignment": { type: 4, bytes: u32(alignment) } };
      const two = { name: "__proto__", type: 24, sizes: [1], data: [7] };
      const file = gguf.read(ggufFile({ alignment, values, tensors: [one, two] }));
      expect(Object.keys(file.tensors)).toEqual(["w", "__proto__"]);
      expect(await file.tensor("w").array()).toEqual([
        [1, 2],
        [3, 4],
        [5, 6],
      ]);
      expect(await file.tensor("__proto__").array()).toEqual([7]);
    }
  });

  test("[GF3] a file whose counts and lengths are huge is a fault before anything is made", () => {
    for (const huge of [2 ** 31, 2 ** 53, 2 ** 63]) {
      expect(read(ggufFile({ counts: { tensors: huge } }))).toBe("file/broken");
      expect(read(ggufFile({ counts: { values: huge } }))).toBe("file/broken");
      expect(read(fileOf({ type: 8, bytes: u64(BigInt(huge)) }))).toBe("file/broken");
      for (const type of [0, 7, 8, 9, 10, 12])
        expect(read(fileOf(listValue(type, [], huge)))).toBe("file/broken");
      expect(read(ggufFile({ tensors: [{ ...one, offset: huge }] }))).toBe("file/broken");
      expect(read(ggufFile({ tensors: [{ ...one, sizes: [huge, 2] }] }))).toBe("file/shape");
    }
    expect(read(ggufFile({ tensors: [{ ...one, sizes: [65_536, 16_384] }] }))).toBe("file/broken");
    expect(read(ggufFile({ tensors: [{ ...one, sizes: Array.from({ length: 500 }, () => 1) }] }))).toBe(
      "file/broken",
    );
    expect(read(fileOf(listValue(9, [listValue(5, [u32(1)]).bytes])))).toBe("file/broken");
    const many = { counts: { values: 65_537 }, tensors: [{ ...one, data: new Uint8Array(2 ** 20) }] };
    expect(() => readGguf(ggufFile(many))).toThrow("at most 65536 are read");
  });

  test("[GF4] cut off, lying and foreign files are faults", () => {
    expect(read(good)).toBe("none");
    expect(read(Uint8Array.of(1, 2, 3))).toBe("file/broken");
    expect(() => readGguf(new TextEncoder().encode("PK, a zip archive, is none of these"))).toThrow(
      "this is no GGUF file",
    );
    expect(read(ggufFile({ version: 1 }))).toBe("file/broken");
    expect(() => readGguf(ggufFile({ version: 0x03_00_00_00 }))).toThrow("is not read");
    const tensors = (...of: readonly object[]) =>
      read(ggufFile({ tensors: of.map((more, at) => ({ ...one, name: `w${at}`, ...more })) }));
    expect(tensors({}, {})).toBe("none");
    expect(tensors({}, { offset: 0 })).toBe("file/broken");
    expect(tensors({}, { offset: 16 })).toBe("file/broken");
    expect(tensors({}, { offset: 64 })).toBe("file/broken");
    expect(tensors({}, { name: "w0" })).toBe("file/broken");
    expect(tensors({ sizes: [0, 3] })).toBe("file/shape");
    expect(tensors({ type: 2, sizes: [33] })).toBe("file/broken");
    expect(tensors({ type: 2, sizes: [48, 2], data: new Uint8Array(54) })).toBe("file/broken");
    const value = (name: string, type: number, bytes: readonly number[]) =>
      read(ggufFile({ values: { [name]: { type, bytes } } }));
    expect(value("a", 13, [0])).toBe("file/broken");
    for (const alignment of [0, 24])
      expect(value("general.alignment", 4, u32(alignment))).toBe("file/broken");
    expect(value("general.alignment", 8, text("32"))).toBe("file/broken");
    expect(codeOf(() => gguf.read("model.gguf" as never))).toBe("file/bytes");
  });

  test("[GF5] any bytes, any beginning, and any change of a good file, give tensors within the file or a file fault", () => {
    const change = tuple(integer({ min: 0, max: good.length - 1 }), integer({ min: 0, max: 255 }));
    assert(property(uint8Array({ maxLength: 200 }), harmless), { numRuns: 200 });
    assert(
      property(integer({ min: 0, max: good.length }), (length) => harmless(good.subarray(0, length))),
      { numRuns: 300 },
    );
    assert(
      property(change, change, change, (...changes) => {
        const bytes = good.slice();
        for (const [at, value] of changes) bytes[at] = value;
        return harmless(bytes);
      }),
      { numRuns: 1500 },
    );
  });
});
