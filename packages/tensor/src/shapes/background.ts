import { Fault } from "@tilebook/base";
import { type BufferDType, isPacked } from "@tilebook/ir";
import type { Expr } from "../expr.ts";
import { cast, fill } from "../nodes.ts";
import { promoteNumber } from "../promote.ts";
import type { Shape } from "../shape.ts";

/** A tensor of one value in exactly this dtype. Fault `tensor/dtype` where the dtype has no such value. */
export function background(value: number, shape: Shape, dtype: BufferDType): Expr {
  const isBool = dtype === "bool" && (value === 0 || value === 1);
  if (!isBool && !isPacked(dtype) && promoteNumber(value, dtype) !== dtype) {
    throw new Fault("tensor/dtype", `${value} is no value of ${dtype}`, {
      hint: 'cast the tensor first, for example with cast("f32")',
    });
  }
  return isPacked(dtype) ? cast(fill(value, shape, "i32"), dtype) : fill(value, shape, dtype);
}
