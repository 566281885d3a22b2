import { Expr } from "../expr.ts";
import type { Shape } from "../shape.ts";
import { floats, halfAt, inOrder } from "./halves.ts";
import type { Planes } from "./planes.ts";

/*
 * Blocks of 256 weights as ggml lays them (ggml-common.h, ggml-quants.c), in groups with scales s and mins m of their own, which are
 * whole numbers of d and dmin, halves. The planes have the products, exact in f32.
 *
 *   Q4_K   d 2, dmin 2, s and m 12, q 128          q d s - dmin m          groups of 32
 *   Q5_K   d 2, dmin 2, s and m 12, h 32, q 128    q d s - dmin m          groups of 32
 *   Q6_K   low 128, high 64, s 16, d 2             (q - 32) d s            groups of 16
 *
 * Of each 32 bytes of q, the low halves are 32 weights and the high ones the next 32. Of byte j of h, bit g is the fifth of weight
 * j of group g.
 */

export function q4_K(bytes: Uint8Array, shape: Shape): Planes {
  const codes = new Uint8Array((bytes.byteLength / 144) * 128);
  for (let block = 0; block * 144 < bytes.byteLength; block++) {
    for (let pair = 0; pair < 4; pair++) {
      const from = block * 144 + 16 + pair * 32;
      inOrder(bytes.subarray(from, from + 32), codes.subarray(block * 128 + pair * 32));
    }
  }
  return { codes: Expr.data(codes, { dtype: "u4", shape }), ...levels(bytes, 144) };
}

/** As i8: there are no packed numbers of five bits. */
export function q5_K(bytes: Uint8Array, shape: Shape): Planes {
  const codes = new Uint8Array((bytes.byteLength / 176) * 256);
  for (let block = 0; block * 176 < bytes.byteLength; block++) {
    for (let at = 0; at < 256; at++) {
      const [group, place] = [at >> 5, at & 31];
      const low = (bytes[block * 176 + 48 + (group >> 1) * 32 + place] ?? 0) >> (4 * (group & 1));
      const high = (bytes[block * 176 + 16 + place] ?? 0) >> group;
      codes[block * 256 + at] = (low & 15) | ((high & 1) << 4);
    }
  }
  return { codes: Expr.data(codes, { dtype: "i8", shape }), ...levels(bytes, 176) };
}

/** Scales and mins of blocks that begin with d, dmin and twelve bytes of both. */
function levels(bytes: Uint8Array, size: number): { readonly scales: Expr; readonly mins: Expr } {
  const count = bytes.byteLength / size;
  const [scales, mins] = [new Float32Array(count * 8), new Float32Array(count * 8)];
  for (let block = 0; block < count; block++) {
    const from = block * size;
    const [scale, least] = [halfAt(bytes, from), halfAt(bytes, from + 2)];
    const packed = bytes.subarray(from + 4, from + 16);
    for (let group = 0; group < 8; group++) {
      const [by, less] = sixBits(packed, group);
      scales[block * 8 + group] = scale * by;
      mins[block * 8 + group] = least * less;
    }
  }
  return { scales: floats(scales), mins: floats(mins) };
}

/** Scale and min of a group of 32 weights, six bits each: of the last four groups, their upper two lie above those of the first four. */
function sixBits(packed: Uint8Array, group: number): readonly [number, number] {
  const at = (index: number): number => packed[index] ?? 0;
  if (group < 4) return [at(group) & 63, at(group + 4) & 63];
  const upper = (index: number): number => (at(index) >> 6) << 4;
  return [(at(group + 4) & 15) | upper(group - 4), (at(group + 4) >> 4) | upper(group)];
}

/** As i8: there are no packed numbers of six bits. */
export function q6_K(bytes: Uint8Array, shape: Shape): Planes {
  const count = bytes.byteLength / 210;
  const [codes, scales] = [new Int8Array(count * 256), new Float32Array(count * 16)];
  for (let block = 0; block < count; block++) {
    const from = block * 210;
    const scale = halfAt(bytes, from + 208);
    for (let group = 0; group < 16; group++)
      scales[block * 16 + group] = scale * (((bytes[from + 192 + group] ?? 0) << 24) >> 24);
    for (let at = 0; at < 256; at++) codes[block * 256 + at] = sixBitCode(bytes, from, at) - 32;
  }
  return { codes: Expr.data(new Uint8Array(codes.buffer), { dtype: "i8", shape }), scales: floats(scales) };
}

/** Of a half of 128 weights, 32 each: the low four bits lie in the low halves of 64 bytes, then in the high ones; two bits in each of 32. */
function sixBitCode(bytes: Uint8Array, from: number, at: number): number {
  const [half, quarter, place] = [at >> 7, (at >> 5) & 3, at & 31];
  const low = (bytes[from + half * 64 + (quarter & 1) * 32 + place] ?? 0) >> (4 * (quarter >> 1));
  const high = (bytes[from + 128 + half * 32 + place] ?? 0) >> (2 * quarter);
  return (low & 15) | ((high & 3) << 4);
}
