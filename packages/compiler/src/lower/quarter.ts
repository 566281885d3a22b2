import type { Expr } from "../thread/ir.ts";
import { constantOf } from "../thread/simplify.ts";
import type { Emitter } from "./emitter.ts";

/**
 * A whole number divided by 4, which is known to divide it. Sums and products are divided part by part, so that what is
 * the same in every turn of a loop is divided outside of it.
 */
export function quarter(emitter: Emitter, expr: Expr): Expr {
  const known = constantOf(expr);
  if (known !== undefined) return emitter.int(known / 4);
  const made = emitter.definitionOf(expr);
  return (
    (made === undefined ? undefined : quarterOf(emitter, made)) ?? emitter.binary("shr", expr, emitter.int(2))
  );
}

function quarterOf(emitter: Emitter, made: Expr): Expr | undefined {
  if (made.kind !== "binary") return undefined;
  const { op, left, right } = made;
  const divides = (part: Expr): boolean => emitter.divisorOf(part) >= 4;
  if (op === "add" || op === "sub") {
    if (!divides(left) || !divides(right)) return undefined;
    return emitter.binary(op, quarter(emitter, left), quarter(emitter, right));
  }
  if (op !== "mul") return undefined;
  if (divides(right)) return emitter.binary("mul", left, quarter(emitter, right));
  return divides(left) ? emitter.binary("mul", quarter(emitter, left), right) : undefined;
}
