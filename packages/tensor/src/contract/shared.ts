import type { DType } from "@tilebook/ir";
import { type Expr, pick } from "../expr.ts";
import { cast } from "../nodes.ts";
import type { Shape } from "../shape.ts";

export function lastTwo(shape: Shape): readonly [number, number] {
  return [pick(shape, shape.length - 2), pick(shape, shape.length - 1)];
}

/** Both kernels read f32 and add up in f32. */
export function float(side: Expr): Expr {
  return cast(side, "f32");
}

/** f16 comes back when all sides are f16; everything else is f32. */
export function resultType(...sides: readonly Expr[]): DType {
  return sides.every((side) => side.dtype === "f16") ? "f16" : "f32";
}
