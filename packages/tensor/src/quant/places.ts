import type { Planes } from "./planes.ts";
import { digitPlace } from "./ternary.ts";

/** The numbers of a plane as they are kept: packed, the first in the lowest bits. */
export interface Stored {
  readonly bytes: Uint8Array;
  /** Of a number: 2, 4, 8 or 16. */
  readonly bits: number;
  readonly count: number;
}

/** By the names of planes. */
export type StoredPlanes = Readonly<Partial<Record<keyof Planes, Stored>>>;

/** Where some bits of a plane's numbers lie in a block. */
interface Place {
  readonly plane: keyof Planes;
  /** Of the numbers of a block, those from the first up to the end. */
  readonly numbers: readonly [first: number, end: number];
  /** Which of their bits, once `more` was added. */
  readonly low: number;
  readonly width: number;
  readonly more: number;
  readonly at: At;
}

/** In which byte of a block a number lies, and from which bit of that on. */
type At = (index: number) => readonly [byte: number, bit: number];

function part(
  plane: keyof Planes,
  numbers: Place["numbers"],
  at: At,
  [width, low = 0, more = 0]: readonly [width: number, low?: number, more?: number],
): Place {
  return { plane, numbers, at, width, low, more };
}

/** A half of two bytes; `more` turns its sign. */
const half = (plane: keyof Planes, byte: number, more = 0): readonly Place[] => [
  part(plane, [0, 1], () => [byte, 0], [8, 0, more]),
  part(plane, [0, 1], () => [byte + 1, 0], [8, 8, more]),
];
const otherSign = 0x8000;

const bytes =
  (from: number): At =>
  (i) => [from + i, 0];
/** Of each `2 ** order` bytes, as many numbers lie in the low halves, and the next as many in the high ones. */
const halved =
  (from: number, order: number): At =>
  (i) => [from + ((i >> (order + 1)) << order) + (i & (2 ** order - 1)), 4 * ((i >> order) & 1)];
/** Of each 32 bytes the lowest two bits are 32 numbers, and so on. */
const quarters =
  (from: number): At =>
  (i) => [from + (i >> 7) * 32 + (i & 31), 2 * ((i >> 5) & 3)];
/** The same of single bits. */
const eighths =
  (from: number): At =>
  (i) => [from + (i & 31), i >> 5];

const ofFour = (from: number): Place => part("codes", [0, 32], halved(from, 4), [4]);
const ofFive = (from: number): readonly Place[] => [
  part("upper", [0, 32], (i) => [from + (i >> 3), i & 7], [1]),
  ofFour(from + 4),
];
/** Of eight groups, six bits each: the upper two of the last four lie above the first four. */
const sixBits = (plane: keyof Planes, byte: number, bit: number): readonly Place[] => [
  part(plane, [0, 4], bytes(byte), [6]),
  part(plane, [4, 8], (i) => [8 + i, bit], [4]),
  part(plane, [4, 8], (i) => [byte + i - 4, 6], [2, 4]),
];
const levels = [
  ...half("scales", 0),
  ...half("mins", 2),
  ...sixBits("scaleParts", 4, 0),
  ...sixBits("minParts", 8, 4),
];

/** By type, what is read in `blocks.ts`, `super-blocks.ts`, `few-bits.ts` and `ternary.ts`. */
const places: Readonly<Record<string, readonly Place[]>> = {
  Q4_0: [...half("scales", 0), ofFour(2)],
  Q4_1: [...half("scales", 0), ...half("mins", 2, otherSign), ofFour(4)],
  Q5_0: [...half("scales", 0), ...ofFive(2)],
  Q5_1: [...half("scales", 0), ...half("mins", 2, otherSign), ...ofFive(4)],
  Q8_0: [...half("scales", 0), part("codes", [0, 32], bytes(2), [8])],
  Q2_K: [
    part("scaleParts", [0, 16], bytes(0), [4]),
    part("minParts", [0, 16], (i) => [i, 4], [4]),
    part("codes", [0, 256], quarters(16), [2]),
    ...half("scales", 80),
    ...half("mins", 82),
  ],
  Q3_K: [
    part("codes", [0, 256], eighths(0), [1, 2]),
    part("codes", [0, 256], quarters(32), [2]),
    part("scaleParts", [0, 16], halved(96, 3), [4, 0, 32]),
    part("scaleParts", [0, 16], (i) => [104 + (i & 3), 2 * (i >> 2)], [2, 4, 32]),
    ...half("scales", 108),
  ],
  Q4_K: [...levels, part("codes", [0, 256], halved(16, 5), [4])],
  Q5_K: [...levels, part("upper", [0, 256], eighths(16), [1]), part("codes", [0, 256], halved(48, 5), [4])],
  Q6_K: [
    part("codes", [0, 256], halved(0, 6), [4]),
    part("upper", [0, 256], quarters(128), [2]),
    part("scaleParts", [0, 16], bytes(192), [8]),
    ...half("scales", 208),
  ],
  IQ4_NL: [...half("scales", 0), ofFour(2)],
  IQ4_XS: [
    ...half("scales", 0),
    part("scaleParts", [0, 8], (i) => [2 + (i >> 2), 2 * (i & 3)], [2, 4, 32]),
    part("scaleParts", [0, 8], (i) => [4 + (i >> 1), 4 * (i & 1)], [4, 0, 32]),
    part("codes", [0, 256], halved(8, 4), [4]),
  ],
  TQ1_0: [part("codes", [0, 52], bytes(0), [8]), ...half("scales", 52)],
  TQ2_0: [part("codes", [0, 256], quarters(0), [2]), ...half("scales", 64)],
  MXFP4: [part("scales", [0, 1], bytes(0), [8]), ofFour(1)],
};

/** Those that are written, for hints. */
export const writtenBlocks: readonly string[] = Object.keys(places);

/** Blocks of `size` bytes of a type, of planes as its reader makes them. Undefined: they are not written. */
export function blockBytes(
  name: string,
  planes: StoredPlanes,
  [count, size]: readonly [number, number],
): Uint8Array | undefined {
  const own = Object.hasOwn(places, name) ? places[name] : undefined;
  if (own === undefined) return undefined;
  const { codes } = planes;
  const made = name === "TQ1_0" && codes ? { ...planes, codes: digits(codes) } : planes;
  const file = new Uint8Array(count * size);
  for (const { plane, numbers, at, width, low, more } of own) {
    const kept = made[plane];
    if (kept === undefined) return undefined;
    const each = kept.count / count;
    for (let index = numbers[0]; index < numbers[1]; index++) {
      const [byte, bit] = at(index);
      for (let block = 0; block < count; block++) {
        const value = ((numberAt(kept, block * each + index) + more) >> low) & (2 ** width - 1);
        file[block * size + byte] = (file[block * size + byte] ?? 0) | (value << bit);
      }
    }
  }
  return file;
}

/** Without its sign. */
export function numberAt({ bytes: packed, bits }: Stored, at: number): number {
  if (bits === 16) return (packed[2 * at] ?? 0) | ((packed[2 * at + 1] ?? 0) << 8);
  const order = bits === 8 ? 0 : bits === 4 ? 1 : 2;
  return ((packed[at >> order] ?? 0) >> ((at & (2 ** order - 1)) * bits)) & (2 ** bits - 1);
}

/** Digits to the base 3, in the 52 bytes of a block. */
function digits(codes: Stored): Stored {
  const count = (codes.count / 256) * 52;
  const sums = new Uint16Array(count);
  for (let at = 0; at < codes.count; at++) {
    const [byte, digit] = digitPlace(at & 255);
    const place = (at >> 8) * 52 + byte;
    sums[place] = (sums[place] ?? 0) + numberAt(codes, at) * 3 ** (4 - digit);
  }
  return { bytes: Uint8Array.from(sums, (sum) => Math.ceil((sum * 256) / 243)), bits: 8, count };
}
