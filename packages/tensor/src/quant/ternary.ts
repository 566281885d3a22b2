import type { Shape } from "../shape.ts";
import { halvesOf, twoBitPlane, twoBits } from "./halves.ts";
import type { Planes } from "./planes.ts";

/*
 * Blocks of 256 weights that are -d, 0 or d, as ggml lays them (ggml-common.h, ggml-quants.c); d is a half. On the device a code has two bits, and 1 stands for 0.
 *
 *   TQ1_0   q 48, h 4, d 2     five digits to the base 3 in a byte of q, four in one of h
 *   TQ2_0   q 64, d 2          two bits each
 *
 * A byte that has the digits a b c ... is the number 0.abc... to the base 3, times 256 and rounded up: the first digit is the whole part of three times it.
 * Of the first 32 bytes of q, all first digits are 32 weights, all second ones the next 32; so with the other 16, and with the four of h. Of each 32 bytes of
 * two bits, the lowest two are 32 weights, the next two the next 32.
 */

export function tq1_0(bytes: Uint8Array, shape: Shape): Planes {
  const codes = new Uint8Array((bytes.byteLength / 54) * 256);
  for (let block = 0; block * 54 < bytes.byteLength; block++) {
    for (let at = 0; at < 256; at++) {
      const [byte, digit] = digitPlace(at);
      const rest = ((bytes[block * 54 + byte] ?? 0) * 3 ** digit) & 255;
      codes[block * 256 + at] = (rest * 3) >> 8;
    }
  }
  return { codes: twoBitPlane(codes, shape), scales: halvesOf(bytes, 54, 52) };
}

/** In which byte of a block a weight is, and as which of its digits. */
export function digitPlace(at: number): readonly [byte: number, digit: number] {
  if (at < 160) return [at % 32, Math.floor(at / 32)];
  if (at < 240) return [32 + (at % 16), Math.floor((at - 160) / 16)];
  return [48 + (at % 4), Math.floor((at - 240) / 4)];
}

export function tq2_0(bytes: Uint8Array, shape: Shape): Planes {
  const codes = new Uint8Array((bytes.byteLength / 66) * 256);
  for (let block = 0; block * 66 < bytes.byteLength; block++)
    for (let at = 0; at < 256; at++) codes[block * 256 + at] = twoBits(bytes, block * 66, at);
  return { codes: twoBitPlane(codes, shape), scales: halvesOf(bytes, 66, 64) };
}
