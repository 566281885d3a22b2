import { packedInfo } from "@tilebook/ir";
import { arithmetic } from "../elementwise.ts";
import { type Expr, type Kept, pick } from "../expr.ts";
import { cast, reshape, take } from "../nodes.ts";
import { type Shape, sizeOf } from "../shape.ts";

/** What is kept of weights in blocks: a plane for each kind of number. */
export interface Planes<Plane = Expr> {
  /** u2, u4, u8 or i8, in the shape of the weights. Of a tensor without blocks: its numbers. */
  readonly codes: Plane;
  /** u2, in the shape of the weights: the bits of codes above the four in `codes`. */
  readonly upper?: Plane | undefined;
  /** f32 [at most 256]: what the codes stand for, where it is not themselves. */
  readonly table?: Plane | undefined;
  /** The dtype of the codes [groups, 1]: what is taken from each code of a group before it is multiplied. */
  readonly zeros?: Plane | undefined;
  /** f16 or f32 [groups, 1]: what each code of a group is multiplied by. Where there are powers, u8: the number of one. */
  readonly scales?: Plane | undefined;
  /** u4, u8 or i8 [groups, 1]: by what the scales, then [blocks, 1], are multiplied in each group of their block. */
  readonly scaleParts?: Plane | undefined;
  /** f32 [256]: powers of two, by the number that a scale is. */
  readonly powers?: Plane | undefined;
  /** f16 or f32 [groups, 1]: what is taken from each of a group after that. */
  readonly mins?: Plane | undefined;
  /** As `scaleParts`, of the mins. */
  readonly minParts?: Plane | undefined;
}

/**
 * Weights f32 of their planes: (code - zero) * scale - min, of which zero is the middle of the codes where there are no zeros,
 * no mins and no table, and they have no sign, or the one that is given. Four operations a weight beside casts at most, of which a product that reads them as a side has no buffer.
 */
export function weightsOf(planes: Planes, shape: Shape, format: string, middle?: number): Expr {
  const { codes, scales, scaleParts, powers, mins, minParts } = planes;
  if (scales === undefined) return codes;
  const groups = pick((scaleParts ?? scales).shape, 0);
  const by = powers === undefined ? ofGroups(scales, scaleParts) : lookUp(powers, scales);
  const scaled = arithmetic("mul", levelsOf(planes, [groups, sizeOf(shape) / groups], middle), by);
  const made = mins === undefined ? scaled : arithmetic("sub", scaled, ofGroups(mins, minParts));
  return reshape(made, shape).withKept({ format, planes: keptOf(planes) });
}

/** What was made of this very file or tensor: tables are of the format. */
export function keptOf({ codes, upper, scales, scaleParts, zeros, mins, minParts }: Planes): Kept["planes"] {
  return {
    codes,
    ...(upper && { upper }),
    ...(scales && { scales }),
    ...(scaleParts && { scaleParts }),
    ...(zeros && { zeros }),
    ...(mins && { mins }),
    ...(minParts && { minParts }),
  };
}

/** A number for each group, [groups, 1]: of those of blocks, their parts. */
function ofGroups(numbers: Expr, parts: Expr | undefined): Expr {
  if (parts === undefined) return numbers;
  const [groups, blocks] = [pick(parts.shape, 0), pick(numbers.shape, 0)];
  const whole = reshape(cast(parts, "f32"), [blocks, groups / blocks, 1]);
  return reshape(arithmetic("mul", whole, reshape(numbers, [blocks, 1, 1])), [groups, 1]);
}

/** What is multiplied by the scales: f32 [groups, group]. */
function levelsOf({ codes, upper, table, zeros, mins }: Planes, grouped: Shape, given?: number): Expr {
  if (table !== undefined) return reshape(lookUp(table, codes), grouped);
  const low = reshape(cast(codes, "f32"), grouped);
  const whole =
    upper === undefined
      ? low
      : arithmetic("add", low, arithmetic("mul", reshape(cast(upper, "f32"), grouped), 16));
  if (zeros !== undefined) return arithmetic("sub", whole, cast(zeros, "f32"));
  const middle = given ?? (mins === undefined ? middleOf(codes) : 0);
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
