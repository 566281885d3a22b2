import { bitsOf, type TensorType } from "@tilebook/ir";
import { type DifferentElement, mostWorst, type OutputDifference } from "../probe.ts";
import { valuesOf } from "../values.ts";
import type { ReadBytes } from "./peek.ts";

/** Bytes that are read at once. */
const PIECE = 4 << 20;
/** Of a larger output only so many bytes are compared. */
const MOST = 64 << 20;

/** What is found as two outputs are gone through. */
type Found = { -readonly [Key in "compared" | "different" | "most"]: number } & {
  squares: number;
  errors: number;
  first: OutputDifference["first"];
  worst: readonly Distant[];
};

interface Distant {
  readonly element: DifferentElement;
  /** Infinite where only one of the two is a number. */
  readonly distance: number;
}

/** Compares two outputs of one type, element by element. NaN equals NaN, and 0 equals -0. */
export async function differenceOf(
  name: string,
  type: TensorType,
  original: ReadBytes,
  variant: ReadBytes,
): Promise<OutputDifference> {
  const size = type.shape.reduce((product, side) => product * side, 1);
  const bits = bitsOf(type.dtype);
  const total = Math.min(MOST, Math.ceil((size * bits) / 8));
  const found: Found = {
    compared: 0,
    different: 0,
    most: 0,
    squares: 0,
    errors: 0,
    first: undefined,
    worst: [],
  };
  for (let start = 0; start < total; start += PIECE) {
    const end = Math.min(total, start + PIECE);
    const [a, b] = await Promise.all([original(start, end), variant(start, end)]);
    const left = size - found.compared;
    compare(valuesOf(a, type.dtype).subarray(0, left), valuesOf(b, type.dtype).subarray(0, left), found);
  }
  const { squares, errors, first, worst, ...rest } = found;
  const nmse = errors === 0 ? 0 : errors / squares;
  return {
    name,
    dtype: type.dtype,
    shape: type.shape,
    ...rest,
    nmse,
    worst: worst.map(({ element }) => element),
    ...(first === undefined ? {} : { first }),
  };
}

/* oxlint-disable no-param-reassign -- the sums of one pass over perhaps 16 million values */
function compare(original: Float64Array, variant: Float64Array, found: Found): void {
  original.forEach((a, at) => {
    const b = variant[at] ?? NaN;
    const distance = Math.abs(a - b);
    if (Number.isFinite(a)) found.squares += a * a;
    if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return;
    found.different += 1;
    const element = { at: found.compared + at, original: a, variant: b };
    found.first ??= element;
    found.worst = withDistant(found.worst, element, Number.isFinite(distance) ? distance : Infinity);
    if (!Number.isFinite(distance)) return;
    found.most = Math.max(found.most, distance);
    found.errors += distance * distance;
  });
  found.compared += original.length;
}
/* oxlint-enable no-param-reassign */

/** Of equals, the earlier ones stay. */
function withDistant(
  worst: readonly Distant[],
  element: DifferentElement,
  distance: number,
): readonly Distant[] {
  const last = worst.at(-1);
  if (worst.length === mostWorst && last !== undefined && distance <= last.distance) return worst;
  const place = worst.findIndex((other) => other.distance < distance);
  return worst.toSpliced(place < 0 ? worst.length : place, 0, { element, distance }).slice(0, mostWorst);
}
