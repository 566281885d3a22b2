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

test.each([
  [20, 16, 1, 5],
  [128, 64, 2, 7],
] as const)(
  "[GM3] SwiGLU of experts of four bits on the GPU, %i tokens, %i wide, in %i parts: %i launches, no sides of it stored, and of what is wide one part",
  async (tokens, hidden, parts, launches) => {
    const { random, moe, compare, realize, host } = openOnGpu();
    const given: Tensor[] = [];
    const coded = (shape: readonly [number, number, number], seed: number): Tensor => {
      const [experts, out, inner] = shape;
      const codes = random.uniform(shape, { seed, high: 16 }).floor().cast("u4");
      const scales = random.uniform([experts, out, inner / 8, 1], { seed: seed + 1 });
      given.push(codes, scales);
      const grouped = codes
        .cast("f32")
        .sub(8)
        .reshape(experts, out, inner / 8, 8);
      return grouped.mul(scales).reshape(shape);
    };
    const k = 2;
    const [both, down] = [coded([4, 2 * hidden, 24], 3), coded([4, 24, hidden], 5)];
    const [x, logits] = [random.normal([tokens, 24], { seed: 1 }), random.normal([tokens, 4], { seed: 2 })];
    await realize(x, logits, given);
    const y = moe.experts(x, moe.route(logits, { k }), (rows, times) => {
      const made = times(rows, both, { transposed: true }).reshape(tokens * k, hidden, 2);
      const acted = made
        .slice(2, 0, 1)
        .silu()
        .mul(made.slice(2, 1, 2));
      return times(acted.reshape(tokens * k, hidden), down, { transposed: true, parts });
    });
    expect((await compare(y)).nmse).toBeLessThan(1e-10);
    expect(host.dispatches.at(-1)).toBe(launches);
    expect(host.largest.at(-1)).toBe(4 * 24 * 2 * hidden);
  },
  slowMs,
);
