import type { Tensor } from "@tilebook/tensor";
import { describe, expect, test } from "vitest";
import { openOnGpu } from "./gpu-cell.ts";

interface Linear {
  readonly a: Tensor;
  readonly b: Tensor;
}

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

  test(
    "[GS2] a linear recurrence of 100 steps by an associative function, and its gradient, equal the f64 interpreter",
    async () => {
      const { associativeScan, compare, grad, host, random } = openOnGpu();
      const [a, b] = [random.uniform([100, 4], { seed: 3 }), random.normal([100, 4], { seed: 4 })] as const;
      const recurrence = (given: Linear): Tensor =>
        associativeScan(
          (before, after) => ({ a: before.a.mul(after.a), b: before.b.mul(after.a).add(after.b) }),
          given,
          { axis: 0 },
        ).b;
      expect((await compare(recurrence({ a, b }))).nmse).toBeLessThan(1e-10);
      expect(host.dispatches).toHaveLength(1);
      const slopes = grad((given: Linear) => recurrence(given).square().sum())({ a, b });
      expect((await compare(slopes.a)).nmse).toBeLessThan(1e-9);
      expect(Math.max(...host.dispatches)).toBeLessThan(120);
    },
    slowMs,
  );

  test(
    "[GS10] the gradient of running products, by a recurrence in pieces, equals the f64 interpreter",
    async () => {
      const { grad, random, compare } = openOnGpu();
      const x = random.normal([3, 130], { seed: 1 });
      const slope = grad((y: typeof x) => y.cumprod(1).sin().sum())(x);
      expect((await compare(slope)).nmse).toBeLessThan(1e-10);
    },
    slowMs,
  );

  test(
    "[GS11] and of long ones, by a recurrence in parts",
    async () => {
      const { grad, random, compare, host } = openOnGpu();
      const x = random.normal([2, 9000], { seed: 1 }).mul(0.01).add(1);
      const slope = grad((y: typeof x) => y.cumprod(1).sum())(x);
      expect((await compare(slope)).nmse).toBeLessThan(1e-8);
      expect(host.dispatches.at(-1)).toBeGreaterThan(3);
    },
    slowMs,
  );
});
