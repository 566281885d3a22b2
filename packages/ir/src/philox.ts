type Words = readonly [number, number, number, number];

/** Multipliers and Weyl increments of Philox4x32, from the paper's table 2. */
export const philoxTable = {
  multipliers: [0xd2511f53, 0xcd9e8d57],
  increments: [0x9e3779b9, 0xbb67ae85],
} as const;
const { multipliers, increments } = philoxTable;
const rounds = 10;

/**
 * Philox4x32-10: four random u32 words for a counter, under a key. Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as
 * easy as 1, 2, 3", SC 2011, https://doi.org/10.1145/2063384.2063405
 */
export function philox(key: readonly [number, number], counter: Words): Words {
  let [a, b, c, d] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < rounds; round++) {
    const [left, right] = [a, c];
    a = (upperWord(multipliers[1], right) ^ b ^ k0) >>> 0;
    b = Math.imul(multipliers[1], right) >>> 0;
    c = (upperWord(multipliers[0], left) ^ d ^ k1) >>> 0;
    d = Math.imul(multipliers[0], left) >>> 0;
    k0 = (k0 + increments[0]) >>> 0;
    k1 = (k1 + increments[1]) >>> 0;
  }
  return [a, b, c, d];
}

/** The upper 32 bits of the product of two u32, by halves: each step stays below 2^53. */
export function upperWord(a: number, b: number): number {
  const low = (a & 0xffff) * b;
  const high = (a >>> 16) * b;
  return Math.floor((high + Math.floor(low / 65536)) / 65536);
}
