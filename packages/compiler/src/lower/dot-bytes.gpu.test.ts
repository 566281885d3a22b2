// Products of bytes: four at a time where both sides are words, one by one where they are not, and always the same.
import { runTileKernel } from "@tilebook/interp";
import type { TileKernel } from "@tilebook/ir";
import { lowerKernel } from "@tilebook/lang";
import { describe, expect, test } from "vitest";
import { compileKernel } from "../compile.ts";
import { portableTarget, type Schedule, type Target } from "../program.ts";
import { specialise } from "../specialise.ts";
import { runCompiled } from "../testing/gpu.ts";

const target: Target = { ...portableTarget, packedDot: true, subgroup: 4 };

type Bytes = "i8" | "u8" | "i4";

/** What a case multiplies: a [m, k] by b [n, k] turned, both by rows. */
interface Product {
  readonly left: Bytes;
  readonly right: Bytes;
  readonly sizes: readonly [m: number, n: number, k: number];
  readonly block?: readonly [m: number, n: number, k: number];
  /** What stands where a mask is false. */
  readonly other?: number;
  readonly written?: boolean;
}

function kernelOf({ left, right, block = [16, 16, 16], other = 0, written = false }: Product): TileKernel {
  const [m, n, k] = block;
  const text = `(a: Ptr<"${left}">, b: Ptr<"${right}">, c: Ptr<"i32">, m: i32, n: i32, k: i32) => {
    const row = expand(programId(1) * ${m} + arange(${m}), 1);
    const column = programId(0) * ${n} + arange(${n});
    let total = full([${m}, ${n}], 2147483647, "i32");
    for (const first of range(0, k, ${k})) {
      const along = expand(first + arange(${k}), 0);
      const x = load(a + row * k + along, row < m && along < k, ${other});
      const y = load(b + expand(column, 1) * k + along, expand(column, 1) < n && along < k, ${other});
      total = dot(x, y.T, total);
    }
    store(c + row * n + expand(column, 0), total, row < m && expand(column, 0) < n);
    ${written ? "store(a + arange(4), 1, k < 0);" : ""}
  }`;
  return lowerKernel({ source: "cell", text: `const k = kernel(${text});`, kernel: "k0", captured: {} });
}

const ends: Record<Bytes, readonly number[]> = {
  i8: [-128, 127, -128, 3, -1, 127, 0],
  u8: [255, 254, 0, 255, 128, 127, 1],
  i4: [-8, 7, -1, 0, 3, -8, 7],
};

function bytes(dtype: Bytes, count: number, step: number): readonly number[] {
  return Array.from({ length: count }, (_, at) => ends[dtype][(at * step + (at >> 4)) % 7] ?? 0);
}

function compiled(product: Product, schedule?: Schedule, on = target): ReturnType<typeof compileKernel> {
  const { sizes, block = [16, 16, 16] } = product;
  const [m, n, k] = sizes;
  const grid = [Math.ceil(n / block[1]), Math.ceil(m / block[0]), 1] as const;
  const { kernel, ...known } = specialise(kernelOf(product), { grid, scalars: [m, n, k] });
  return compileKernel(kernel, on, schedule === undefined ? known : { ...known, schedule });
}

async function expectSame(product: Product, schedule?: Schedule): Promise<void> {
  const { left, right, sizes, block = [16, 16, 16] } = product;
  const [m, n, k] = sizes;
  const grid = [Math.ceil(n / block[1]), Math.ceil(m / block[0]), 1] as const;
  const data = [bytes(left, m * k, 1), bytes(right, n * k, 3), Array.from({ length: m * n }, () => 0)];
  const seen = await runCompiled(compiled(product, schedule), { grid, data, scalars: [m, n, k] });
  const memory = data.map((values) => Float64Array.from(values));
  runTileKernel(kernelOf(product), grid, [...memory, m, n, k]);
  expect(seen[2]).toEqual([...(memory[2] ?? [])]);
}

const fours = /dot4[IU]8Packed/;
const i8 = { left: "i8", right: "i8" } as const;

/** Four at a time: all rows begin at a word. */
const whole: readonly (readonly [string, Product])[] = [
  ["i8 by i8", { ...i8, sizes: [32, 32, 64] }],
  ["u8 by u8", { left: "u8", right: "u8", sizes: [32, 32, 64] }],
  ["rows and columns beyond the end", { ...i8, sizes: [19, 37, 32] }],
  ["an end of k inside a block", { ...i8, sizes: [16, 16, 36] }],
  ["one row", { ...i8, sizes: [1, 64, 64], block: [1, 64, 16] }],
  ["one column", { ...i8, sizes: [64, 1, 64], block: [64, 1, 16] }],
];

/** One by one. */
const apart: readonly (readonly [string, Product])[] = [
  ["i8 by u8", { left: "i8", right: "u8", sizes: [16, 16, 32] }],
  ["i4 by i4", { left: "i4", right: "i4", sizes: [16, 16, 32] }],
  ["rows that begin inside a word", { ...i8, sizes: [18, 17, 19] }],
  ["another number than 0 beyond the end", { ...i8, sizes: [19, 16, 32], other: 3 }],
  ["a buffer that is written, too", { ...i8, sizes: [16, 16, 32], written: true }],
  ["two numbers a block along k", { ...i8, sizes: [16, 16, 32], block: [16, 16, 2] }],
];

const schedules: readonly Schedule[] = [
  { threads: 4, across: 4, unroll: 64, operands: "own" },
  { threads: 4, across: 4, unroll: 64, operands: "subgroup" },
  { threads: 16, across: 1, unroll: 16, operands: "own" },
  { threads: 64, across: 8, unroll: 4, operands: "own" },
];

describe("products of bytes", () => {
  test.each(whole)("[B1] %s: four at a time, equal to the interpreter", async (_, product) => {
    expect(compiled(product).wgsl).toMatch(fours);
    await expectSame(product);
  });

  test.each(schedules)("[B2] the same however threads lie: %o", async (schedule) => {
    const product = { ...i8, sizes: [32, 32, 64] } as const;
    expect(compiled(product, schedule).wgsl).toMatch(fours);
    await expectSame(product, schedule);
  });

  test.each(apart)("[B3] %s: one by one, equal to the interpreter", async (_, product) => {
    expect(compiled(product).wgsl).not.toMatch(fours);
    await expectSame(product);
  });

  test("[B4] a device that cannot gets none", () => {
    const product: Product = { ...i8, sizes: [32, 32, 64] };
    expect(compiled(product, undefined, portableTarget).wgsl).not.toMatch(fours);
  });
});
