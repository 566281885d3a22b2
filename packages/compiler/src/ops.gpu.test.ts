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

/** out[op, i] = op(x[i], y[i]) for all ops that take the dtype. Comparisons are stored as 0 and 1. */
function opsKernel(dtype: DType, unary: readonly UnaryName[], binary: readonly BinaryName[]): TileKernel {
  const b = new TileBuilder(`ops_${dtype}`);
  const [x, y, out, flags] = [
    b.pointer("x", dtype),
    b.pointer("y", dtype),
    b.pointer("out", dtype),
    b.pointer("flags", "bool"),
  ];
  const lanes = b.arange(0, count);
  const [left, right] = [b.load({ pointer: x, offset: lanes }), b.load({ pointer: y, offset: lanes })];
  const place = (index: number): number => b.binary("add", lanes, b.full([count], index * count, "i32"));
  unary.forEach((op, index) => b.store({ pointer: out, offset: place(index), value: b.unary(op, left) }));
  binary.forEach((op, index) => {
    const value = b.binary(op, left, right);
    const pointer = b.typeOf(value).dtype === dtype ? out : flags;
    b.store({ pointer, offset: place(unary.length + index), value });
  });
  return b.finish();
}

function castRounded(value: number, from: DType, to: DType): number {
  return dtypeInfo[to].round(castValue(value, from, to));
}

/** Equal, or within what WGSL allows its functions. */
function near(seen: number, wanted: number, dtype: DType): boolean {
  if (Object.is(seen, wanted) || seen === wanted) return true;
  if (dtypeInfo[dtype].kind !== "float") return false;
  const slack = dtype === "f16" ? 2e-3 : 2e-5;
  return Math.abs(seen - wanted) <= slack * Math.max(Math.abs(wanted), dtype === "f16" ? 1e-2 : 1e-4);
}

describe("every op on every dtype means what the op table says", () => {
  test.each(dtypes)("[O1] %s", async (dtype) => {
    const unary = (Object.keys(unaryDTypes) as UnaryName[]).filter((op) => unaryDTypes[op].includes(dtype));
    const binary = (Object.keys(binaryDTypes) as BinaryName[]).filter((op) =>
      binaryDTypes[op].includes(dtype),
    );
    const [x, y] = [samples(dtype, 1), samples(dtype, 2).toReversed()];
    const zeros = new Float32Array((unary.length + binary.length) * count);
    const { buffers } = await launch(opsKernel(dtype, unary, binary), {
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
});
