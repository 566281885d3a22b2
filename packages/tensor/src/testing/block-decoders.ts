import { halfValue } from "../bytes.ts";

/*
 * Blocks of quantized weights, decoded weight by weight as ggml lays them (ggml-common.h, ggml-quants.c), in f64: what the tensors of a
 * file are held to.
 */

/** How one weight of a block is read. */
export interface BlockDecoder {
  readonly name: string;
  /** The number of the type in GGUF files. */
  readonly type: number;
  readonly weights: number;
  readonly bytes: number;
  /** Places of halves, which a test keeps finite. */
  readonly halves: readonly number[];
  /** Weight `at` of the block that these bytes are. */
  readonly weight: (block: readonly number[], at: number) => number;
}

const mxfp4Table = [0, 0.5, 1, 1.5, 2, 3, 4, 6, -0, -0.5, -1, -1.5, -2, -3, -4, -6];

const iq4Table = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

export const blockDecoders: readonly BlockDecoder[] = [
  {
    name: "Q4_0",
    type: 2,
    weights: 32,
    bytes: 18,
    halves: [0],
    weight: (block, at) => (nibble(block, 2, at) - 8) * half(block, 0),
  },
  {
    name: "Q4_1",
    type: 3,
    weights: 32,
    bytes: 20,
    halves: [0, 2],
    weight: (block, at) => nibble(block, 4, at) * half(block, 0) + half(block, 2),
  },
  {
    name: "Q5_0",
    type: 6,
    weights: 32,
    bytes: 22,
    halves: [0],
    weight: (block, at) => (nibble(block, 6, at) + 16 * bit(block, 2, at) - 16) * half(block, 0),
  },
  {
    name: "Q5_1",
    type: 7,
    weights: 32,
    bytes: 24,
    halves: [0, 2],
    weight: (block, at) => (nibble(block, 8, at) + 16 * bit(block, 4, at)) * half(block, 0) + half(block, 2),
  },
  {
    name: "Q8_0",
    type: 8,
    weights: 32,
    bytes: 34,
    halves: [0],
    weight: (block, at) => signed(byte(block, 2 + at)) * half(block, 0),
  },
  {
    name: "Q4_K",
    type: 12,
    weights: 256,
    bytes: 144,
    halves: [0, 2],
    weight: (block, at) => ofLevels(block, at, halfOfPair(block, 16, at)),
  },
  {
    name: "Q5_K",
    type: 13,
    weights: 256,
    bytes: 176,
    halves: [0, 2],
    weight: (block, at) => {
      const high = Math.floor(byte(block, 16 + (at % 32)) / 2 ** Math.floor(at / 32)) % 2;
      return ofLevels(block, at, halfOfPair(block, 48, at) + 16 * high);
    },
  },
  {
    name: "Q6_K",
    type: 14,
    weights: 256,
    bytes: 210,
    halves: [208],
    weight: (block, at) => {
      const [upper, place, quarter] = [Math.floor(at / 128), at % 32, Math.floor(at / 32) % 4];
      const both = byte(block, 64 * upper + 32 * (quarter % 2) + place);
      const low = quarter < 2 ? both % 16 : Math.floor(both / 16);
      const high = Math.floor(byte(block, 128 + 32 * upper + place) / 4 ** quarter) % 4;
      const scale = signed(byte(block, 192 + Math.floor(at / 16)));
      return half(block, 208) * scale * (low + 16 * high - 32);
    },
  },
  {
    name: "Q2_K",
    type: 10,
    weights: 256,
    bytes: 84,
    halves: [80, 82],
    weight: (block, at) => {
      const both = byte(block, Math.floor(at / 16));
      return half(block, 80) * (both % 16) * twoBits(block, 16, at) - half(block, 82) * Math.floor(both / 16);
    },
  },
  {
    name: "Q3_K",
    type: 11,
    weights: 256,
    bytes: 110,
    halves: [108],
    weight: (block, at) => {
      const group = Math.floor(at / 16);
      const both = byte(block, 96 + (group % 8));
      const low = group < 8 ? both % 16 : Math.floor(both / 16);
      const high = Math.floor(byte(block, 104 + (group % 4)) / 4 ** Math.floor(group / 4)) % 4;
      const third = Math.floor(byte(block, at % 32) / 2 ** Math.floor(at / 32)) % 2;
      return half(block, 108) * (low + 16 * high - 32) * (twoBits(block, 32, at) + 4 * third - 4);
    },
  },
  {
    name: "IQ4_NL",
    type: 20,
    weights: 32,
    bytes: 18,
    halves: [0],
    weight: (block, at) => half(block, 0) * (iq4Table[nibble(block, 2, at)] ?? Number.NaN),
  },
  {
    name: "IQ4_XS",
    type: 23,
    weights: 256,
    bytes: 136,
    halves: [0],
    weight: (block, at) => {
      const group = Math.floor(at / 32);
      const low = Math.floor(byte(block, 4 + Math.floor(group / 2)) / 16 ** (group % 2)) % 16;
      const high = Math.floor((byte(block, 2) + 256 * byte(block, 3)) / 4 ** group) % 4;
      const number = iq4Table[nibble(block, 8 + 16 * group, at % 32)] ?? Number.NaN;
      return half(block, 0) * (low + 16 * high - 32) * number;
    },
  },
  {
    name: "TQ1_0",
    type: 34,
    weights: 256,
    bytes: 54,
    halves: [52],
    weight: (block, at) => half(block, 52) * (digitOf(block, at) - 1),
  },
  {
    name: "TQ2_0",
    type: 35,
    weights: 256,
    bytes: 66,
    halves: [64],
    weight: (block, at) => half(block, 64) * (twoBits(block, 0, at) - 1),
  },
  {
    name: "MXFP4",
    type: 39,
    weights: 32,
    bytes: 17,
    halves: [],
    weight: (block, at) => (mxfp4Table[nibble(block, 1, at)] ?? Number.NaN) * 2 ** (byte(block, 0) - 127),
  },
];

/** All weights of these blocks, as f32 has them. */
export function decodeBlocks({ weights, bytes, weight }: BlockDecoder, data: readonly number[]): number[] {
  return Array.from({ length: (data.length / bytes) * weights }, (_, at) => {
    const block = Math.floor(at / weights);
    return Math.fround(weight(data.slice(block * bytes, (block + 1) * bytes), at % weights));
  });
}

/** Any bytes, but for halves, which are finite, and exponents, which are near 1. */
export function someBlocks(
  { name, bytes, halves }: BlockDecoder,
  count: number,
  next: () => number,
): number[] {
  return Array.from({ length: count * bytes }, (_, index) => {
    const [at, value] = [index % bytes, Math.floor(next() * 256)];
    // The exponent of a half is the upper five bits below its sign.
    if (halves.includes(at - 1)) return (value & 0x83) | 0x30;
    return name === "MXFP4" && at === 0 ? 120 + (value % 16) : value;
  });
}

function byte(block: readonly number[], at: number): number {
  return block[at] ?? Number.NaN;
}

function signed(value: number): number {
  return value < 128 ? value : value - 256;
}

function half(block: readonly number[], at: number): number {
  return halfValue(byte(block, at) + 256 * byte(block, at + 1));
}

/** Code `at` of 32 in 16 bytes: the first sixteen lie in the low halves. */
function nibble(block: readonly number[], from: number, at: number): number {
  return at < 16 ? byte(block, from + at) % 16 : Math.floor(byte(block, from + at - 16) / 16);
}

/** Bit `at` of a u32. */
function bit(block: readonly number[], from: number, at: number): number {
  return Math.floor(byte(block, from + Math.floor(at / 8)) / 2 ** (at % 8)) % 2;
}

/** Code `at` of 256 in 128 bytes: of each 32 bytes, 32 lie in the low halves and the next 32 in the high ones. */
function halfOfPair(block: readonly number[], from: number, at: number): number {
  const both = byte(block, from + 32 * Math.floor(at / 64) + (at % 32));
  return at % 64 < 32 ? both % 16 : Math.floor(both / 16);
}

/** Code `at` of 256 in 64 bytes: of each 32 bytes, 32 are the lowest two bits, and so on. */
function twoBits(block: readonly number[], from: number, at: number): number {
  const both = byte(block, from + 32 * Math.floor(at / 128) + (at % 32));
  return Math.floor(both / 4 ** (Math.floor(at / 32) % 4)) % 4;
}

/** Digit to the base 3 of weight `at`: 32 bytes have five each, then 16, and four have four. A byte has the fraction 0.abc..., times 256. */
function digitOf(block: readonly number[], at: number): number {
  const [count, first, from] = at < 160 ? [32, 0, 0] : at < 240 ? [16, 160, 32] : [4, 240, 48];
  let rest = byte(block, from + ((at - first) % count));
  for (let digit = 0; digit < Math.floor((at - first) / count); digit++) rest = (rest * 3) % 256;
  return Math.floor((rest * 3) / 256);
}

/** A code with the scale and the min of its 32, six bits each, of bytes 4 to 15. */
function ofLevels(block: readonly number[], at: number, code: number): number {
  const group = Math.floor(at / 32);
  const s = (index: number): number => byte(block, 4 + index);
  const scale = group < 4 ? s(group) % 64 : (s(group + 4) % 16) + 16 * Math.floor(s(group - 4) / 64);
  const min = group < 4 ? s(group + 4) % 64 : Math.floor(s(group + 4) / 16) + 16 * Math.floor(s(group) / 64);
  return half(block, 0) * scale * code - half(block, 2) * min;
}
