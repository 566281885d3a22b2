import type { UnaryName } from "@tilebook/ir";
import type { Expr } from "../../expr.ts";
import { unary } from "../../nodes.ts";
import { greater, less, minus, negative, over, plus, times, where } from "../maths.ts";
import type { Rule } from "../rule.ts";

/** The cotangent times the derivative at x, where y = f(x). */
type Derivative = (g: Expr, x: Expr, y: Expr) => Expr;

/** Steps are flat wherever they have a derivative: their gradient is zero, as in JAX and PyTorch. */
const flat = undefined;

const derivatives: Record<UnaryName, Derivative | undefined> = {
  neg: negative,
  // 0 at 0, in the middle of the slopes to both sides.
  abs: (g, x) => where(greater(x, 0), g, where(less(x, 0), negative(g), 0)),
  exp: (g, _, y) => times(g, y),
  exp2: (g, _, y) => times(g, times(y, Math.LN2)),
  expm1: (g, _, y) => times(g, plus(y, 1)),
  log: over,
  log2: (g, x) => over(g, times(x, Math.LN2)),
  log1p: (g, x) => over(g, plus(x, 1)),
  sqrt: (g, _, y) => over(g, times(y, 2)),
  rsqrt: (g, x, y) => over(times(g, times(y, -0.5)), x),
  sin: (g, x) => times(g, unary("cos", x)),
  cos: (g, x) => times(g, negative(unary("sin", x))),
  tanh: (g, _, y) => minus(g, times(g, times(y, y))),
  floor: flat,
  ceil: flat,
  round: flat,
  // d/dx erf(x) = 2 / sqrt(pi) exp(-x^2) (DLMF 7.2.1).
  erf: (g, x) => times(g, times(unary("exp", negative(times(x, x))), 2 / Math.sqrt(Math.PI))),
  not: flat,
};

export const pullUnary: Rule<"unary"> = ({ body, inputs: [x], result, cotangent }) => [
  x === undefined ? undefined : derivatives[body.op]?.(cotangent, x, result),
];
