import { packValues } from "@tilebook/ir";
import { Expr } from "../expr.ts";
import type { Shape } from "../shape.ts";

/** Codes whose first half lies in the low halves of bytes and whose second half in the high ones, as codes next to each other. */
export function inOrder(halved: Uint8Array, codes: Uint8Array): void {
  const half = halved.byteLength / 2;
  for (let at = 0; at < half; at++) {
    const [one, two] = [halved[2 * at] ?? 0, halved[2 * at + 1] ?? 0];
    codes[at] = (one & 15) | ((two & 15) << 4);
    codes[half + at] = (one >> 4) | (two & 240);
  }
}

/** The halves at a place of each block of `size` bytes, as f16 [blocks, 1]; with the other sign, if wanted. */
export function halvesOf(bytes: Uint8Array, size: number, at: number = 0, sign: 1 | -1 = 1): Expr {
  const count = bytes.byteLength / size;
  const found = new Uint8Array(count * 2);
  for (let block = 0; block < count; block++) {
    found[block * 2] = bytes[block * size + at] ?? 0;
    found[block * 2 + 1] = (bytes[block * size + at + 1] ?? 0) ^ (sign === 1 ? 0 : 0x80);
  }
  return Expr.data(found, { dtype: "f16", shape: [count, 1] });
}

/** A plane [codes, 1] of bytes, with a sign or without. */
export function bytePlane(bytes: Uint8Array<ArrayBuffer>, dtype: "u8" | "i8"): Expr {
  return Expr.data(bytes, { dtype, shape: [bytes.length, 1] });
}

/** Codes of two bits, one in each byte, packed. */
export function twoBitPlane(codes: Uint8Array, shape: Shape): Expr {
  const packed = packValues(codes, "u2").subarray(0, Math.ceil(codes.length / 4));
  return Expr.data(packed, { dtype: "u2", shape });
}

/** Code `at` of 256 in 64 bytes: of each 32 of them the lowest two bits are 32 codes, and so on. */
export function twoBits(bytes: Uint8Array, from: number, at: number): number {
  const byte = bytes[from + (at >> 7) * 32 + (at & 31)] ?? 0;
  return (byte >> (2 * ((at >> 5) & 3))) & 3;
}
