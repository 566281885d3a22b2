import { describe, expect, test } from "vitest";
import { openOnGpu } from "./gpu-cell.ts";

/** SwiftShader compiles each kernel for seconds. */
const slowMs = 120_000;

describe("random numbers and scatter on the GPU", () => {
  test(
    "[GS4] words and uniform numbers equal the interpreter's to the bit, normal ones within rounding",
    async () => {
      const { random, compare } = openOnGpu();
      const key = random.key(9);
      expect((await compare(random.bits(1000, { key }))).maxAbs).toBe(0);
      expect((await compare(random.uniform(1000, { key }))).maxAbs).toBe(0);
      expect((await compare(random.normal(1000, { key }))).nmse).toBeLessThan(1e-11);
      expect((await compare(random.gumbel(1000, { key }))).nmse).toBeLessThan(1e-11);
    },
    slowMs,
  );

  test(
    "[GS5] scatter, where places meet, equals the interpreter",
    async () => {
      const { random, compare } = openOnGpu();
      const x = random.normal([50, 6], { seed: 1 });
      const index = random.uniform(300, { seed: 2, low: -60, high: 60 }).floor().cast("i32");
      const updates = random.normal([300, 6], { seed: 3 });
      expect((await compare(x.scatter(index, updates))).maxAbs).toBeLessThan(1e-6);
      expect((await compare(x.scatter(index, updates, { mode: "add" }))).nmse).toBeLessThan(1e-12);
    },
    slowMs,
  );
});
