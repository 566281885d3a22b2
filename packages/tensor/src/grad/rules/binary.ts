import type { ArithmeticName, CompareName } from "@tilebook/ir";
import type { Expr } from "../../expr.ts";
import { cast, unary } from "../../nodes.ts";
import { arithmetic, floating } from "../../elementwise.ts";
import { equal, greater, less, minus, negative, over, times, where } from "../maths.ts";
import type { Pulled, Rule } from "../rule.ts";

interface Sides {
  readonly g: Expr;
  readonly a: Expr;
  readonly b: Expr;
  readonly y: Expr;
}

type Derivatives = (sides: Sides) => Pulled;

/** Of integers and masks: nothing to differentiate. */
const discrete = undefined;

const derivatives: Record<ArithmeticName | CompareName, Derivatives | undefined> = {
  add: ({ g }) => [g, g],
  sub: ({ g }) => [g, negative(g)],
  mul: ({ g, a, b }) => [times(g, b), times(g, a)],
  div: ({ g, b, y }) => [over(g, b), negative(over(times(g, y), b))],
  max: ({ g, a, b }) => [shared(g, greater(a, b), equal(a, b)), shared(g, less(a, b), equal(a, b))],
  min: ({ g, a, b }) => [shared(g, less(a, b), equal(a, b)), shared(g, greater(a, b), equal(a, b))],
  pow: power,
  // a - trunc(a / b) b, of a quotient that is flat.
  mod: ({ g, a, b, y }) => [g, times(g, over(minus(y, a), b))],
  idiv: discrete,
  and: discrete,
  or: discrete,
  xor: discrete,
  shl: discrete,
  shr: discrete,
  mulhi: discrete,
  philox0: discrete,
  philox1: discrete,
  philox2: discrete,
  philox3: discrete,
  lt: discrete,
  le: discrete,
  gt: discrete,
  ge: discrete,
  eq: discrete,
  ne: discrete,
};

export const pullBinary: Rule<"binary"> = ({ body, inputs: [a, b], result, cotangent }) => {
  if (a === undefined || b === undefined) return [];
  return derivatives[body.op]?.({ g: cotangent, a, b, y: result }) ?? [];
};

/** All of g where this side was chosen, half where both are equal: the choice does not depend on the order. */
function shared(g: Expr, chosen: Expr, tie: Expr): Expr {
  return where(chosen, g, where(tie, times(g, 0.5), 0));
}

/** b a^(b - 1) and a^b log a. Both are 0 where they would be 0 times infinity: at b = 0, and at a <= 0. */
function power({ g, a, b, y }: Sides): Pulled {
  const slope = times(b, floating("pow", a, arithmetic("sub", b, 1)));
  const safe = where(greater(a, 0), a, 1);
  return [times(g, where(equal(b, 0), 0, slope)), times(g, times(y, unary("log", safe)))];
}

export const pullSelect: Rule<"select"> = ({ inputs: [condition], cotangent }) => {
  if (condition === undefined) return [];
  return [undefined, where(condition, cotangent, 0), where(condition, 0, cotangent)];
};

export const pullCast: Rule<"cast"> = ({ inputs: [x], cotangent }) => [
  x === undefined ? undefined : cast(cotangent, x.dtype),
];
