import { assert, asyncProperty, constantFrom, integer, property, tuple, uint8Array } from "fast-check";
import { describe, expect, test } from "vitest";
import { open } from "../testing/cell.ts";
import { readNpy } from "./npy.ts";
import { readSafetensors } from "./safetensors.ts";
import { codeOf } from "../testing/code-of.ts";

const ascii = (text: string): number[] => Array.from(text, (letter) => letter.codePointAt(0) ?? 0);
const littleF32 = (values: readonly number[]): number[] => [
  ...new Uint8Array(new Float32Array(values).buffer),
];

/** By the text of numpy.lib.format, not by our writer. */
function npyFile(dict: string, data: readonly number[], version = 1): Uint8Array {
  const length = dict.length + 1;
  const size = version === 1 ? [length & 255, length >> 8] : [length & 255, length >> 8, 0, 0];
  return Uint8Array.of(0x93, ...ascii("NUMPY"), version, 0, ...size, ...ascii(`${dict}\n`), ...data);
}

/** By the text of the format's page, not by our writer. */
function safeFile(header: unknown, data: readonly number[], length?: number): Uint8Array {
  const text = ascii(typeof header === "string" ? header : JSON.stringify(header));
  const size = new Uint8Array(new BigUint64Array([BigInt(length ?? text.length)]).buffer);
  return Uint8Array.of(...size, ...text, ...data);
}

const dict = (descr: string, shape: string, order = "False"): string =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`;

const read = (bytes: Uint8Array): string => codeOf(() => readSafetensors(bytes));

/** Both readers give tensors, or a fault of files. */
const harmless = (bytes: Uint8Array): boolean =>
  [readSafetensors, readNpy].every((reader) => /^(?:none|file\/\w+)$/.test(codeOf(() => reader(bytes))));

describe(".npy", () => {
  test("[FI1] arrays of the format: both byte orders, column-major, versions 1 and 2, complex pairs, scalars", async () => {
    const { npy } = open();
    const six = npyFile(dict("<f4", "(2, 3)"), littleF32([1, 2, 3, 4, 5, 6]));
    expect(await npy.read(six).array()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const turned = npyFile(dict("<f4", "(2, 3)", "True"), littleF32([1, 4, 2, 5, 3, 6]), 2);
    expect(await npy.read(turned).array()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const big = npyFile(dict(">i2", "(3,)"), [0, 1, 255, 255, 1, 0]);
    expect(await npy.read(big).array()).toEqual([1, -1, 256]);
    const pairs = npyFile(dict("<c8", "(2,)"), littleF32([1, 2, 3, 4]));
    expect(await npy.read(pairs).array()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    const one = npyFile(dict("|b1", "()"), [7]);
    expect([npy.read(one).dtype, await npy.read(one).item()]).toEqual(["bool", 1]);
    const long = npyFile(
      dict("<i8", "(2,)"),
      [5, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255],
    );
    expect([npy.read(long).dtype, await npy.read(long).array()]).toEqual(["i32", [5, -1]]);
  });

  test("[FI2] what is written is read again; the numbers begin at a multiple of 64", async () => {
    const { npy, tensor } = open();
    for (const dtype of ["f32", "f16", "i32", "u32", "bool", "i8", "u8"] as const) {
      const x = tensor(
        [
          [0, 1, 1],
          [1, 0, 1],
        ],
        { dtype },
      );
      const bytes = await npy.write(x);
      expect([npy.read(bytes).dtype, await npy.read(bytes).array()]).toEqual([dtype, await x.array()]);
      expect(((bytes[8] ?? 0) + 10) % 64).toBe(0);
    }
    await expect(npy.write(tensor([1]).cast("i4"))).rejects.toMatchObject({ code: "file/dtype" });
  });

  test("[FI3] cut off, lying and foreign files are faults", () => {
    const good = npyFile(dict("<f4", "(2, 3)"), littleF32([1, 2, 3, 4, 5, 6]));
    expect(codeOf(() => readNpy(good.subarray(0, good.length - 1)))).toBe("file/broken");
    expect(codeOf(() => readNpy(good.subarray(0, 11)))).toBe("file/broken");
    expect(codeOf(() => readNpy(npyFile(dict("<f4", "(2000000000, 2000000000)"), [])))).toBe("file/shape");
    expect(codeOf(() => readNpy(npyFile(dict("<f4", "(0,)"), [])))).toBe("file/shape");
    expect(codeOf(() => readNpy(npyFile(dict("|O", "(1,)"), [1])))).toBe("file/dtype");
    expect(codeOf(() => readNpy(npyFile("{'descr': [('a', '<f4')], }", [])))).toBe("file/broken");
    expect(codeOf(() => readNpy(npyFile(dict("<i8", "(1,)"), [0, 0, 0, 0, 1, 0, 0, 0])))).toBe("file/range");
    expect(codeOf(() => readNpy(Uint8Array.of(...ascii("PK zip archive ..."))))).toBe("file/broken");
  });
});

describe("safetensors", () => {
  const header = {
    __metadata__: { format: "pt" },
    b: { dtype: "BF16", shape: [2], data_offsets: [8, 12] },
    a: { dtype: "F32", shape: [1, 2], data_offsets: [0, 8] },
  };
  const data = [...littleF32([1.5, -2]), 0x80, 0x3f, 0x00, 0xc0];

  test("[FI4] tensors by name, in whatever order; bfloat16 is the upper half of f32", async () => {
    const { safetensors } = open();
    const { a, b, ...others } = safetensors.read(safeFile(header, data));
    expect([await a?.array(), await b?.array(), others]).toEqual([[[1.5, -2]], [1, -2], {}]);
    const odd = safeFile(`{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, [9]);
    expect(Object.keys(safetensors.read(odd))).toEqual(["__proto__"]);
  });

  test("[FI5] what is written is read again, and is a file of the format: no gaps, a header of a multiple of 8 bytes", async () => {
    const { safetensors, random, tensor } = open();
    const w = random.normal([3, 5], { seed: 1 });
    const bytes = await safetensors.write(
      { "layer.w": w, mask: tensor([true, false]), h: w.cast("f16") },
      { step: "7" },
    );
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const said = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Record<
      string,
      unknown
    >;
    expect(length % 8).toBe(0);
    expect(said).toEqual({
      __metadata__: { step: "7" },
      "layer.w": { dtype: "F32", shape: [3, 5], data_offsets: [0, 60] },
      mask: { dtype: "BOOL", shape: [2], data_offsets: [60, 62] },
      h: { dtype: "F16", shape: [3, 5], data_offsets: [62, 92] },
    });
    const again = safetensors.read(bytes);
    expect(await again["layer.w"]?.data()).toEqual(await w.data());
    expect([again["mask"]?.dtype, await again["mask"]?.array()]).toEqual(["bool", [1, 0]]);
    expect(await again["h"]?.data()).toEqual(await w.cast("f16").data());
  });

  test("[FI6] cut off, lying and huge headers are faults", () => {
    const entry = (more: object): Uint8Array =>
      safeFile({ a: { dtype: "F32", shape: [2], data_offsets: [0, 8], ...more } }, littleF32([1, 2]));
    expect(read(entry({}))).toBe("none");
    expect(read(entry({}).subarray(0, -1))).toBe("file/broken");
    expect(read(Uint8Array.of(1, 2, 3))).toBe("file/broken");
    expect(read(safeFile(header, data, 2 ** 52))).toBe("file/broken");
    expect(read(safeFile("[1]", []))).toBe("file/broken");
    expect(read(safeFile("{", []))).toBe("file/broken");
    expect(read(safeFile("[".repeat(50_000), []))).toBe("file/broken");
    expect(read(entry({ dtype: "F8_E4M3" }))).toBe("file/dtype");
    expect(read(entry({ shape: [-2] }))).toBe("file/shape");
    expect(read(entry({ shape: [1e9, 1e9] }))).toBe("file/shape");
    expect(read(entry({ shape: [3] }))).toBe("file/broken");
    expect(read(entry({ data_offsets: [4, 12] }))).toBe("file/broken");
    expect(read(entry({ data_offsets: [0, "8"] }))).toBe("file/broken");
    const twice = { dtype: "U8", shape: [2], data_offsets: [0, 2] };
    expect(read(safeFile({ a: twice, b: { ...twice, data_offsets: [1, 3] } }, [1, 2, 3]))).toBe(
      "file/broken",
    );
  });
});

describe("fuzzed files", () => {
  test("[FI7] any bytes, and any change of good files, give tensors or a file fault, nothing else", async () => {
    const good = [
      safeFile({ a: { dtype: "F32", shape: [2], data_offsets: [0, 8] } }, littleF32([1, 2])),
      npyFile(dict("<f4", "(2, 3)"), littleF32([1, 2, 3, 4, 5, 6])),
    ] as const;
    const change = tuple(integer({ min: 0, max: 120 }), integer({ min: 0, max: 255 }));
    assert(property(uint8Array({ maxLength: 200 }), harmless), { numRuns: 300 });
    assert(
      property(constantFrom(...good), change, change, (file, ...changes) => {
        const bytes = file.slice();
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        return harmless(bytes);
      }),
      { numRuns: 600 },
    );
    await assert(
      asyncProperty(integer({ min: 0, max: 200 }), async (length) =>
        good.every((file) => harmless(file.subarray(0, length))),
      ),
      { numRuns: 100 },
    );
  });
});
