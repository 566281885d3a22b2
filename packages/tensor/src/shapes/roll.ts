import { Fault } from "@tilebook/base";
import { type Expr, pick } from "../expr.ts";
import { reshape, slice } from "../nodes.ts";
import { checkAxis, sizeOf } from "../shape.ts";
import { concat } from "./join.ts";

/** Moved along an axis; what falls off one end comes in at the other. Without an axis, of the flattened tensor. */
export function roll(input: Expr, shift: number, axis?: number): Expr {
  if (!Number.isInteger(shift))
    throw new Fault("shape/roll", `cannot roll by ${shift} places`, { hint: "give a whole number" });
  if (axis === undefined) return reshape(roll(reshape(input, [sizeOf(input.shape)]), shift, 0), input.shape);
  const at = checkAxis(axis, input.shape.length);
  const size = pick(input.shape, at);
  const moved = ((shift % size) + size) % size;
  if (moved === 0) return input;
  const part = (start: number, length: number): Expr =>
    slice(
      input,
      input.shape.map((_, n) => (n === at ? start : 0)),
      input.shape.with(at, length),
    );
  return concat([part(size - moved, moved), part(0, size - moved)], at);
}
