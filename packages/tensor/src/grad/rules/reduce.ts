import { type ReduceName, valueDType } from "@tilebook/ir";
import { alias, broadcast, cast, fill, paste, reduce, slice } from "../../nodes.ts";
import { type Expr, pick } from "../../expr.ts";
import { equal, greater, over, sum, times, where } from "../maths.ts";
import type { Pull, Rule } from "../rule.ts";

interface Folded {
  /** Spread over the folded axis again. */
  readonly g: Expr;
  readonly x: Expr;
  /** The fold, spread over its axis again. */
  readonly y: Expr;
  readonly axis: number;
  /** Not spread. */
  readonly cotangent: Expr;
  readonly reverse: Pull["reverse"];
}

/** The place of an extreme is a whole number: no gradient. */
const discrete = undefined;

const derivatives: Record<ReduceName, ((folded: Folded) => Expr) | undefined> = {
  sum: ({ g }) => g,
  prod: product,
  max: extreme,
  min: extreme,
  argmax: discrete,
  argmin: discrete,
};

export const pullReduce: Rule<"reduce"> = ({ body, inputs: [x], result, cotangent, reverse }) => {
  if (x === undefined) return [];
  const spread = (value: Expr): Expr => broadcast(value, x.shape);
  return [
    derivatives[body.op]?.({
      g: spread(cotangent),
      x,
      y: spread(result),
      axis: body.axis,
      cotangent,
      reverse,
    }),
  ];
};

/**
 * Elements that are equally extreme share the cotangent evenly (as JAX's reduce_max and PyTorch's amax do): the result does
 * not depend on their order, and a step along it changes all of them.
 */
function extreme({ g, x, y, axis }: Folded): Expr {
  const tied = cast(equal(x, y), x.dtype);
  const many = broadcast(sum(tied, axis), x.shape);
  return over(times(g, tied), many);
}

/**
 * The product of all others: prod / x, and where one element is 0, the product of the rest for that one and 0 for the
 * others. Exact at zeros, too; its own gradient is that of the same by halves, where nothing is divided.
 */
function product({ g, x, axis, cotangent, reverse }: Folded): Expr {
  const zero = equal(x, 0);
  const rest = where(zero, 1, x);
  const others = broadcast(reduce("prod", rest, axis, valueDType(x.dtype)), x.shape);
  const zeros = broadcast(sum(cast(zero, x.dtype), axis), x.shape);
  const many = where(zero, greater(zeros, 1), greater(zeros, 0));
  const made = times(g, where(many, 0, over(others, rest)));
  const pull = (h: Expr, _: Expr, of: readonly Expr[]): readonly (Expr | undefined)[] => {
    const [to = cotangent, from = x] = of.map((side) => alias(side));
    return reverse([{ expr: byHalves(to, from, axis), cotangent: h }], [to, from]);
  };
  return alias(made).withGradient({ of: [cotangent, x], pull });
}

/** g times the product of all others: the axis is folded onto itself until one element is left, and unfolded again. */
function byHalves(g: Expr, x: Expr, axis: number): Expr {
  const size = pick(x.shape, axis);
  if (size === 1) return g;
  const half = Math.ceil(size / 2);
  const from = (start: number): readonly number[] => x.shape.map((_, at) => (at === axis ? start : 0));
  const left = slice(x, from(0), x.shape.with(axis, half));
  const rest = x.shape.with(axis, size - half);
  const ones = fill(1, left.shape, valueDType(x.dtype));
  const right = paste(slice(x, from(half), rest), ones, from(0));
  const inner = byHalves(g, times(left, right), axis);
  const whole = paste(times(inner, right), fill(0, x.shape, valueDType(x.dtype)), from(0));
  return paste(slice(times(inner, left), from(0), rest), whole, from(half));
}
