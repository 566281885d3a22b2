import { describe, expect, test } from "vitest";
import { openOnGpu } from "./gpu-cell.ts";

/** SwiftShader compiles each kernel for seconds. */
const slowMs = 240_000;

describe("linear algebra on the GPU", () => {
  test(
    "[GS7] cholesky, solve and det equal the f64 interpreter within f32",
    async () => {
      const { random, linalg, compare, matmul, tensor } = openOnGpu();
      const a = random.normal([2, 24, 24], { seed: 1 });
      const positive = matmul(a, a, { transposeRight: true }).add(tensor.eye(24));
      expect((await compare(linalg.cholesky(positive))).nmse).toBeLessThan(1e-10);
      const b = random.normal([2, 24, 3], { seed: 2 });
      expect((await compare(matmul(positive, linalg.solve(positive, b)), b)).nmse).toBeLessThan(1e-8);
      expect((await compare(linalg.det(a.mul(0.3)))).nmse).toBeLessThan(1e-8);
    },
    slowMs,
  );

  test(
    "[GS8] qr, eigh and svd put their matrix together again, within f32",
    async () => {
      const { random, linalg, compare, matmul, tensor } = openOnGpu();
      const a = random.normal([2, 21, 12], { seed: 3 });
      const { q, r } = linalg.qr(a);
      expect((await compare(matmul(q, r), a)).nmse).toBeLessThan(1e-11);
      expect(
        (await compare(matmul(q.transpose(), q).sub(tensor.eye(12)).abs().max(), tensor(0))).maxAbs,
      ).toBeLessThan(1e-5);
      const square = a.slice(1, 0, 12);
      const symmetric = square.add(square.transpose());
      const { values, vectors } = linalg.eigh(symmetric);
      const scaled = vectors.mul(values.reshape(2, 1, 12));
      expect((await compare(matmul(scaled, vectors, { transposeRight: true }), symmetric)).nmse).toBeLessThan(
        1e-10,
      );
      const { u, s, vt } = linalg.svd(a);
      expect((await compare(matmul(u.mul(s.reshape(2, 1, 12)), vt), a)).nmse).toBeLessThan(1e-10);
    },
    slowMs,
  );
});
