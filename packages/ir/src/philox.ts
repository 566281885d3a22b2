type Words = readonly [number, number, number, number];

/** Multipliers and Weyl increments of Philox4x32, from the paper's table 2. */
const multipliers = [0xd2511f53, 0xcd9e8d57] as const;
const increments = [0x9e3779b9, 0xbb67ae85] as const;
const rounds = 10;

/**
 * Philox4x32-10: four random u32 words for a counter, under a key. Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as
 * easy as 1, 2, 3", SC 2011, https://doi.org/10.1145/2063384.2063405
 */
export function philox(key: readonly [number, number], counter: Words): Words {
  let [a, b, c, d] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < rounds; round++) {
    const [high0, low0] = product(multipliers[0], a);
    const [high1, low1] = product(multipliers[1], c);
    [a, b, c, d] = [(high1 ^ b ^ k0) >>> 0, low1, (high0 ^ d ^ k1) >>> 0, low0];
    k0 = (k0 + increments[0]) >>> 0;
    k1 = (k1 + increments[1]) >>> 0;
  }
  return [a, b, c, d];
}

/** Upper and lower word of a product of two u32, by halves: each step stays below 2^53. */
function product(a: number, b: number): readonly [number, number] {
  const low = (a & 0xffff) * b;
  const high = (a >>> 16) * b;
  const middle = high + Math.floor(low / 65536);
  return [Math.floor(middle / 65536), Math.imul(a, b) >>> 0];
}
