// Buffers of small numbers: read and written four at a time where all accesses allow it, else one by one; always the same.
import { runTileKernel } from "@tilebook/interp";
import { type BufferDType, isPacked, packedInfo, type TileKernel } from "@tilebook/ir";
import { lowerKernel } from "@tilebook/lang";
import { describe, expect, test } from "vitest";
import { compileKernel } from "./compile.ts";
import { type CompiledKernel, portableTarget } from "./program.ts";
import { specialise } from "./specialise.ts";
import { runCompiled } from "./testing/gpu.ts";

const dtypes = ["f16", "i8", "u8", "i4", "u4", "u2", "bool"] as const satisfies readonly BufferDType[];

function kernelOf(text: string, dtype: BufferDType): TileKernel {
  const given = text.replaceAll("T", `"${dtype}"`);
  return lowerKernel({ source: "cell", text: `const k = kernel(${given});`, kernel: "k0", captured: {} });
}

const copy = `(x: Ptr<T>, y: Ptr<T>, n: i32) => {
  const at = programId(0) * 256 + arange(256);
  store(y + at, load(x + at, at < n), at < n);
}`;

/** Rows of a matrix, whose end may lie within a block. */
const rows = `(x: Ptr<T>, y: Ptr<T>, n: i32) => {
  const row = expand(programId(0) * 8 + arange(8), 1);
  const column = expand(arange(32), 0);
  store(y + row * n + column, load(x + row * n + column, column < n), column < n);
}`;

const inPlace = `(x: Ptr<T>, n: i32) => {
  const at = programId(0) * 256 + arange(256);
  store(x + at, load(x + at + 256, at < n), at < n);
  store(x + at + 512, load(x + at, at < n), at < n);
}`;

const even = `(x: Ptr<T>, y: Ptr<T>, n: i32) => {
  const at = programId(0) * 256 + arange(256);
  store(y + at, load(x + at, at < n), at < n && at % 2 == 0);
}`;

const halfSpecials = [
  NaN,
  Infinity,
  -Infinity,
  65504,
  -65504,
  2 ** -24,
  -(2 ** -24),
  2 ** -14,
  -0,
  2 ** -15 * 1.5,
];

function numbersOf(count: number, dtype: BufferDType, seed: number): readonly number[] {
  return Array.from({ length: count }, (_, at) => {
    const turn = (at * 37 + seed * 11) % 256;
    if (dtype === "bool") return turn % 3 === 0 ? 1 : 0;
    if (dtype === "f16") return halfSpecials[at % 23] ?? (turn - 128) / 16;
    if (!isPacked(dtype)) return turn;
    const { bits, signed } = packedInfo[dtype];
    return (turn % 2 ** bits) - (signed ? 2 ** (bits - 1) : 0);
  });
}

interface Launch {
  readonly grid: readonly [number, number, number];
  readonly n: number;
  readonly lengths: readonly number[];
}

async function expectSame(kernel: TileKernel, dtype: BufferDType, launch: Launch): Promise<CompiledKernel> {
  const { kernel: special, ...known } = specialise(kernel, { grid: launch.grid, scalars: [launch.n] });
  const compiled = compileKernel(special, portableTarget, known);
  const data = launch.lengths.map((length, at) => numbersOf(length, dtype, at + 1));
  const seen = await runCompiled(compiled, { grid: launch.grid, data, scalars: [launch.n] });
  const memory = data.map((values) => Float64Array.from(values));
  runTileKernel(kernel, launch.grid, [...memory, launch.n]);
  expect(seen).toEqual(memory.map((values) => Array.from(values)));
  return compiled;
}

const launches: readonly (readonly [string, string, "wide" | "single", Launch])[] = [
  ["aligned", copy, "wide", { grid: [2, 1, 1], n: 512, lengths: [512, 512] }],
  ["a tail of whole fours", copy, "wide", { grid: [2, 1, 1], n: 428, lengths: [428, 512] }],
  ["an odd tail", copy, "single", { grid: [2, 1, 1], n: 411, lengths: [411, 512] }],
  ["rows", rows, "wide", { grid: [2, 1, 1], n: 32, lengths: [512, 512] }],
  ["rows of whole fours", rows, "wide", { grid: [2, 1, 1], n: 20, lengths: [320, 320] }],
  ["odd rows", rows, "single", { grid: [2, 1, 1], n: 19, lengths: [304, 304] }],
  ["in place", inPlace, "wide", { grid: [1, 1, 1], n: 256, lengths: [768] }],
  ["in place, up to an odd end", inPlace, "single", { grid: [1, 1, 1], n: 199, lengths: [768] }],
];

/** How the buffers with this number are declared. */
function elementOf({ wgsl }: CompiledKernel, binding: number): string {
  const declared = wgsl.split("\n").find((line) => line.startsWith(`@group(0) @binding(${binding})`)) ?? "";
  return /: array<(.*)>;/.exec(declared)?.[1] ?? "";
}

const wideElement = {
  f16: "vec2u",
  i8: "u32",
  u8: "u32",
  i4: "atomic<u32>",
  u4: "atomic<u32>",
  u2: "atomic<u32>",
  bool: "vec4u",
};
const singleElement = {
  f16: "atomic<u32>",
  i8: "atomic<u32>",
  u8: "atomic<u32>",
  i4: "atomic<u32>",
  u4: "atomic<u32>",
  u2: "atomic<u32>",
  bool: "u32",
};

describe.each(dtypes)("buffers of %s", (dtype) => {
  test.each(launches)("[N3] %s", async (_, text, how, launch) => {
    const compiled = await expectSame(kernelOf(text, dtype), dtype, launch);
    const wanted = how === "wide" ? wideElement : singleElement;
    expect(elementOf(compiled, launch.lengths.length - 1)).toBe(wanted[dtype]);
  });

  test("[N4] a mask that differs within a four keeps what it does not name", async () => {
    const compiled = await expectSame(kernelOf(even, dtype), dtype, {
      grid: [2, 1, 1],
      n: 512,
      lengths: [512, 512],
    });
    expect(elementOf(compiled, 1)).toBe(singleElement[dtype]);
  });
});

/** x [16, n] times codes [16, n] by rows, less 8, times a number a row. */
const decoded = `(x: Ptr, w: Ptr<T>, scales: Ptr, y: Ptr, n: i32) => {
  const row = expand(arange(16), 1);
  let total = zeros([16, 16]);
  for (const first of range(0, n, 8)) {
    const at = row * n + expand(first + arange(8), 0);
    const right = (load(w + at) - 8) * load(scales + row);
    total = dot(load(x + at), trans(right), total);
  }
  store(y + row * 16 + expand(arange(16), 0), total);
}`;

test.each(["i8", "u8", "i4", "u4", "u2"] as const)(
  "[N5] %s along k that become numbers by what their column has: four are read as one",
  async (dtype) => {
    const kernel = kernelOf(decoded, dtype);
    const { kernel: special, ...known } = specialise(kernel, { grid: [1, 1, 1], scalars: [24] });
    const compiled = compileKernel(special, portableTarget, known);
    const reads = compiled.wgsl.split("\n").map((line) => line.split("w_2[").length - 1);
    expect(Math.max(...reads)).toBe(1);
    const part = (count: number, of: BufferDType, seed: number): readonly number[] =>
      numbersOf(count, of, seed).map((value) => value % 7);
    const data = [
      part(384, "f16", 1),
      numbersOf(384, dtype, 2),
      part(16, "u8", 3),
      Array.from({ length: 256 }, () => 0),
    ];
    const whole = data.map((values) =>
      values.map((value) => (Number.isFinite(value) ? Math.trunc(value) : 1)),
    );
    const seen = await runCompiled(compiled, { grid: [1, 1, 1], data: whole, scalars: [24] });
    const memory = whole.map((values) => Float64Array.from(values));
    runTileKernel(kernel, [1, 1, 1], [...memory, 24]);
    expect(seen[3]).toEqual(Array.from(memory[3] ?? []));
  },
);
