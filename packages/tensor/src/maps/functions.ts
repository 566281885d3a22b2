import { arithmetic, choose, compare, floating, floatUnary, type Operand } from "../elementwise.ts";
import type { Expr } from "../expr.ts";
import { cast, fill, unary } from "../nodes.ts";
import { checkOptions } from "../options.ts";
import { arithmeticType, floatType } from "../promote.ts";

/** Functions of one tensor that are made of others. Integers become f32 first, unless said otherwise. */

/** -1, 0 or 1 in the dtype of the input; NaN stays NaN. */
export function sign(input: Expr): Expr {
  const x = cast(input, arithmeticType(input.dtype));
  const above = choose(compare("gt", x, 0), 1, x);
  return x.dtype === "u32" ? above : choose(compare("lt", x, 0), -1, above);
}

/** Integers stay integers. */
export function square(input: Expr): Expr {
  return arithmetic("mul", input, input);
}

/** 1 / x. */
export function reciprocal(input: Expr): Expr {
  const { shape } = input;
  return floating("div", fill(1, shape, floatType(input.dtype)), asFloat(input));
}

/** 1 / (1 + exp(-x)): nothing overflows into NaN. */
export function sigmoid(input: Expr): Expr {
  return reciprocal(arithmetic("add", floatUnary("exp", unary("neg", asFloat(input))), 1));
}

/** x above 0, else 0; NaN stays NaN. Integers stay integers. */
export function relu(input: Expr): Expr {
  return choose(compare("le", input, 0), 0, cast(input, arithmeticType(input.dtype)));
}

/** x * sigmoid(x), also called swish (Ramachandran, Zoph, Le 2017). */
export function silu(input: Expr): Expr {
  return arithmetic("mul", asFloat(input), sigmoid(input));
}

export interface GeluOptions {
  /** `"tanh"`: 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), as GPT-2 has it. */
  readonly approximate?: "none" | "tanh";
}

/** 0.5 x (1 + erf(x / sqrt(2))) (Hendrycks, Gimpel 2016), or its approximation. */
export function gelu(input: Expr, options: GeluOptions = {}): Expr {
  checkOptions("gelu", options, ["approximate"]);
  const { approximate = "none" } = options;
  const x = asFloat(input);
  const inner = approximate === "tanh" ? bent(x) : arithmetic("mul", x, Math.SQRT1_2);
  const curve = unary(approximate === "tanh" ? "tanh" : "erf", inner);
  return arithmetic("mul", arithmetic("mul", x, 0.5), arithmetic("add", curve, 1));
}

function bent(x: Expr): Expr {
  const cube = arithmetic("mul", square(x), arithmetic("mul", x, 0.044715));
  return arithmetic("mul", arithmetic("add", x, cube), Math.sqrt(2 / Math.PI));
}

/** log(1 + exp(x)) as max(x, 0) + log1p(exp(-|x|)), so that nothing overflows. */
export function softplus(input: Expr): Expr {
  const x = asFloat(input);
  const small = unary("exp", unary("neg", unary("abs", x)));
  return arithmetic("add", relu(x), unary("log1p", small));
}

/** At least `least`, then at most `most`; NaN stays NaN. A bound may be missing. */
export function clip(input: Expr, least: Operand | undefined, most: Operand | undefined): Expr {
  const x = cast(input, arithmeticType(input.dtype));
  const raised = least === undefined ? x : choose(compare("lt", x, least), least, x);
  return most === undefined ? raised : choose(compare("gt", raised, most), most, raised);
}

export function asFloat(input: Expr): Expr {
  return cast(input, floatType(input.dtype));
}
