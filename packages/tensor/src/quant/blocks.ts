import { Expr } from "../expr.ts";
import type { Shape } from "../shape.ts";
import { e2m1 } from "./codings.ts";
import { vectorOf } from "./encode.ts";
import { halvesOf, inOrder, twoBitPlane } from "./halves.ts";
import type { Planes } from "./planes.ts";
import { powersOfTwo } from "./ranges.ts";

/*
 * Blocks of 32 weights as ggml lays them (ggml-common.h, ggml-quants.c), put apart into planes: codes in the order of the weights, two
 * of four bits in a byte, the first in the low half. d and m are halves. Of q, byte j has the low four bits of weight j in its low half
 * and those of weight j + 16 in its high one; bit j of h is the fifth of weight j.
 *
 *   Q4_0    d 2, q 16          (q - 8) d
 *   Q4_1    d 2, m 2, q 16     q d + m
 *   Q5_0    d 2, h 4, q 16     (q - 16) d
 *   Q5_1    d 2, m 2, h 4, q 16     q d + m
 *   Q8_0    d 2, q 32          q d, q signed
 *   MXFP4   e 1, q 16          table[q] 2^(e - 127)
 */

export function q4_0(bytes: Uint8Array, shape: Shape): Planes {
  return { codes: fourBits(bytes, shape, { size: 18, first: 2 }), scales: halvesOf(bytes, 18) };
}

export function q4_1(bytes: Uint8Array, shape: Shape): Planes {
  const codes = fourBits(bytes, shape, { size: 20, first: 4 });
  return { codes, scales: halvesOf(bytes, 20), mins: halvesOf(bytes, 20, 2, -1) };
}

export function q5_0(bytes: Uint8Array, shape: Shape): Planes {
  return { ...fiveBits(bytes, shape, { size: 22, first: 6 }), scales: halvesOf(bytes, 22) };
}

export function q5_1(bytes: Uint8Array, shape: Shape): Planes {
  const codes = fiveBits(bytes, shape, { size: 24, first: 8 });
  return { ...codes, scales: halvesOf(bytes, 24), mins: halvesOf(bytes, 24, 2, -1) };
}

export function q8_0(bytes: Uint8Array, shape: Shape): Planes {
  const count = bytes.byteLength / 34;
  const codes = new Uint8Array(count * 32);
  for (let block = 0; block < count; block++)
    codes.set(bytes.subarray(block * 34 + 2, block * 34 + 34), block * 32);
  return { codes: Expr.data(codes, { dtype: "i8", shape }), scales: halvesOf(bytes, 34) };
}

export function mxfp4(bytes: Uint8Array, shape: Shape): Planes {
  const exponents = new Uint8Array(bytes.byteLength / 17);
  for (let block = 0; block < exponents.length; block++) exponents[block] = bytes[block * 17] ?? 0;
  return {
    codes: fourBits(bytes, shape, { size: 17, first: 1 }),
    table: vectorOf(e2m1, "f32"),
    scales: Expr.data(exponents, { dtype: "u8", shape: [exponents.length, 1] }),
    powers: vectorOf(powersOfTwo, "f32"),
  };
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

interface Lay {
  /** Bytes of a block. */
  readonly size: number;
  /** Of them, the first that has codes. */
  readonly first: number;
}

function fourBits(bytes: Uint8Array, shape: Shape, { size, first }: Lay): Expr {
  const count = bytes.byteLength / size;
  const codes = new Uint8Array(count * 16);
  for (let block = 0; block < count; block++) {
    const from = block * size + first;
    inOrder(bytes.subarray(from, from + 16), codes.subarray(block * 16));
  }
  return Expr.data(codes, { dtype: "u4", shape });
}

/** The fifth bits lie in the four bytes before the others; they are the upper ones of six, since there are no packed numbers of one bit. */
function fiveBits(bytes: Uint8Array, shape: Shape, { size, first }: Lay): Pick<Planes, "codes" | "upper"> {
  const count = bytes.byteLength / size;
  const upper = new Uint8Array(count * 32);
  for (let block = 0; block < count; block++) {
    const from = block * size + first - 4;
    for (let at = 0; at < 32; at++) upper[block * 32 + at] = ((bytes[from + (at >> 3)] ?? 0) >> (at & 7)) & 1;
  }
  return { codes: fourBits(bytes, shape, { size, first }), upper: twoBitPlane(upper, shape) };
}
