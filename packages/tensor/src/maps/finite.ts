import { compare } from "../elementwise.ts";
import type { Expr } from "../expr.ts";
import { fill, unary } from "../nodes.ts";
import { floatType } from "../promote.ts";

/** The greatest finite values. */
const greatest = { f32: 3.4028234663852886e38, f16: 65504 } as const;

/** A mask. Integers are never NaN. */
export function isNaNMask(input: Expr): Expr {
  return isFloat(input) ? compare("ne", input, input) : fill(0, input.shape, "bool");
}

/** A mask: neither NaN nor infinite. */
export function isFiniteMask(input: Expr): Expr {
  if (!isFloat(input)) return fill(1, input.shape, "bool");
  return compare("le", unary("abs", input), greatest[input.dtype === "f16" ? "f16" : "f32"]);
}

function isFloat(input: Expr): boolean {
  return floatType(input.dtype) === input.dtype;
}
