import { Expr } from "../expr.ts";
import type { Shape } from "../shape.ts";
import { bytePlane, halvesOf, inOrder, twoBitPlane } from "./halves.ts";
import type { Planes } from "./planes.ts";

/*
 * Blocks of 256 weights as ggml lays them (ggml-common.h, ggml-quants.c), in groups with scales s and mins m of their own, which are
 * whole numbers of d and dmin, halves. The planes have both as they are.
 *
 *   Q4_K   d 2, dmin 2, s and m 12, q 128          q d s - dmin m          groups of 32
 *   Q5_K   d 2, dmin 2, s and m 12, h 32, q 128    q d s - dmin m          groups of 32
 *   Q6_K   low 128, high 64, s 16, d 2             (q - 32) d s            groups of 16
 *
 * Of each 32 bytes of q, the low halves are 32 weights and the high ones the next 32. Of byte j of h, bit g is the fifth of weight
 * j of group g.
 */

export function q4_K(bytes: Uint8Array, shape: Shape): Planes {
  return { codes: nibbles(bytes, shape, { size: 144, first: 16 }), ...levels(bytes, 144) };
}

/** The fifth bits are the upper ones of six, since there are no packed numbers of one bit. */
export function q5_K(bytes: Uint8Array, shape: Shape): Planes {
  const upper = new Uint8Array((bytes.byteLength / 176) * 256);
  for (let block = 0; block * 176 < bytes.byteLength; block++)
    for (let at = 0; at < 256; at++)
      upper[block * 256 + at] = ((bytes[block * 176 + 16 + (at & 31)] ?? 0) >> (at >> 5)) & 1;
  const codes = nibbles(bytes, shape, { size: 176, first: 48 });
  return { codes, upper: twoBitPlane(upper, shape), ...levels(bytes, 176) };
}

/** Codes of four bits in 128 bytes, 64 in each 32 of them. */
function nibbles(
  bytes: Uint8Array,
  shape: Shape,
  { size, first }: { readonly size: number; readonly first: number },
): Expr {
  const codes = new Uint8Array((bytes.byteLength / size) * 128);
  for (let block = 0; block * size < bytes.byteLength; block++) {
    for (let pair = 0; pair < 4; pair++) {
      const from = block * size + first + pair * 32;
      inOrder(bytes.subarray(from, from + 32), codes.subarray(block * 128 + pair * 32));
    }
  }
  return Expr.data(codes, { dtype: "u4", shape });
}

/** Scales and mins of blocks that begin with d, dmin and twelve bytes of both. */
function levels(
  bytes: Uint8Array,
  size: number,
): Pick<Planes, "scales" | "scaleParts" | "mins" | "minParts"> {
  const count = bytes.byteLength / size;
  const [scaleParts, minParts] = [new Uint8Array(count * 8), new Uint8Array(count * 8)];
  for (let block = 0; block < count; block++) {
    const packed = bytes.subarray(block * size + 4, block * size + 16);
    for (let group = 0; group < 8; group++)
      [scaleParts[block * 8 + group], minParts[block * 8 + group]] = sixBits(packed, group);
  }
  return {
    scales: halvesOf(bytes, size),
    scaleParts: bytePlane(scaleParts, "u8"),
    mins: halvesOf(bytes, size, 2),
    minParts: bytePlane(minParts, "u8"),
  };
}

/** Scale and min of a group of 32 weights, six bits each: of the last four groups, their upper two lie above those of the first four. */
function sixBits(packed: Uint8Array, group: number): readonly [number, number] {
  const at = (index: number): number => packed[index] ?? 0;
  if (group < 4) return [at(group) & 63, at(group + 4) & 63];
  const upper = (index: number): number => (at(index) >> 6) << 4;
  return [(at(group + 4) & 15) | upper(group - 4), (at(group + 4) >> 4) | upper(group)];
}

/** Of each 128 weights the low four bits lie in the low halves of 64 bytes, then in the high ones; the upper two, of 32 each, in 32 bytes. */
export function q6_K(bytes: Uint8Array, shape: Shape): Planes {
  const count = bytes.byteLength / 210;
  const [codes, upper] = [new Uint8Array(count * 128), new Uint8Array(count * 256)];
  const scaleParts = new Uint8Array(count * 16);
  for (let block = 0; block < count; block++) {
    const from = block * 210;
    scaleParts.set(bytes.subarray(from + 192, from + 208), block * 16);
    for (const half of [0, 64])
      inOrder(bytes.subarray(from + half, from + half + 64), codes.subarray(block * 128 + half));
    for (let at = 0; at < 256; at++) {
      const [half, quarter, place] = [at >> 7, (at >> 5) & 3, at & 31];
      upper[block * 256 + at] = ((bytes[from + 128 + half * 32 + place] ?? 0) >> (2 * quarter)) & 3;
    }
  }
  return {
    codes: Expr.data(codes, { dtype: "u4", shape }),
    upper: twoBitPlane(upper, shape),
    scales: halvesOf(bytes, 210, 208),
    scaleParts: bytePlane(scaleParts, "i8"),
  };
}
