import { arithmetic } from "../elementwise.ts";
import { type Expr, pick } from "../expr.ts";
import { cast, reshape } from "../nodes.ts";
import { type Shape, sizeOf } from "../shape.ts";

/** What is kept of weights in blocks: a plane for each kind of number. */
export interface Planes<Plane = Expr> {
  /** u4 or i8, in the shape of the weights. Of a tensor without blocks: its numbers. */
  readonly codes: Plane;
  /** f16 or f32 [groups, 1]: what each code of a group is multiplied by. */
  readonly scales?: Plane | undefined;
  /** f32 [groups, 1]: what is taken from each of a group after that. */
  readonly mins?: Plane | undefined;
}

/** What is taken from codes without a sign, where there are no mins. */
const middle = 8;

/**
 * Weights f32 of their planes: (code - 8) * scale for codes u4, code * scale for i8, code * scale - min with mins. Four operations at
 * most, of which a product that reads them as a side has no buffer.
 */
export function weightsOf(planes: Planes, shape: Shape, format: string): Expr {
  const { codes, scales, mins } = planes;
  if (scales === undefined) return codes;
  const groups = pick(scales.shape, 0);
  const whole = cast(codes, "f32");
  const signed = codes.dtype === "u4" && mins === undefined ? arithmetic("sub", whole, middle) : whole;
  const scaled = arithmetic("mul", reshape(signed, [groups, sizeOf(shape) / groups]), scales);
  const numbers = reshape(mins === undefined ? scaled : arithmetic("sub", scaled, mins), shape);
  return numbers.withKept({ format, planes: { codes, scales, ...(mins && { mins }) } });
}
