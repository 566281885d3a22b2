import { describe, expect, test } from "vitest";
import { openOnGpu } from "./gpu-cell.ts";

/** SwiftShader compiles each kernel for seconds. */
const slowMs = 120_000;

describe("scans on the GPU", () => {
  test(
    "[GS1] rows of tiles, and a long row in parts, equal the f64 interpreter",
    async () => {
      const { random, compare, host } = openOnGpu();
      const x = random.normal([3, 130, 4], { seed: 1 });
      expect((await compare(x.cumsum(1))).nmse).toBeLessThan(1e-10);
      expect((await compare(x.mul(10).cast("i32").cummin(0, { reverse: true }))).maxAbs).toBe(0);
      const long = random.normal([2, 9000], { seed: 2 });
      expect((await compare(long.cumsum(1, { reverse: true, exclusive: true }))).nmse).toBeLessThan(1e-10);
      expect(host.dispatches.at(-1)).toBe(3);
    },
    slowMs,
  );
});
