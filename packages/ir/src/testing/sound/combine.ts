import type { Combining } from "../../builder.ts";
import type { ValueId } from "../../tile.ts";
import type { Grade, Pool } from "./pool.ts";

/** Folds and scans by many kinds of associative functions, some of which do not commute. */

type Ids = readonly ValueId[];

interface Recipe {
  /** The tiles that are combined. */
  readonly inputs: (pool: Pool, shape: readonly number[]) => Ids;
  readonly combine: (pool: Pool, left: Ids, right: Ids) => Ids;
  /** What makes a float result at most 2 again, and no more moved than the inputs, along an axis of this size. */
  readonly scale?: (size: number) => number;
  readonly grade: (pool: Pool, inputs: Ids) => Grade;
}

const sure = (): Grade => "sure";
const near = (): Grade => "near";

/** The same op on each pair. */
function each(op: "add" | "mul" | "xor" | "max" | "min" | "and" | "or"): Recipe["combine"] {
  return (pool, left, right) => left.map((value, at) => pool.b.binary(op, value, right[at] ?? value));
}

const wholes: Recipe["inputs"] = (pool, shape) => {
  const count = 1 + pool.below(3);
  return Array.from({ length: count }, () => pool.take(pool.pick(["i32", "u32"] as const), shape));
};

/** Sums of floats, exact for small ones. */
const sums: Recipe = {
  inputs: (pool, shape) => [pool.take("f32", shape)],
  combine: each("add"),
  scale: (size) => 1 / size,
  grade: (pool, [x = 0]) => (pool.gradeOf(x) === "small" ? "sure" : "near"),
};

/** The composition of h -> a h + b, first the left one. */
const composed: Recipe["combine"] = ({ b }, [a1 = 0, b1 = 0], [a2 = 0, b2 = 0]) => [
  b.binary("mul", a1, a2),
  b.binary("add", b.binary("mul", a2, b1), b2),
];

const recipes: readonly Recipe[] = [
  sums,
  { inputs: wholes, combine: each("add"), grade: sure },
  { inputs: wholes, combine: each("mul"), grade: sure },
  { inputs: wholes, combine: each("xor"), grade: sure },
  { inputs: wholes, combine: each("min"), grade: sure },
  {
    // A mixed bag: a maximum, a sum and a conjunction.
    inputs: (pool, shape) => [pool.take("f32", shape), pool.take("u32", shape), pool.take("bool", shape)],
    combine: ({ b }, [x1 = 0, n1 = 0, c1 = 0], [x2 = 0, n2 = 0, c2 = 0]) => [
      b.binary("max", x1, x2),
      b.binary("add", n1, n2),
      b.binary("and", c1, c2),
    ],
    grade: (pool, [x = 0]) => pool.gradeOf(x),
  },
  {
    // A recurrence; a is at most 1/2, so that what is far away fades.
    inputs: (pool, shape) => [pool.scaled(pool.take("f32", shape), 1 / 4), pool.take("f32", shape)],
    combine: composed,
    scale: () => 1 / 8,
    grade: near,
  },
  {
    inputs: (pool, shape) => [pool.take("i32", shape), pool.take("i32", shape)],
    combine: composed,
    grade: sure,
  },
  {
    // The greatest and its place; of equal ones the first.
    inputs: (pool, shape) => {
      const size = shape.reduce((a, c) => a * c, 1);
      const places = pool.b.reshape(pool.b.arange(0, size), shape);
      return [pool.take("f32", shape, "sure"), places];
    },
    combine: ({ b }, [x1 = 0, i1 = 0], [x2 = 0, i2 = 0]) => {
      const condition = b.binary("ge", x1, x2);
      return [b.select({ condition, yes: x1, no: x2 }), b.select({ condition, yes: i1, no: i2 })];
    },
    grade: sure,
  },
  {
    // The last that is not zero.
    inputs: (pool, shape) => [pool.take("i32", shape)],
    combine: ({ b }, [x1 = 0], [x2 = 0]) => {
      const condition = b.binary("ne", x2, b.const(0, "i32"));
      return [b.select({ condition, yes: x2, no: x1 })];
    },
    grade: sure,
  },
  {
    // A sum by way of other bits.
    inputs: (pool, shape) => [pool.take("u32", shape)],
    combine: ({ b }, [x1 = 0], [x2 = 0]) => {
      const sum = b.binary("add", b.bitcast(x1, "i32"), b.cast(x2, "i32"));
      return [b.bitcast(sum, "u32")];
    },
    grade: sure,
  },
];

/** A maximum that never exceeds a scalar from outside. */
function capped(pool: Pool): Recipe {
  const cap = pool.take("f32", []);
  return {
    inputs: (_, shape) => [pool.take("f32", shape)],
    combine: ({ b }, [x1 = 0], [x2 = 0]) => [b.binary("min", b.binary("max", x1, x2), cap)],
    grade: near,
  };
}

export function combineAlong(pool: Pool): void {
  const recipe = pool.below(8) === 0 ? capped(pool) : pool.pick(recipes);
  const shape = pool.withAxes();
  const axis = pool.below(shape.length);
  const inputs = recipe.inputs(pool, shape);
  const grade = recipe.grade(pool, inputs);
  const body = (left: Ids, right: Ids): Ids => recipe.combine(pool, left, right);
  const what: Combining = { inputs, axis, reverse: pool.below(2) === 0 };
  const results = pool.below(2) === 0 ? pool.b.fold(what, body) : pool.b.scan(what, body);
  for (const value of results) {
    const isFloat = pool.b.typeOf(value).dtype === "f32";
    const by = recipe.scale?.(shape[axis] ?? 1) ?? 1;
    pool.see(isFloat ? pool.scaled(value, by) : value, isFloat ? grade : "sure");
  }
}
