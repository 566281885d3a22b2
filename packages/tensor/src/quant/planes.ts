import { packedInfo } from "@tilebook/ir";
import { arithmetic } from "../elementwise.ts";
import { type Expr, pick } from "../expr.ts";
import { cast, reshape, take } from "../nodes.ts";
import { type Shape, sizeOf } from "../shape.ts";

/** What is kept of weights in blocks: a plane for each kind of number. */
export interface Planes<Plane = Expr> {
  /** u2, u4, u8 or i8, in the shape of the weights. Of a tensor without blocks: its numbers. */
  readonly codes: Plane;
  /** f32 [at most 256]: what the codes stand for, where it is not themselves. */
  readonly table?: Plane | undefined;
  /** The dtype of the codes [groups, 1]: what is taken from each code of a group before it is multiplied. */
  readonly zeros?: Plane | undefined;
  /** f16 or f32 [groups, 1]: what each code of a group is multiplied by. Where there are powers, u8: the number of one. */
  readonly scales?: Plane | undefined;
  /** f32 [256]: powers of two, by the number that a scale is. */
  readonly powers?: Plane | undefined;
  /** f32 [groups, 1]: what is taken from each of a group after that. */
  readonly mins?: Plane | undefined;
}

/**
 * Weights f32 of their planes: (code - zero) * scale - min, of which zero is the middle of the codes where there are no zeros,
 * no mins and no table, and they have no sign. Four operations beside casts at most, of which a product that reads them as a side has no buffer.
 */
export function weightsOf(planes: Planes, shape: Shape, format: string): Expr {
  const { codes, scales, zeros, powers, mins } = planes;
  if (scales === undefined) return codes;
  const grouped: Shape = [pick(scales.shape, 0), sizeOf(shape) / pick(scales.shape, 0)];
  const by = powers === undefined ? scales : lookUp(powers, scales);
  const scaled = arithmetic("mul", levelsOf(planes, grouped), by);
  const numbers = reshape(mins === undefined ? scaled : arithmetic("sub", scaled, mins), shape);
  return numbers.withKept({
    format,
    planes: { codes, scales, ...(zeros && { zeros }), ...(mins && { mins }) },
  });
}

/** What is multiplied by the scales: f32 [groups, group]. */
function levelsOf({ codes, table, zeros, mins }: Planes, grouped: Shape): Expr {
  if (table !== undefined) return reshape(lookUp(table, codes), grouped);
  const whole = reshape(cast(codes, "f32"), grouped);
  if (zeros !== undefined) return arithmetic("sub", whole, cast(zeros, "f32"));
  const middle = mins === undefined ? middleOf(codes) : 0;
  return middle === 0 ? whole : arithmetic("sub", whole, middle);
}

/** What stands for 0 among codes without a sign. */
export function middleOf({ dtype }: Pick<Expr, "dtype">): number {
  const info = Object.hasOwn(packedInfo, dtype) ? packedInfo[dtype as keyof typeof packedInfo] : undefined;
  return info === undefined || info.signed ? 0 : 2 ** (info.bits - 1);
}

/** Of each code the number that it names in a vector. */
export function lookUp(table: Expr, codes: Expr): Expr {
  const index = reshape(cast(codes, "i32"), [sizeOf(codes.shape)]);
  return reshape(take(table, index), codes.shape);
}
