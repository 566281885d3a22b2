import { halfValue } from "../bytes.ts";
import { Expr } from "../expr.ts";
import type { Shape } from "../shape.ts";
import type { Planes } from "./planes.ts";

/*
 * Blocks as ggml lays them (ggml-common.h, ggml-quants.c), each put apart into planes: codes in the order of the weights, two of four
 * bits in a byte, the first in the low half. d and dmin are halves.
 *
 *   Q4_0   32 weights   d 2, q 16            byte j: weight j low, j + 16 high    (q - 8) d
 *   Q8_0   32           d 2, q 32            i8                                   q d
 *   MXFP4  32           e 1, q 16            as Q4_0, of a table                  table[q] 2^(e - 127)
 *   Q4_K   256          d 2, dmin 2, s 12, q 128                                  q d s - dmin m, s and m for 32 weights
 *   Q6_K   256          low 128, high 64, s 16, d 2                               (q - 32) d s, s for 16 weights
 */

export function q4_0(bytes: Uint8Array, shape: Shape): Planes {
  const count = bytes.byteLength / 18;
  const [codes, scales] = [new Uint8Array(count * 16), new Uint8Array(count * 2)];
  for (let block = 0; block < count; block++) {
    const from = block * 18;
    scales.set(bytes.subarray(from, from + 2), block * 2);
    inOrder(bytes.subarray(from + 2, from + 18), codes.subarray(block * 16));
  }
  return { codes: Expr.data(codes, { dtype: "u4", shape }), scales: halves(scales) };
}

export function q8_0(bytes: Uint8Array, shape: Shape): Planes {
  const count = bytes.byteLength / 34;
  const [codes, scales] = [new Uint8Array(count * 32), new Uint8Array(count * 2)];
  for (let block = 0; block < count; block++) {
    const from = block * 34;
    scales.set(bytes.subarray(from, from + 2), block * 2);
    codes.set(bytes.subarray(from + 2, from + 34), block * 32);
  }
  return { codes: Expr.data(codes, { dtype: "i8", shape }), scales: halves(scales) };
}

/** Twice the numbers that four bits stand for, so that they are whole. */
const mxfp4Codes = [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12];

/** As i8: a table is no operation that a product computes where it multiplies. */
export function mxfp4(bytes: Uint8Array, shape: Shape): Planes {
  const count = bytes.byteLength / 17;
  const [codes, scales] = [new Int8Array(count * 32), new Float32Array(count)];
  for (let block = 0; block < count; block++) {
    const from = block * 17;
    scales[block] = 2 ** ((bytes[from] ?? 0) - 128);
    for (let at = 0; at < 16; at++) {
      const pair = bytes[from + 1 + at] ?? 0;
      codes[block * 32 + at] = mxfp4Codes[pair & 15] ?? 0;
      codes[block * 32 + 16 + at] = mxfp4Codes[pair >> 4] ?? 0;
    }
  }
  return { codes: Expr.data(new Uint8Array(codes.buffer), { dtype: "i8", shape }), scales: floats(scales) };
}

export function q4_K(bytes: Uint8Array, shape: Shape): Planes {
  const count = bytes.byteLength / 144;
  const codes = new Uint8Array(count * 128);
  const [scales, mins] = [new Float32Array(count * 8), new Float32Array(count * 8)];
  for (let block = 0; block < count; block++) {
    const from = block * 144;
    const [scale, least] = [halfAt(bytes, from), halfAt(bytes, from + 2)];
    const packed = bytes.subarray(from + 4, from + 16);
    for (let group = 0; group < 8; group++) {
      const [by, less] = sixBits(packed, group);
      scales[block * 8 + group] = scale * by;
      mins[block * 8 + group] = least * less;
    }
    for (let pair = 0; pair < 4; pair++) {
      const at = from + 16 + pair * 32;
      inOrder(bytes.subarray(at, at + 32), codes.subarray(block * 128 + pair * 32));
    }
  }
  return { codes: Expr.data(codes, { dtype: "u4", shape }), scales: floats(scales), mins: floats(mins) };
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

/** bfloat16 is the upper half of an f32. */
export function bfloat16(bytes: Uint8Array, shape: Shape): Planes {
  const numbers = new Uint8Array(bytes.byteLength * 2);
  for (let at = 0; at < bytes.byteLength; at += 2) {
    numbers[at * 2 + 2] = bytes[at] ?? 0;
    numbers[at * 2 + 3] = bytes[at + 1] ?? 0;
  }
  return { codes: Expr.data(numbers, { dtype: "f32", shape }) };
}

/** Codes whose first half lies in the low halves of bytes and whose second half in the high ones, as codes next to each other. */
function inOrder(halved: Uint8Array, codes: Uint8Array): void {
  const half = halved.byteLength / 2;
  for (let at = 0; at < half; at++) {
    const [one, two] = [halved[2 * at] ?? 0, halved[2 * at + 1] ?? 0];
    codes[at] = (one & 15) | ((two & 15) << 4);
    codes[half + at] = (one >> 4) | (two & 240);
  }
}

function halfAt(bytes: Uint8Array, at: number): number {
  return halfValue((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8));
}

function halves(scales: Uint8Array): Expr {
  return Expr.data(scales, { dtype: "f16", shape: [scales.byteLength / 2, 1] });
}

function floats(scales: Float32Array<ArrayBuffer>): Expr {
  return Expr.data(new Uint8Array(scales.buffer), { dtype: "f32", shape: [scales.length, 1] });
}
