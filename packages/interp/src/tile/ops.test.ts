import {
  type BinaryName,
  binaryDTypes,
  binaryMeaning,
  castValue,
  type DType,
  dtypeInfo,
  dtypes,
  isCompare,
  reduceMeaning,
  sizeOf,
  TileBuilder,
  unaryDTypes,
  unaryMeaning,
  type UnaryName,
  type ValueId,
} from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import type { Rounding } from "../elementwise.ts";
import { runTileKernel } from "./run.ts";

/** Makes one value with `build`, runs one program, gives back the value's elements. */
function evaluate(build: (b: TileBuilder) => ValueId, rounding: Rounding = "exact"): number[] {
  const b = new TileBuilder("evaluate");
  const value = build(b);
  const { dtype, shape } = b.typeOf(value);
  const pointer = b.pointer("out", dtype);
  const size = sizeOf(shape);
  const flat = shape.length === 0 ? value : b.reshape(value, [size]);
  b.store({ pointer, offset: shape.length === 0 ? b.const(0, "i32") : b.arange(0, size), value: flat });
  const out = new Float64Array(size);
  runTileKernel(b.finish(), [1, 1, 1], [out], { rounding });
  return Array.from(out);
}

/** A tile of these elements (a power of two of them), made of constants. */
function tileOf(b: TileBuilder, elements: readonly number[], dtype: DType): ValueId {
  const lanes = b.arange(0, elements.length);
  let tile = b.full([elements.length], elements[0] ?? 0, dtype);
  elements.forEach((element, place) => {
    const condition = b.binary("eq", lanes, b.full([elements.length], place, "i32"));
    tile = b.select({ condition, yes: b.full([elements.length], element, dtype), no: tile });
  });
  return tile;
}

/** Elements of every dtype that are worth trying, eight each, rounded to the dtype. */
function samples(dtype: DType): readonly number[] {
  const { kind, round } = dtypeInfo[dtype];
  if (kind === "bool") return [0, 1, 1, 0, 0, 1, 0, 1];
  if (kind === "float") return [0, 1, -1, 0.5, -2.5, 3.25, 1e-3, 40].map(round);
  return [0, 1, 2, -1, 7, -8, 2 ** 31 - 1, -(2 ** 31)].map(round);
}

const unaries = Object.entries(unaryDTypes) as [UnaryName, readonly DType[]][];
const binaries = Object.entries(binaryDTypes) as [BinaryName, readonly DType[]][];

function roundTo(dtype: DType, value: number, rounding: "exact" | "f64"): number {
  const { kind, round } = dtypeInfo[dtype];
  return kind === "float" && rounding === "f64" ? value : round(value);
}

const cube = (b: TileBuilder) => b.reshape(b.arange(0, 8), [2, 2, 2]);

const third = (dtype: DType, rounding: "exact" | "f64") =>
  evaluate((b) => b.binary("div", b.const(1, dtype), b.const(3, dtype)), rounding)[0];

const wrapped = (rounding: "exact" | "f64") =>
  evaluate((b) => b.binary("mul", b.const(65_537, "i32"), b.const(65_537, "i32")), rounding);

describe("every op is its meaning, rounded to its dtype", () => {
  for (const [op, allowed] of unaries) {
    test(`[I1] ${op}`, () => {
      for (const dtype of allowed) {
        for (const rounding of ["exact", "f64"] as const) {
          const wanted = samples(dtype).map((x) => roundTo(dtype, unaryMeaning[op](x), rounding));
          expect(evaluate((b) => b.unary(op, tileOf(b, samples(dtype), dtype)), rounding)).toEqual(wanted);
        }
      }
    });
  }
  for (const [op, allowed] of binaries) {
    test(`[I2] ${op}`, () => {
      for (const dtype of allowed) {
        const lefts = samples(dtype).flatMap((x) => samples(dtype).map(() => x));
        const rights = samples(dtype).flatMap(() => samples(dtype));
        const result: DType = isCompare(op) ? "bool" : dtype;
        for (const rounding of ["exact", "f64"] as const) {
          const wanted = lefts.map((left, place) => {
            const right = rights[place] ?? 0;
            // Beyond 2^53 the f64 product has lost the low bits that a 32-bit product keeps.
            const isProduct = op === "mul" && dtypeInfo[dtype].kind === "integer";
            const value = isProduct
              ? Number(BigInt.asIntN(32, BigInt(left) * BigInt(right)))
              : binaryMeaning[op](left, right);
            return roundTo(result, value, rounding);
          });
          const seen = evaluate(
            (b) => b.binary(op, tileOf(b, lefts, dtype), tileOf(b, rights, dtype)),
            rounding,
          );
          expect(seen).toEqual(wanted);
        }
      }
    });
  }
  test("[I3] cast from every dtype to every dtype", () => {
    for (const from of dtypes) {
      for (const to of dtypes) {
        const wanted = samples(from).map((x) => dtypeInfo[to].round(castValue(x, from, to)));
        expect(evaluate((b) => b.cast(tileOf(b, samples(from), from), to))).toEqual(wanted);
      }
    }
  });
  test("[I3] float to integer truncates, saturates, and NaN gives 0", () => {
    const given = [-2.7, 2.7, 1e20, -1e20, NaN, Infinity, -0.5, 0];
    const most = 2 ** 31 - 1;
    expect(evaluate((b) => b.cast(tileOf(b, given, "f32"), "i32"))).toEqual([
      -2,
      2,
      most,
      -most - 1,
      0,
      most,
      0,
      0,
    ]);
    expect(evaluate((b) => b.cast(tileOf(b, given, "f32"), "u32"))).toEqual([
      0,
      2,
      2 ** 32 - 1,
      0,
      0,
      2 ** 32 - 1,
      0,
      0,
    ]);
  });
  test("[I4] integers divided by zero: idiv gives the dividend, mod gives 0", () => {
    const given = [7, -7];
    expect(evaluate((b) => b.binary("idiv", tileOf(b, given, "i32"), b.full([2], 0, "i32")))).toEqual([
      7, -7,
    ]);
    expect(evaluate((b) => b.binary("mod", tileOf(b, given, "i32"), b.full([2], 0, "i32")))).toEqual([0, 0]);
  });
  test("[I5] select takes yes where the condition holds", () => {
    const seen = evaluate((b) =>
      b.select({
        condition: tileOf(b, [1, 0], "bool"),
        yes: tileOf(b, [3, 4], "f32"),
        no: tileOf(b, [5, 6], "f32"),
      }),
    );
    expect(seen).toEqual([3, 6]);
  });
});

describe("shapes", () => {
  test("[I6] arange, reshape, transpose and broadcast move elements in row-major order", () => {
    expect(evaluate((b) => b.arange(-2, 2))).toEqual([-2, -1, 0, 1]);
    expect(evaluate((b) => b.transpose(b.reshape(b.arange(0, 8), [2, 4])))).toEqual([0, 4, 1, 5, 2, 6, 3, 7]);
    const turned = [0, 2, 4, 6, 1, 3, 5, 7];
    expect(evaluate((b) => b.transpose(b.reshape(b.arange(0, 8), [2, 2, 2]), [2, 0, 1]))).toEqual(turned);
    expect(evaluate((b) => b.broadcast(b.reshape(b.arange(0, 2), [2, 1]), [2, 2]))).toEqual([0, 0, 1, 1]);
    expect(evaluate((b) => b.broadcast(b.reshape(b.arange(0, 2), [1, 2]), [2, 2]))).toEqual([0, 1, 0, 1]);
    expect(evaluate((b) => b.broadcast(b.const(3, "i32"), [2, 2]))).toEqual([3, 3, 3, 3]);
  });
  test("[I7] reduce folds one axis, in the middle too", () => {
    expect(evaluate((b) => b.reduce("sum", cube(b), 0))).toEqual([4, 6, 8, 10]);
    expect(evaluate((b) => b.reduce("sum", cube(b), 1))).toEqual([2, 4, 10, 12]);
    expect(evaluate((b) => b.reduce("prod", cube(b), 2))).toEqual([0, 6, 20, 42]);
    expect(evaluate((b) => b.reduce("argmax", cube(b), 2))).toEqual([1, 1, 1, 1]);
    expect(evaluate((b) => b.reduce("max", b.arange(0, 8), 0))).toEqual([7]);
  });
  test("[I7] every fold is its meaning", () => {
    for (const op of ["sum", "prod", "max", "min"] as const) {
      const { start, step } = reduceMeaning[op];
      const fold = (dtype: DType) => samples(dtype).reduce((total, next) => step(total, next), start);
      expect(evaluate((b) => b.reduce(op, tileOf(b, samples("f32"), "f32"), 0), "f64")).toEqual([
        fold("f32"),
      ]);
      expect(evaluate((b) => b.reduce(op, tileOf(b, samples("i32"), "i32"), 0))).toEqual([fold("i32") | 0]);
    }
  });
  test("[I7] max and min pass over NaN, unless there is nothing else", () => {
    expect(evaluate((b) => b.reduce("max", tileOf(b, [NaN, 2, NaN, -5], "f32"), 0))).toEqual([2]);
    expect(evaluate((b) => b.reduce("min", tileOf(b, [3, 2, NaN, NaN], "f32"), 0))).toEqual([2]);
    expect(evaluate((b) => b.reduce("max", tileOf(b, [NaN, NaN], "f32"), 0))).toEqual([NaN]);
  });
  test("[I8] argmax gives the first of equal greatest elements and steps over NaN", () => {
    expect(evaluate((b) => b.reduce("argmax", tileOf(b, [NaN, 2, 5, 5], "f32"), 0))).toEqual([2]);
    expect(evaluate((b) => b.reduce("argmax", tileOf(b, [-Infinity, -Infinity], "f32"), 0))).toEqual([0]);
  });
  test("[I9] dot multiplies matrices; exact mode rounds each product and sum to f32", () => {
    const product = evaluate((b) =>
      b.dot(
        b.reshape(tileOf(b, [1, 2, 3, 4], "f32"), [2, 2]),
        b.reshape(tileOf(b, [5, 6, 7, 8], "f32"), [2, 2]),
      ),
    );
    expect(product).toEqual([19, 22, 43, 50]);
    const left = [1, 2 ** -24, 2 ** -24, 2 ** -24];
    const sum = (rounding: "exact" | "f64") =>
      evaluate((b) => b.dot(b.reshape(tileOf(b, left, "f32"), [1, 4]), b.full([4, 1], 1, "f32")), rounding);
    expect(sum("exact")).toEqual([1]);
    expect(sum("f64")).toEqual([1 + 3 * 2 ** -24]);
  });
});

describe("rounding", () => {
  test("[I10] exact f32 and f16 round every result; f64 keeps it", () => {
    expect(third("f32", "exact")).toBe(Math.fround(1 / 3));
    expect(third("f16", "exact")).toBe(0.333251953125);
    expect(third("f32", "f64")).toBe(1 / 3);
  });
  test("[I11] integers wrap in both modes", () => {
    expect(wrapped("exact")).toEqual([131_073]);
    expect(wrapped("f64")).toEqual([131_073]);
    expect(evaluate((b) => b.binary("sub", b.const(0, "u32"), b.const(1, "u32")))).toEqual([2 ** 32 - 1]);
  });
});
