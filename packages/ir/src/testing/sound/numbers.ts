import type { DType } from "../../dtype.ts";
import { binaryDTypes } from "../../infer.ts";
import { type BinaryName, compareNames } from "../../ops.ts";
import type { ValueId } from "../../tile.ts";
import { type Pool, worse } from "./pool.ts";

/** Ops on elements. Each adds one value to the pool. */

const wholeBinaries = (Object.keys(binaryDTypes) as BinaryName[]).filter(
  (op) => binaryDTypes[op].includes("u32") && !compareNames.some((name) => name === op),
);

/** Floats that stay exact: sums and products of small ones, whole parts, choices. */
export function exactFloat(pool: Pool): void {
  const { b } = pool;
  const dtype = pool.pick(["f32", "f32", "f16"] as const);
  const shape = pool.shape();
  const [x, y] = [pool.take(dtype, shape, "small"), pool.take(dtype, shape, "small")];
  const op = pool.pick(["add", "sub", "mul", "mod", "floor", "ceil", "round"] as const);
  if (op === "mod") {
    // By a power of two, since an engine may divide a little wrong and land on the other side of a jump.
    const by = pool.full(shape, pool.pick([0.5, 1, 2]), dtype);
    pool.see(b.binary("mod", x, by), "small");
  } else if (op === "floor" || op === "ceil" || op === "round") {
    pool.see(b.unary(op, pool.take(dtype, shape, "sure")), "small");
  } else pool.see(pool.scaled(b.binary(op, x, y), 0.5), "sure");
}

/** Functions whose values stay from -2 to 2 and that move by no more than what they are given. */
const smooth: Readonly<Record<string, (pool: Pool, x: ValueId) => ValueId>> = {
  exp: (pool, x) => pool.scaled(pool.b.unary("exp", x), 1 / 8),
  exp2: (pool, x) => pool.scaled(pool.b.unary("exp2", x), 1 / 4),
  log: (pool, x) => pool.b.unary("log", awayFromZero(pool, x, 1)),
  log2: (pool, x) => pool.scaled(pool.b.unary("log2", awayFromZero(pool, x, 1)), 1 / 2),
  sqrt: (pool, x) => pool.b.unary("sqrt", awayFromZero(pool, x, 0.5)),
  rsqrt: (pool, x) => pool.scaled(pool.b.unary("rsqrt", awayFromZero(pool, x, 0.5)), 1 / 2),
  sin: (pool, x) => pool.b.unary("sin", x),
  cos: (pool, x) => pool.b.unary("cos", x),
  tanh: (pool, x) => pool.b.unary("tanh", x),
  erf: (pool, x) => pool.scaled(pool.b.unary("erf", x), 1 / 2),
  log1p: (pool, x) => pool.b.unary("log1p", pool.b.unary("abs", x)),
  expm1: (pool, x) => pool.scaled(pool.b.unary("expm1", x), 1 / 8),
};

const smoothPairs: Readonly<Record<string, (pool: Pool, x: ValueId, y: ValueId) => ValueId>> = {
  add: (pool, x, y) => pool.scaled(pool.b.binary("add", x, y), 1 / 2),
  sub: (pool, x, y) => pool.scaled(pool.b.binary("sub", x, y), 1 / 2),
  mul: (pool, x, y) => pool.scaled(pool.b.binary("mul", x, y), 1 / 4),
  div: (pool, x, y) => pool.scaled(pool.b.binary("div", x, awayFromZero(pool, y, 1)), 1 / 4),
  pow: (pool, x, y) => pool.scaled(pool.b.binary("pow", awayFromZero(pool, x, 0.5), y), 1 / 16),
};

function awayFromZero(pool: Pool, x: ValueId, by: number): ValueId {
  const { dtype, shape } = pool.b.typeOf(x);
  return pool.b.binary("add", pool.b.unary("abs", x), pool.full(shape, by, dtype));
}

export function nearFloat(pool: Pool): void {
  const shape = pool.shape();
  const [x, y] = [pool.take("f32", shape), pool.take("f32", shape)];
  const unary = pool.below(2) === 0;
  const made = unary
    ? pool.pick(Object.values(smooth))(pool, x)
    : pool.pick(Object.values(smoothPairs))(pool, x, y);
  pool.see(made, "near");
}

/** Any dtype: signs, the greater one, the lesser one, a choice. */
export function choose(pool: Pool): void {
  const { b } = pool;
  const dtype = pool.pick(["f32", "f16", "i32", "u32", "bool"] as const);
  const shape = pool.shape();
  const [x, y] = [pool.take(dtype, shape), pool.take(dtype, shape)];
  const grade = worse(pool.gradeOf(x), pool.gradeOf(y));
  const kind = dtype === "bool" ? 0 : pool.below(3);
  if (kind === 0) pool.see(b.select({ condition: pool.take("bool", shape), yes: x, no: y }), grade);
  else if (kind === 1) pool.see(b.binary(pool.pick(["min", "max"] as const), x, y), grade);
  else pool.see(b.unary(dtype === "u32" ? "abs" : pool.pick(["neg", "abs"] as const), x), pool.gradeOf(x));
}

export function wholeNumbers(pool: Pool): void {
  const dtype = pool.pick(["i32", "u32"] as const);
  const ops = wholeBinaries.filter((op) => binaryDTypes[op].includes(dtype));
  const shape = pool.shape();
  pool.see(pool.b.binary(pool.pick(ops), pool.take(dtype, shape), pool.take(dtype, shape)));
}

export function truths(pool: Pool): void {
  const { b } = pool;
  const shape = pool.shape();
  const dtype = pool.pick(["f32", "f16", "i32", "u32", "bool"] as const);
  const bool = (): ValueId => pool.take("bool", shape);
  if (pool.below(3) === 0) {
    const op = pool.pick(["and", "or", "xor", "not"] as const);
    pool.see(op === "not" ? b.unary("not", bool()) : b.binary(op, bool(), bool()));
    return;
  }
  const ops = dtype === "bool" ? (["eq", "ne"] as const) : compareNames;
  pool.see(b.binary(pool.pick(ops), pool.take(dtype, shape, "sure"), pool.take(dtype, shape, "sure")));
}

/** From one dtype to another, where every executor gives the same number. */
export function convert(pool: Pool): void {
  const shape = pool.shape();
  pool.pick(conversions)(pool, shape);
}

const conversions: readonly ((pool: Pool, shape: readonly number[]) => void)[] = [
  (pool, shape) => {
    const x = pool.scaled(pool.take("f32", shape, "sure"), 8);
    pool.see(pool.b.cast(x, "i32"));
    pool.see(pool.b.cast(pool.b.unary("abs", x), "u32"));
  },
  (pool, shape) => {
    const eight = pool.full(shape, 8, "i32");
    const x = pool.b.binary("sub", pool.masked(pool.take("i32", shape), 15), eight);
    pool.see(pool.scaled(pool.b.cast(x, pool.pick(["f32", "f16"] as const)), 1 / 8), "small");
  },
  (pool, shape) => {
    const [from, to] = pool.pick([
      ["f32", "f16"],
      ["f16", "f32"],
      ["bool", "f32"],
      ["bool", "f16"],
    ] as const);
    pool.see(pool.b.cast(pool.take(from, shape, "small"), to), "small");
  },
  (pool, shape) => {
    const wholes: readonly DType[] = ["i32", "u32", "bool"];
    pool.see(pool.b.cast(pool.take(pool.pick(wholes), shape), pool.pick(wholes)));
  },
  (pool, shape) => {
    pool.see(pool.b.cast(pool.take(pool.pick(["f32", "f16"] as const), shape, "sure"), "bool"));
  },
  (pool, shape) => {
    const [from, to] = pool.pick([
      ["i32", "u32"],
      ["u32", "i32"],
    ] as const);
    pool.see(pool.b.bitcast(pool.take(from, shape), to));
  },
  (pool, shape) => {
    // abs: executors may differ in the sign of a zero.
    const x = pool.b.unary("abs", pool.take("f32", shape, "sure"));
    pool.see(pool.b.bitcast(x, pool.pick(["i32", "u32"] as const)));
  },
  (pool, shape) => {
    // The bits of floats from 1 to 2.
    const bits = pool.masked(pool.take("u32", shape), 0x7fffff);
    const one = pool.full(shape, 0x3f800000, "u32");
    pool.see(pool.b.bitcast(pool.b.binary("or", bits, one), "f32"), "sure");
  },
];
