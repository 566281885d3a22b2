import { expect, test } from "vitest";
import type { Tensor } from "@tilebook/tensor";
import { openOnGpu } from "./gpu-cell.ts";

/** SwiftShader compiles each kernel for seconds. */
const slowMs = 120_000;

test(
  "[GM1] a layer of experts on the GPU: one run, no more launches for more experts, as in f64",
  async () => {
    const { random, moe, compare, host } = openOnGpu();
    for (const experts of [5, 12]) {
      const drawn = (shape: readonly number[], seed: number): Tensor => random.normal(shape, { seed });
      const [w1, w2] = [drawn([experts, 24, 40], 2), drawn([experts, 40, 24], 3)];
      const routed = moe.route(drawn([70, experts], 4), { k: 2, score: "chosen" });
      const y = moe.experts(drawn([70, 24], 1), routed, (rows, times) => times(times(rows, w1).silu(), w2));
      expect((await compare(y)).nmse).toBeLessThan(1e-10);
    }
    expect(host.dispatches).toHaveLength(2);
    expect(new Set(host.dispatches).size).toBe(1);
  },
  slowMs,
);

test(
  "[GM2] its gradients on the GPU, in one run",
  async () => {
    const { random, moe, grad, tree, nmse, reference, realize, host } = openOnGpu();
    const drawn = (shape: readonly number[], seed: number): Tensor => random.normal(shape, { seed });
    const layer = {
      x: drawn([40, 12], 1),
      gate: drawn([12, 6], 2),
      w1: drawn([6, 12, 20], 3),
      w2: drawn([6, 20, 12], 4),
    };
    const slopes = grad(({ x, gate, w1, w2 }: typeof layer) => {
      const routed = moe.route(x.matmul(gate), { k: 2, normalize: true, capacity: 1.1 });
      return moe
        .experts(x, routed, (rows, times) => times(times(rows, w1).silu(), w2))
        .square()
        .mean();
    })(layer);
    const all = tree.leaves(slopes);
    await realize(all);
    for (const slope of all) expect(nmse(await slope.data(), await reference(slope))).toBeLessThan(1e-10);
    expect(host.dispatches).toHaveLength(1);
  },
  slowMs,
);
