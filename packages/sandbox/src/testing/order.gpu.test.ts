import { describe, expect, test } from "vitest";
import { openOnGpu } from "./gpu-cell.ts";

/** SwiftShader compiles each kernel for seconds. */
const slowMs = 120_000;

describe("order and segments on the GPU", () => {
  test(
    "[GS2] sorted in a tile and merged over several, with ties and NaN, as the interpreter does",
    async () => {
      const { random, compare, tensor } = openOnGpu();
      const ties = random.uniform([2, 700], { seed: 1, high: 50 }).floor();
      expect((await compare(ties.argsort(1))).maxAbs).toBe(0);
      expect((await compare(ties.cast("i32").sort(1, { descending: true }))).maxAbs).toBe(0);
      const odd = tensor([2, Number.NaN, -1, Number.POSITIVE_INFINITY, Number.NaN, -0, 0]);
      expect(await odd.argsort().array()).toEqual([2, 5, 6, 0, 3, 1, 4]);
    },
    slowMs,
  );

  test(
    "[GS3] segments, wide and narrow, equal the f64 interpreter; two runs give the same bits",
    async () => {
      const { random, compare, segmentSum, segmentMax } = openOnGpu();
      const ids = random.uniform(600, { seed: 1, low: -1, high: 40 }).floor().cast("i32");
      const wide = random.normal([600, 20], { seed: 2 });
      const narrow = random.normal([600, 2], { seed: 3 });
      expect((await compare(segmentSum(wide, ids, 40))).nmse).toBeLessThan(1e-12);
      expect((await compare(segmentMax(narrow, ids, 400).maximum(-9))).maxAbs).toBe(0);
      const [one, two] = [segmentSum(wide, ids, 40), segmentSum(wide, ids, 40)];
      expect(await one.data()).toEqual(await two.data());
    },
    slowMs,
  );
});
