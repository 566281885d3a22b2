import { nanCases } from "@tilebook/tensor/testing";
import { expect, test } from "vitest";
import { openOnGpu } from "./gpu-cell.ts";

/** SwiftShader compiles each kernel for seconds. */
const slowMs = 120_000;

test.each(nanCases)(
  "[GN1] a NaN stays NaN on the GPU, too: $name",
  async ({ work, wanted }) => {
    expect(await work(openOnGpu()).array()).toEqual(wanted);
  },
  slowMs,
);

test(
  "[GN2] a NaN among the keys is in every row of softmax(q kᵀ) v and of attention, each one kernel",
  async () => {
    const { random, tensor, matmul, host } = openOnGpu();
    const [q, k, v] = [1, 2, 3].map((seed) => random.normal([1024, 32], { seed }));
    if (q === undefined || k === undefined || v === undefined) throw new Error("three tensors");
    const hole = tensor.iota([1024, 32]).eq(37).where(Number.NaN, k);
    for (const one of [q, v, hole]) await one.data();
    const written = matmul(matmul(q, hole, { transposeRight: true }).softmax(1), v);
    for (const made of [written, q.attention(hole, v)]) {
      expect((await made.data()).every((value: number) => Number.isNaN(value))).toBe(true);
      expect(host.dispatches.at(-1)).toBe(1);
    }
  },
  slowMs,
);
