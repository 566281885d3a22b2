import { expect, test } from "vitest";
import { openOnGpu } from "./gpu-cell.ts";

/** SwiftShader compiles each kernel for seconds. */
const slowMs = 120_000;

test(
  "[GS9] a sparse product on the GPU equals the f64 interpreter within f32",
  async () => {
    const { random, sparse, compare } = openOnGpu();
    const place = (seed: number, high: number) => random.uniform(900, { seed, high }).floor().cast("i32");
    const a = sparse.fromElements(place(1, 60), place(2, 50), random.normal(900, { seed: 3 }), [60, 50]);
    expect((await compare(sparse.matmul(a, random.normal([50, 9], { seed: 4 })))).nmse).toBeLessThan(1e-12);
    expect((await compare(sparse.matmul(a, random.normal(50, { seed: 5 })))).nmse).toBeLessThan(1e-12);
  },
  slowMs,
);
