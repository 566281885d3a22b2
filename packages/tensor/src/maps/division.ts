import { arithmetic, choose, compare, floating, logic, type Operand } from "../elementwise.ts";
import type { Expr } from "../expr.ts";
import { cast, fill, unary } from "../nodes.ts";
import { floatType } from "../promote.ts";

/**
 * Division as Python and the array API have it: what remains has the sign of the divisor. Of floats, by 0, as NumPy: NaN remains, and
 * the quotient is infinite; of integers nothing remains, and the quotient is the dividend, as everywhere here.
 */

/** a - b * floor(a / b). */
export function remainder(left: Expr, right: Operand): Expr {
  const rest = arithmetic("mod", left, right);
  const divisor = asSide(right, rest);
  const turned = choose(crosses(rest, divisor), arithmetic("add", rest, divisor), rest);
  if (!isFloat(rest) || isNotZero(right)) return turned;
  return choose(compare("eq", divisor, 0), NaN, turned);
}

/** floor(a / b). */
export function floorDivide(left: Expr, right: Operand): Expr {
  const rest = remainder(left, right);
  if (!isFloat(rest)) return wholeQuotient(left, right);
  const exact = floating("div", arithmetic("sub", left, rest), right);
  const whole = unary("round", exact);
  if (isNotZero(right)) return whole;
  return choose(compare("eq", asSide(right, rest), 0), floating("div", left, right), whole);
}

function wholeQuotient(left: Expr, right: Operand): Expr {
  const quotient = arithmetic("idiv", left, right);
  const rest = arithmetic("mod", left, right);
  return choose(crosses(rest, asSide(right, rest)), arithmetic("sub", quotient, 1), quotient);
}

/** Where a remainder has another sign than its divisor. */
function crosses(rest: Expr, divisor: Expr): Expr {
  if (rest.dtype === "u32") return fill(0, rest.shape, "bool");
  const [under, over] = [compare("lt", rest, 0), compare("gt", rest, 0)];
  const [negative, positive] = [compare("lt", divisor, 0), compare("gt", divisor, 0)];
  return logic("or", logic("and", under, positive), logic("and", over, negative));
}

function asSide(right: Operand, { dtype }: Expr): Expr {
  return typeof right === "number" ? cast(fill(right, [], "f32"), dtype) : cast(right, dtype);
}

function isNotZero(right: Operand): boolean {
  return typeof right === "number" && right !== 0;
}

function isFloat({ dtype }: Expr): boolean {
  return floatType(dtype) === dtype;
}
