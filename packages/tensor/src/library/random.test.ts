import { describe, expect, test } from "vitest";
import { open } from "../testing/cell.ts";

/** Of counts against equally likely cells. */
function chiSquare(counts: readonly number[], expected: readonly number[]): number {
  return counts.reduce((sum, count, at) => sum + (count - (expected[at] ?? 0)) ** 2 / (expected[at] ?? 1), 0);
}

function moments(values: readonly number[]): {
  mean: number;
  variance: number;
  skew: number;
  fourth: number;
} {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const central = (power: number): number =>
    values.reduce((sum, value) => sum + (value - mean) ** power, 0) / values.length;
  const variance = central(2);
  return { mean, variance, skew: central(3) / variance ** 1.5, fourth: central(4) / variance ** 2 };
}

const n = 4096;

describe("random numbers by keys", () => {
  test("[RK1] bits are the words of Philox4x32-10: the known answer for a counter and a key of zeros", async () => {
    const { random } = open();
    const words = await random.bits(4, { key: { words: [0, 0] } }).data();
    // Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011), the kat_vectors of Random123.
    expect(Array.from(words, (word) => word.toString(16))).toEqual([
      "6627e8d5",
      "e169c58d",
      "bc57ac4c",
      "9b00dbd8",
    ]);
  });

  test("[RK2] a key gives the same again, of any shape; keys split off give others, and do not meet", async () => {
    const { random } = open();
    const key = random.key(-5);
    const [one = key, two = key] = random.split(key);
    const first = await random.uniform([3, 7], { key }).data();
    expect(await random.uniform(21, { key }).data()).toEqual(first);
    const words = [key, one, two, ...random.split(one, 50)].map(({ words: pair }) => pair.join());
    expect(new Set(words).size).toBe(53);
    expect(await random.uniform(21, { key: one }).data()).not.toEqual(first);
  });

  test("[RK3] uniform: in range, and evenly spread over 64 cells (chi-square, 63 degrees: 0.001 is at 103.4)", async () => {
    const { random } = open();
    const drawn = Array.from(await random.uniform(n, { key: random.key(1), low: -1, high: 1 }).data());
    expect(drawn.every((value) => value >= -1 && value < 1)).toBe(true);
    const counts = Array.from(
      { length: 64 },
      (_, cell) => drawn.filter((value) => Math.floor((value + 1) * 32) === cell).length,
    );
    expect(
      chiSquare(
        counts,
        counts.map(() => n / 64),
      ),
    ).toBeLessThan(103.4);
  });

  test("[RK4] normal: its moments, and erf of its quantiles is even (chi-square, 15 degrees: 0.001 is at 37.7)", async () => {
    const { random, tensor } = open();
    const drawn = random.normal(n, { key: random.key(2) });
    const { mean, variance, skew, fourth } = moments(Array.from(await drawn.data()));
    // Five standard errors of each: 1, sqrt 2, sqrt 6, sqrt 24 over sqrt n.
    expect(Math.abs(mean)).toBeLessThan(5 / 64);
    expect(Math.abs(variance - 1)).toBeLessThan((5 * Math.SQRT2) / 64);
    expect(Math.abs(skew)).toBeLessThan((5 * Math.sqrt(6)) / 64);
    expect(Math.abs(fourth - 3)).toBeLessThan((5 * Math.sqrt(24)) / 64);
    const quantiles = [-1.534121, -1.150349, -0.887147, -0.67449, -0.488776, -0.318639, -0.157311, 0];
    const bounds = [
      ...quantiles,
      ...quantiles
        .slice(0, 7)
        .toReversed()
        .map((q) => -q),
    ];
    const counts = await tensor(bounds).searchSorted(drawn).bincount(16).data();
    expect(
      chiSquare(
        Array.from(counts),
        Array.from(counts, () => n / 16),
      ),
    ).toBeLessThan(37.7);
  });

  test("[RK5] bernoulli by one chance or many; gumbel's mean is Euler's constant, its variance pi^2 / 6", async () => {
    const { random, tensor } = open();
    const share = await random
      .bernoulli(n, { key: random.key(3), chance: 0.3 })
      .cast("f32")
      .mean()
      .item();
    expect(Math.abs(share - 0.3)).toBeLessThan((5 * Math.sqrt(0.21)) / 64);
    const sure = await random.bernoulli([2, 3], { key: random.key(4), chance: tensor([0, 1, 0]) }).array();
    expect(sure).toEqual([
      [0, 1, 0],
      [0, 1, 0],
    ]);
    const { mean, variance } = moments(Array.from(await random.gumbel(n, { key: random.key(5) }).data()));
    expect(Math.abs(mean - 0.5772157)).toBeLessThan((5 * 1.2825) / 64);
    expect(Math.abs(variance - Math.PI ** 2 / 6)).toBeLessThan((5 * 1.645 * Math.sqrt(4.4)) / 64);
  });

  test("[RK6] categorical draws by softmax (chi-square, 3 degrees: 0.001 is at 16.3); a permutation has each number once", async () => {
    const { random, tensor } = open();
    const weights = [0.1, 0.2, 0.3, 0.4];
    const logits = tensor(weights)
      .log()
      .reshape(1, 4)
      .add(tensor.zeros([n, 1]));
    const drawn = random.categorical(logits, { key: random.key(6) });
    const counts = await drawn.bincount(4).data();
    expect([drawn.shape, drawn.dtype]).toEqual([[n], "i32"]);
    expect(
      chiSquare(
        Array.from(counts),
        weights.map((weight) => weight * n),
      ),
    ).toBeLessThan(16.3);
    const order = await random.permutation(600, { key: random.key(7) }).array();
    expect(order).not.toEqual(Array.from({ length: 600 }, (_, at) => at));
    expect((order as number[]).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 600 }, (_, at) => at));
  });

  test("[RK7] what is no seed and no key is a fault", () => {
    const { random } = open();
    expect(() => random.key(0.5)).toThrow(expect.objectContaining({ code: "random/seed" }));
    expect(() => random.normal(2, { key: 7 as never })).toThrow(
      expect.objectContaining({ code: "random/key" }),
    );
    expect(() => random.split(random.key(1), 0)).toThrow(expect.objectContaining({ code: "shape/sizes" }));
  });
});
