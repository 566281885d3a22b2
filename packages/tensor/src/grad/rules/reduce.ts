import { type ReduceName, valueDType } from "@tilebook/ir";
import { broadcast, cast, reduce } from "../../nodes.ts";
import type { Expr } from "../../expr.ts";
import { equal, greater, over, sum, times, where } from "../maths.ts";
import type { Rule } from "../rule.ts";

interface Folded {
  /** Spread over the folded axis again. */
  readonly g: Expr;
  readonly x: Expr;
  /** The fold, spread over its axis again. */
  readonly y: Expr;
  readonly axis: number;
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

export const pullReduce: Rule<"reduce"> = ({ body, inputs: [x], result, cotangent }) => {
  if (x === undefined) return [];
  const spread = (value: Expr): Expr => broadcast(value, x.shape);
  return [derivatives[body.op]?.({ g: spread(cotangent), x, y: spread(result), axis: body.axis })];
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
 * others. Exact at zeros, too; a second derivative there is not.
 */
function product({ g, x, axis }: Folded): Expr {
  const zero = equal(x, 0);
  const rest = where(zero, 1, x);
  const others = broadcast(reduce("prod", rest, axis, valueDType(x.dtype)), x.shape);
  const zeros = broadcast(sum(cast(zero, x.dtype), axis), x.shape);
  const many = where(zero, greater(zeros, 1), greater(zeros, 0));
  return times(g, where(many, 0, over(others, rest)));
}
