import { packValues } from "@tilebook/ir";
import { Expr } from "../expr.ts";
import type { Shape } from "../shape.ts";
import { vectorOf } from "./encode.ts";
import { bytePlane, halvesOf, inOrder, twoBitPlane, twoBits } from "./halves.ts";
import type { Planes } from "./planes.ts";

/*
 * Blocks of ggml (ggml-common.h, ggml-quants.c) with two or three bits a weight, or with four that name numbers of a table. All but IQ4_NL, which has
 * 32 weights, have 256; d and dmin are halves.
 *
 *   Q2_K     s 16, q 64, d 2, dmin 2    q d low(s) - dmin high(s)                          groups of 16
 *   Q3_K     h 32, q 64, s 12, d 2      (q - 4 + 4 h) d (s - 32)                           groups of 16
 *   IQ4_NL   d 2, q 16                  table[q] d
 *   IQ4_XS   d 2, high 2, low 4, q 128  table[q] d (s - 32)                                groups of 32
 *
 * Of each 32 bytes of q with two bits, the lowest two are 32 weights, the next two the next 32, and so on; bit g of h, of the eight groups of 32.
 */

export function q2_K(bytes: Uint8Array, shape: Shape): Planes {
  const count = bytes.byteLength / 84;
  const codes = new Uint8Array(count * 256);
  const [scaleParts, minParts] = [new Uint8Array(count * 8), new Uint8Array(count * 8)];
  for (let block = 0; block < count; block++) {
    const from = block * 84;
    for (let pair = 0; pair < 8; pair++) {
      const [one, two] = [bytes[from + 2 * pair] ?? 0, bytes[from + 2 * pair + 1] ?? 0];
      scaleParts[block * 8 + pair] = (one & 15) | ((two & 15) << 4);
      minParts[block * 8 + pair] = (one >> 4) | (two & 240);
    }
    for (let at = 0; at < 256; at++) codes[block * 256 + at] = twoBits(bytes, from + 16, at);
  }
  const part = (packed: Uint8Array): Expr => Expr.data(packed, { dtype: "u4", shape: [count * 16, 1] });
  return {
    codes: twoBitPlane(codes, shape),
    scales: halvesOf(bytes, 84, 80),
    scaleParts: part(scaleParts),
    mins: halvesOf(bytes, 84, 82),
    minParts: part(minParts),
  };
}

/** As u4: there are no packed numbers of three bits. */
export function q3_K(bytes: Uint8Array, shape: Shape): Planes {
  const count = bytes.byteLength / 110;
  const [codes, scaleParts] = [new Uint8Array(count * 256), new Int8Array(count * 16)];
  for (let block = 0; block < count; block++) {
    const from = block * 110;
    for (let group = 0; group < 16; group++)
      scaleParts[block * 16 + group] = sixBits(bytes, from + 96, group) - 32;
    for (let at = 0; at < 256; at++) {
      const high = ((bytes[from + (at & 31)] ?? 0) >> (at >> 5)) & 1;
      codes[block * 256 + at] = twoBits(bytes, from + 32, at) + 4 * high;
    }
  }
  return {
    codes: Expr.data(packValues(codes, "u4").subarray(0, codes.length / 2), { dtype: "u4", shape }),
    scales: halvesOf(bytes, 110, 108),
    scaleParts: bytePlane(new Uint8Array(scaleParts.buffer), "i8"),
  };
}

/** Steps that are wider far from 0. */
const iq4 = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

export function iq4_NL(bytes: Uint8Array, shape: Shape): Planes {
  return {
    codes: nibbles(bytes, shape, [18, 2, 1]),
    table: vectorOf(iq4, "f32"),
    scales: halvesOf(bytes, 18),
  };
}

export function iq4_XS(bytes: Uint8Array, shape: Shape): Planes {
  const parts = new Int8Array((bytes.byteLength / 136) * 8);
  for (let at = 0; at < parts.length; at++) {
    const [from, group] = [Math.floor(at / 8) * 136, at % 8];
    const low = ((bytes[from + 4 + (group >> 1)] ?? 0) >> (4 * (group & 1))) & 15;
    const high = ((bytes[from + 2 + (group >> 2)] ?? 0) >> (2 * (group & 3))) & 3;
    parts[at] = (low | (high << 4)) - 32;
  }
  return {
    codes: nibbles(bytes, shape, [136, 8, 8]),
    table: vectorOf(iq4, "f32"),
    scales: halvesOf(bytes, 136),
    scaleParts: bytePlane(new Uint8Array(parts.buffer), "i8"),
  };
}

/** Of blocks of `size` bytes with codes from `first` on, in groups of 16 bytes. */
function nibbles(
  bytes: Uint8Array,
  shape: Shape,
  [size, first, groups]: readonly [number, number, number],
): Expr {
  const count = bytes.byteLength / size;
  const codes = new Uint8Array(count * groups * 16);
  for (let group = 0; group < count * groups; group++) {
    const from = Math.floor(group / groups) * size + first + (group % groups) * 16;
    inOrder(bytes.subarray(from, from + 16), codes.subarray(group * 16));
  }
  return Expr.data(codes, { dtype: "u4", shape });
}

/** Number `group` of 16: the low four bits lie in the halves of eight bytes, the upper two in four more. */
function sixBits(bytes: Uint8Array, from: number, group: number): number {
  const low = ((bytes[from + (group & 7)] ?? 0) >> (group < 8 ? 0 : 4)) & 15;
  const high = ((bytes[from + 8 + (group & 3)] ?? 0) >> (2 * (group >> 2))) & 3;
  return low | (high << 4);
}
