import {
  binaryDTypes,
  binaryMeaning,
  type BinaryName,
  castValue,
  type DType,
  dtypeInfo,
  dtypes,
  isCompare,
  TileBuilder,
  type TileKernel,
  unaryDTypes,
  unaryMeaning,
  type UnaryName,
} from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { launch } from "./testing/gpu.ts";
import { randomNumbers } from "./testing/numbers.ts";

const count = 64;

/** Values where engines differ, then ordinary ones. */
function samples(dtype: DType, seed: number): readonly number[] {
  const special = [0, 1, -1, 0.5, -0.5, 2, -2.5, 3, 100, -88.8, 88.8, 1e-3, -7, 7, 1.5, 2.5];
  const numbers = [...special, ...randomNumbers(count - special.length, seed).map((value) => 8 * value)];
  if (dtype === "bool") return numbers.map((value) => (value > 0 ? 1 : 0));
  if (dtype === "u32") return numbers.map((value) => Math.abs(Math.trunc(value)));
  return numbers.map((value) => dtypeInfo[dtype].round(value));
}

/**
 * out[op, i] = op(x[i], y[i]) for all ops that take the dtype, in programs of `width` elements of `total`. Comparisons
 * are stored as 0 and 1.
 */
function opsKernel(
  dtype: DType,
  ops: { readonly unary: readonly UnaryName[]; readonly binary: readonly BinaryName[] },
  total: number,
  width: number,
): TileKernel {
  const b = new TileBuilder(`ops_${dtype}`);
  const [x, y, out, flags] = [
    b.pointer("x", dtype),
    b.pointer("y", dtype),
    b.pointer("out", dtype),
    b.pointer("flags", "bool"),
  ];
  const start = b.binary("mul", b.programId(0), b.full([], width, "i32"));
  const lanes = b.binary("add", b.arange(0, width), b.broadcast(start, [width]));
  const [left, right] = [b.load({ pointer: x, offset: lanes }), b.load({ pointer: y, offset: lanes })];
  const place = (index: number): number => b.binary("add", lanes, b.full([width], index * total, "i32"));
  ops.unary.forEach((op, index) => b.store({ pointer: out, offset: place(index), value: b.unary(op, left) }));
  ops.binary.forEach((op, index) => {
    const value = b.binary(op, left, right);
    const pointer = b.typeOf(value).dtype === dtype ? out : flags;
    b.store({ pointer, offset: place(ops.unary.length + index), value });
  });
  return b.finish();
}

/** The ops that take a dtype. */
function opsOf(dtype: DType): {
  readonly unary: readonly UnaryName[];
  readonly binary: readonly BinaryName[];
} {
  return {
    unary: (Object.keys(unaryDTypes) as UnaryName[]).filter((op) => unaryDTypes[op].includes(dtype)),
    binary: (Object.keys(binaryDTypes) as BinaryName[]).filter((op) => binaryDTypes[op].includes(dtype)),
  };
}

function castRounded(value: number, from: DType, to: DType): number {
  return dtypeInfo[to].round(castValue(value, from, to));
}

/** Equal, or finite and within what WGSL allows its functions. */
function near(seen: number, wanted: number, dtype: DType): boolean {
  if (Object.is(seen, wanted) || seen === wanted) return true;
  if (dtypeInfo[dtype].kind !== "float" || !Number.isFinite(wanted)) return false;
  const slack = dtype === "f16" ? 2e-3 : 2e-5;
  return Math.abs(seen - wanted) <= slack * Math.max(Math.abs(wanted), dtype === "f16" ? 1e-2 : 1e-4);
}

describe("every op on every dtype means what the op table says", () => {
  test.each(dtypes)("[O1] %s", async (dtype) => {
    const { unary, binary } = opsOf(dtype);
    const [x, y] = [samples(dtype, 1), samples(dtype, 2).toReversed()];
    const zeros = new Float32Array((unary.length + binary.length) * count);
    const { buffers } = await launch(opsKernel(dtype, { unary, binary }, count, count), {
      grid: [1, 1, 1],
      arguments: [x, y, zeros, zeros],
    });
    const { round } = dtypeInfo[dtype];
    const wrong: string[] = [];
    const check = (op: string, index: number, wanted: readonly number[], buffer: number): void =>
      wanted.forEach((value, lane) => {
        const seen = buffers[buffer]?.[index * count + lane] ?? Number.NaN;
        if (!near(seen, value, dtype)) wrong.push(`${op}(${x[lane]}, ${y[lane]}) = ${seen}, not ${value}`);
      });
    unary.forEach((op, index) =>
      check(
        op,
        index,
        x.map((value) => round(unaryMeaning[op](value))),
        2,
      ),
    );
    binary.forEach((op, index) => {
      const integer = op === "mul" && dtypeInfo[dtype].kind === "integer" ? Math.imul : binaryMeaning[op];
      const wanted = x.map((value, lane) =>
        (isCompare(op) ? integer : (a: number, b: number) => round(integer(a, b)))(value, y[lane] ?? 0),
      );
      check(op, unary.length + index, wanted, isCompare(op) && dtype !== "bool" ? 3 : 2);
    });
    expect(wrong.slice(0, 20)).toEqual([]);
  });

  test("[O2] casts between all dtypes", async () => {
    const b = new TileBuilder("casts");
    const sources = dtypes.map((dtype) => b.pointer(`x_${dtype}`, dtype));
    const out = b.pointer("out", "f32");
    const lanes = b.arange(0, count);
    const wanted: number[] = [];
    dtypes.forEach((from, row) =>
      dtypes.forEach((to, column) => {
        const value = b.cast(b.cast(b.load({ pointer: sources[row] ?? -1, offset: lanes }), to), "f32");
        const place = b.full([count], (row * dtypes.length + column) * count, "i32");
        b.store({ pointer: out, offset: b.binary("add", lanes, place), value });
        wanted.push(
          ...samples(from, 3).map((number) => castRounded(castRounded(number, from, to), to, "f32")),
        );
      }),
    );
    const inputs = dtypes.map((dtype) => samples(dtype, 3));
    const { buffers } = await launch(b.finish(), {
      grid: [1, 1, 1],
      arguments: [...inputs, new Float32Array(wanted.length)],
    });
    const pairs = (buffers[5] ?? []).map((seen, place) => [seen, wanted[place], place]);
    expect(pairs.filter(([seen, value]) => seen !== value).slice(0, 20)).toEqual([]);
  });

  test("[O3] infinities and NaN are constants like any other; NaN differs from itself", async () => {
    const b = new TileBuilder("specials");
    const out = b.pointer("out", "f32");
    const flags = b.pointer("flags", "bool");
    const lanes = b.arange(0, 8);
    const nan = b.full([8], Number.NaN, "f32");
    const put = (index: number, value: number): void =>
      b.store({ pointer: out, offset: b.binary("add", lanes, b.full([8], 8 * index, "i32")), value });
    put(0, b.full([8], Infinity, "f32"));
    put(1, b.full([8], -Infinity, "f32"));
    put(2, nan);
    put(3, b.unary("exp", b.full([8], -Infinity, "f32")));
    b.store({ pointer: flags, offset: lanes, value: b.binary("ne", nan, nan) });
    const { buffers } = await launch(b.finish(), {
      grid: [1, 1, 1],
      arguments: [new Float32Array(32), new Float32Array(8)],
    });
    expect([0, 1, 2, 3].map((row) => buffers[0]?.[8 * row])).toEqual([Infinity, -Infinity, Number.NaN, 0]);
    expect(buffers[1]).toEqual(Array.from({ length: 8 }, () => 1));
  });

  test("[O4] f16 neighbours of different threads do not disturb each other, an odd end included", async () => {
    const b = new TileBuilder("halves");
    const [x, y] = [b.pointer("x", "f16"), b.pointer("y", "f16")];
    const lanes = b.arange(0, 128);
    const mask = b.binary("lt", lanes, b.full([128], 77, "i32"));
    const value = b.load({ pointer: x, offset: b.binary("sub", b.full([128], 127, "i32"), lanes) });
    b.store({ pointer: y, offset: lanes, value, mask });
    const numbers = Array.from({ length: 128 }, (_, index) => index - 64);
    const { buffers } = await launch(b.finish(), {
      grid: [1, 1, 1],
      arguments: [numbers, numbers.map(() => 9)],
    });
    expect(buffers[1]).toEqual(numbers.map((_, index) => (index < 77 ? 127 - index - 64 : 9)));
  });

  // Left out: the signs of zeros, and what exp and exp2 make of NaN, which is Infinity on SwiftShader.
  test.each([
    ["f32", 256, "v"],
    ["f32", 2, "f"],
    ["f16", 256, "v"],
    ["f16", 2, "f"],
  ] as const)("[O5] zeros, infinities and NaN: %s in tiles of %i", async (dtype, width, helpers) => {
    const values = [0, -0, 1, -1, 0.5, -2, 3, 100, -200, Infinity, -Infinity, Number.NaN];
    const pairs = values.flatMap((left) => values.map((right) => [left, right] as const));
    const total = 256;
    const side = (index: 0 | 1): readonly number[] =>
      Array.from({ length: total }, (_, lane) => pairs[lane]?.[index] ?? 1);
    const { unary, binary } = opsOf(dtype);
    const zeros = new Float32Array((unary.length + binary.length) * total);
    const { buffers, compiled } = await launch(opsKernel(dtype, { unary, binary }, total, width), {
      grid: [total / width, 1, 1],
      arguments: [side(0), side(1), zeros, zeros],
    });
    const wrong = new Set<string>();
    const check = (text: string, seen: number | undefined, wanted: number): void => {
      const rounded = dtypeInfo[dtype].round(wanted);
      if (seen === undefined || !near(seen, rounded, dtype)) wrong.add(`${text} = ${seen}, not ${rounded}`);
    };
    pairs.forEach(([left, right], lane) => {
      unary.forEach((op, index) => {
        if (Number.isNaN(left) && op.startsWith("exp")) return;
        check(`${op}(${left})`, buffers[2]?.[index * total + lane], unaryMeaning[op](left));
      });
      binary.forEach((op, index) => {
        const seen = buffers[isCompare(op) ? 3 : 2]?.[(unary.length + index) * total + lane];
        check(`${op}(${left}, ${right})`, seen, binaryMeaning[op](left, right));
      });
    });
    expect([...wrong]).toEqual([]);
    expect(compiled.wgsl).toContain(`power_${helpers}(`);
  });

  test("[O6] ops on constants give what they give on values: no constant is refused for its infinite result", async () => {
    const b = new TileBuilder("constants");
    const [x, out] = [b.pointer("x", "f32"), b.pointer("out", "f32")];
    const lanes = b.arange(0, 8);
    const loaded = b.load({ pointer: x, offset: lanes });
    const constant = (value: number): number => b.full([8], value, "f32");
    const values = [
      ...(["log", "log2", "rsqrt", "exp", "exp2"] as const).map((op) => b.unary(op, constant(0))),
      ...(["exp", "exp2", "log", "sqrt"] as const).map((op) => b.unary(op, constant(-1000))),
      ...(["exp", "exp2"] as const).map((op) => b.unary(op, constant(1000))),
      ...[1, 0].map((value) => b.binary("div", constant(value), constant(0))),
      b.binary("pow", constant(0), constant(-1)),
      b.binary("mul", constant(3e38), constant(10)),
      ...(["div", "mod", "pow"] as const).map((op) => b.binary(op, loaded, constant(0))),
      ...(["div", "pow"] as const).map((op) => b.binary(op, constant(0), loaded)),
    ];
    values.forEach((value, index) =>
      b.store({ pointer: out, offset: b.binary("add", lanes, b.full([8], 8 * index, "i32")), value }),
    );
    const { buffers } = await launch(b.finish(), {
      grid: [1, 1, 1],
      arguments: [Array.from({ length: 8 }, () => -1), new Float32Array(8 * values.length)],
    });
    const [inf, nan] = [Infinity, Number.NaN];
    const wanted = [-inf, -inf, inf, 1, 1, 0, 0, nan, nan, inf, inf, inf, nan, inf, inf, -inf, 0, 1, -0, inf];
    const seen = values.map((_, index) => buffers[1]?.[8 * index]);
    expect(seen.map((value) => (value === 0 ? 0 : value))).toEqual(
      wanted.map((value) => (value === 0 ? 0 : value)),
    );
  });
});
