import { type Random, seeded } from "@tilebook/base";

/** `count` numbers in [-1, 1) that f32 holds exactly. */
export function randomNumbers(count: number, seed: number): readonly number[] {
  const random: Random = seeded(seed);
  return Array.from({ length: count }, () => Math.fround(2 * random() - 1));
}

/** Squared error over squared size: how all our kernels are judged. */
export function normalisedError(seen: readonly number[], wanted: readonly number[]): number {
  let error = 0;
  let size = 0;
  for (const [index, value] of wanted.entries()) {
    error += ((seen[index] ?? Number.NaN) - value) ** 2;
    size += value ** 2;
  }
  return size === 0 ? error : error / size;
}
