import { Expr } from "../expr.ts";
import type { Shape } from "../shape.ts";
import { e2m1 } from "./codings.ts";
import { vectorOf } from "./encode.ts";
import { firstHalves, floats, halfAt, inOrder } from "./halves.ts";
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
  return { codes: fourBits(bytes, shape, { size: 18, first: 2 }), scales: firstHalves(bytes, 18) };
}

export function q4_1(bytes: Uint8Array, shape: Shape): Planes {
  const codes = fourBits(bytes, shape, { size: 20, first: 4 });
  return { codes, scales: firstHalves(bytes, 20), mins: secondHalves(bytes, 20) };
}

/** As i8: there are no packed numbers of five bits. */
export function q5_0(bytes: Uint8Array, shape: Shape): Planes {
  return { codes: fiveBits(bytes, shape, { size: 22, first: 6, less: 16 }), scales: firstHalves(bytes, 22) };
}

export function q5_1(bytes: Uint8Array, shape: Shape): Planes {
  const codes = fiveBits(bytes, shape, { size: 24, first: 8, less: 0 });
  return { codes, scales: firstHalves(bytes, 24), mins: secondHalves(bytes, 24) };
}

export function q8_0(bytes: Uint8Array, shape: Shape): Planes {
  const count = bytes.byteLength / 34;
  const codes = new Uint8Array(count * 32);
  for (let block = 0; block < count; block++)
    codes.set(bytes.subarray(block * 34 + 2, block * 34 + 34), block * 32);
  return { codes: Expr.data(codes, { dtype: "i8", shape }), scales: firstHalves(bytes, 34) };
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

/** The fifth bits lie in the four bytes before the others. */
function fiveBits(bytes: Uint8Array, shape: Shape, { size, first, less }: Lay & { less: number }): Expr {
  const count = bytes.byteLength / size;
  const codes = new Int8Array(count * 32);
  for (let block = 0; block < count; block++) {
    const from = block * size + first;
    for (let at = 0; at < 32; at++) {
      const low = (bytes[from + (at & 15)] ?? 0) >> (at < 16 ? 0 : 4);
      const high = (bytes[from - 4 + (at >> 3)] ?? 0) >> (at & 7);
      codes[block * 32 + at] = ((low & 15) | ((high & 1) << 4)) - less;
    }
  }
  return Expr.data(new Uint8Array(codes.buffer), { dtype: "i8", shape });
}

/** What is taken from the weights of a block: a file has what is added. */
function secondHalves(bytes: Uint8Array, size: number): Expr {
  const mins = new Float32Array(bytes.byteLength / size);
  for (let block = 0; block < mins.length; block++) mins[block] = -halfAt(bytes, block * size + 2);
  return floats(mins);
}
