// Expected values are the definitions of the array API standard (2023.12) and of ONNX, worked out here.
import { array, assert, double, integer, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { open } from "../testing/cell.ts";

const { tensor, reference } = open();
const special = [-Infinity, -2.5, -1, -0, 0, 1e-6, 0.5, 3, Infinity, NaN];

/** Values by the f64 interpreter. */
async function exact(tensorOf: Parameters<typeof reference>[0]): Promise<number[]> {
  return Array.from(await reference(tensorOf));
}

describe("functions", () => {
  test("[MF1] sign: -1, 0 or 1 in the dtype, NaN stays", async () => {
    expect(await tensor(special).sign().array()).toEqual([-1, -1, -1, -0, 0, 1, 1, 1, 1, NaN]);
    const whole = tensor([-3, 0, 7], { dtype: "i32" }).sign();
    expect([whole.dtype, await whole.array()]).toEqual(["i32", [-1, 0, 1]]);
    expect(await tensor([0, 5], { dtype: "u32" }).sign().array()).toEqual([0, 1]);
  });

  test("[MF2] square, reciprocal, exp2, log2", async () => {
    expect(await tensor([-3, 4], { dtype: "i32" }).square().array()).toEqual([9, 16]);
    expect(await tensor([0.5, -4, 0]).reciprocal().array()).toEqual([2, -0.25, Infinity]);
    expect(tensor([2], { dtype: "i32" }).reciprocal().dtype).toBe("f32");
    expect(await tensor([3, -1]).exp2().array()).toEqual([8, 0.5]);
    expect(await tensor([8, 0.5]).log2().array()).toEqual([3, -1]);
  });

  test("[MF3] log1p, expm1 and erf go by their definitions", async () => {
    const x = [-0.9, -0.1, 1e-5, 0.25, 7];
    const of = tensor(x, { dtype: "f32" });
    const f32 = x.map(Math.fround);
    expect(await exact(of.log1p())).toEqual(f32.map(Math.log1p));
    expect(await exact(of.expm1())).toEqual(f32.map(Math.expm1));
    // Abramowitz and Stegun, table 7.1.
    expect((await exact(tensor([0.5]).erf()))[0]).toBeCloseTo(0.5204998778, 9);
  });

  test("[MF4] sigmoid, softplus, silu: without overflow", async () => {
    const x = [-200, -1, 0, 2, 200];
    expect(await tensor(x).sigmoid().array()).toEqual(x.map((v) => Math.fround(1 / (1 + Math.exp(-v)))));
    const plus = await exact(tensor(x).softplus());
    x.forEach((v, at) => expect(plus[at]).toBeCloseTo(v > 100 ? v : Math.log(1 + Math.exp(v)), 14));
    expect(await tensor([-1000, 0, 1]).silu().array()).toEqual([-0, 0, Math.fround(1 / (1 + Math.exp(-1)))]);
  });

  test("[MF5] relu and clip keep NaN and integers", async () => {
    expect(await tensor([-2, 0, 3, NaN]).relu().array()).toEqual([0, 0, 3, NaN]);
    expect(tensor([1], { dtype: "i32" }).relu().dtype).toBe("i32");
    expect(await tensor([-2, 0, 3, NaN]).clip(-1, 1).array()).toEqual([-1, 0, 1, NaN]);
    expect(await tensor([-2, 3]).clip(undefined, 1).array()).toEqual([-2, 1]);
    expect(
      await tensor([-2, 3])
        .clip(tensor([[0], [4]]))
        .array(),
    ).toEqual([
      [0, 3],
      [4, 4],
    ]);
    // ONNX Clip: where the bounds cross, the upper one wins.
    expect(await tensor([0]).clip(5, 2).array()).toEqual([2]);
  });

  test("[MF6] gelu: the exact form, and that of GPT-2", async () => {
    const x = [-3, -0.5, 0, 1, 2];
    // The normal distribution's values at 1 and 2 (tables): 0.8413447461, 0.9772498681.
    const known = await exact(tensor(x).gelu());
    expect(known[3]).toBeCloseTo(0.8413447461, 9);
    expect(known[4]).toBeCloseTo(2 * 0.9772498681, 9);
    const bent = await exact(tensor(x).gelu({ approximate: "tanh" }));
    x.forEach((v, at) => {
      const inner = Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3);
      expect(bent[at]).toBeCloseTo(0.5 * v * (1 + Math.tanh(inner)), 12);
    });
  });

  test("[MF7] isNaN and isFinite", async () => {
    expect(await tensor(special).isNaN().array()).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    expect(await tensor(special).isFinite().array()).toEqual([0, 1, 1, 1, 1, 1, 1, 1, 0, 0]);
    expect(await tensor([65504, 65520], { dtype: "f16" }).isFinite().array()).toEqual([1, 0]);
    expect(await tensor([1], { dtype: "i32" }).isFinite().array()).toEqual([1]);
    expect(tensor([1]).isNaN().dtype).toBe("bool");
  });
});

/** Python's % and //, by their definition: the quotient is rounded down. */
function pythonModulo(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}

describe("division", () => {
  test("[MD1] of any integers is Python's", async () => {
    const numbers = array(integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 20 });
    const divisors = integer({ min: -9, max: 9 }).filter((n) => n !== 0);
    const seen: Promise<void>[] = [];
    assert(
      property(numbers, divisors, (a, b) => {
        const x = tensor(a, { dtype: "i32" });
        const by = tensor(b, { dtype: "i32" });
        seen.push(
          (async () => {
            expect(await x.remainder(b).array()).toEqual(a.map((n) => pythonModulo(n, b) + 0));
            expect(await x.floorDivide(by).array()).toEqual(a.map((n) => Math.floor(n / b) + 0));
          })(),
        );
      }),
      { numRuns: 30 },
    );
    await Promise.all(seen);
  });

  test("[MD2] of floats; by 0 as NumPy", async () => {
    const a = [5.5, -5.5, 5.5, -5.5, 1, -1, 0.75];
    const b = [2, 2, -2, -2, 0, 0, 0.25];
    expect(await tensor(a).remainder(tensor(b)).array()).toEqual([1.5, 0.5, -0.5, -1.5, NaN, NaN, 0]);
    expect(await tensor(a).floorDivide(tensor(b)).array()).toEqual([2, -3, -3, 2, Infinity, -Infinity, 3]);
    expect(await tensor([7]).remainder(0).array()).toEqual([NaN]);
  });

  test("[MD3] a = b * floorDivide + remainder", async () => {
    const of = double({ min: -100, max: 100, noNaN: true }).map(Math.fround);
    const pairs = array(of, { minLength: 6, maxLength: 6 });
    const seen: Promise<void>[] = [];
    assert(
      property(pairs, (a) => {
        const x = tensor(a);
        const back = x.floorDivide(3).mul(3).add(x.remainder(3));
        seen.push(
          (async () => {
            const found = await back.data();
            a.forEach((value, at) => expect(Math.abs((found[at] ?? NaN) - value)).toBeLessThan(1e-5));
          })(),
        );
      }),
      { numRuns: 20 },
    );
    await Promise.all(seen);
  });

  test("[MD4] unsigned integers have no sign to cross", async () => {
    expect(await tensor([7, 9], { dtype: "u32" }).remainder(4).array()).toEqual([3, 1]);
    expect(await tensor([7, 9], { dtype: "u32" }).floorDivide(4).array()).toEqual([1, 2]);
  });
});

/** The variance of a row, by its definition. */
function varianceOf(row: readonly number[], less: number): number {
  const mean = row.reduce((so, n) => so + n, 0) / row.length;
  return row.reduce((so, n) => so + (n - mean) ** 2, 0) / (row.length - less);
}

describe("folds", () => {
  const x = [
    [1, 2, 3, 4],
    [2, 4, 6, 9],
  ];

  test("[MS1] var and std, of a population and of a sample", async () => {
    const [first = [], second = []] = x;
    expect(await exact(tensor(x).var(1))).toEqual([varianceOf(first, 0), varianceOf(second, 0)]);
    expect(await exact(tensor(x).std(1, { correction: 1 }))).toEqual(
      [first, second].map((row) => Math.sqrt(varianceOf(row, 1))),
    );
    expect(tensor(x).var([0, 1], { keep: true }).shape).toEqual([1, 1]);
    expect(() => tensor([1]).var(0, { correction: 1 })).toThrow(
      expect.objectContaining({ code: "shape/correction" }),
    );
  });

  test("[MS2] var of numbers far from 0: two passes keep the digits", async () => {
    expect(await tensor([4096.25, 4096.5, 4096.75]).var().item()).toBeCloseTo(1 / 24, 6);
  });

  test("[MS3] logSumExp and logSoftmax do not overflow", async () => {
    const rows = tensor([
      [1000, 1000],
      [-Infinity, 3],
      [-Infinity, -Infinity],
    ]);
    expect(await rows.logSumExp(1).array()).toEqual([Math.fround(1000 + Math.LN2), 3, -Infinity]);
    expect(rows.logSumExp(undefined, { keep: true }).shape).toEqual([1, 1]);
    expect(await tensor([500, 500]).logSoftmax().array()).toEqual([-Math.LN2, -Math.LN2].map(Math.fround));
  });

  test("[MS4] any, all, argmin", async () => {
    const mask = tensor([
      [true, false],
      [false, false],
    ]);
    expect(await mask.any(1).array()).toEqual([1, 0]);
    expect(await mask.all(0).array()).toEqual([0, 0]);
    expect([mask.any().dtype, await tensor([3, -1]).all().item()]).toEqual(["bool", 1]);
    expect(await tensor([3, -1, 5, -1]).argmin().item()).toBe(1);
    expect(tensor(x).argmin(1).dtype).toBe("i32");
  });
});
