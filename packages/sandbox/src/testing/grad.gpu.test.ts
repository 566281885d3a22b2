import type { Tensor } from "@tilebook/tensor";
import { open, type TestCell } from "@tilebook/tensor/testing";
import { describe, expect, test } from "vitest";
import { openOnGpu } from "./gpu-cell.ts";

/** SwiftShader compiles each kernel for seconds. */
const slowMs = 300_000;

/** A network of one hidden layer, trained by Adam; the losses before each step. */
async function trained(cell: TestCell, steps: number): Promise<readonly number[]> {
  const { nn, optimizers, random, tensor, trainer } = cell;
  const params = {
    first: { w: nn.heNormal([12, 32], { seed: 1 }), b: tensor.zeros(32) },
    second: { w: nn.heNormal([32, 4], { seed: 2 }), b: tensor.zeros(4) },
  };
  const model = trainer({ params, optimizer: optimizers.adam({ rate: 0.02 }) });
  const losses: number[] = [];
  for (let step = 0; step < steps; step++)
    losses.push(
      await model.step(({ first, second }) => {
        const x = random.normal([24, 12], { seed: 9 + step });
        const hidden = x.matmul(first.w).add(first.b).maximum(0);
        return nn.crossEntropy(hidden.matmul(second.w).add(second.b), x.slice(1, 0, 4).argmax(1));
      }),
    );
  return losses;
}

describe("gradients on the GPU", () => {
  test(
    "[GD1] of a block with a table, attention, a norm and a softmax equal the f64 interpreter's",
    async () => {
      const { compare, grad, random, tensor } = openOnGpu();
      const draw = (shape: readonly number[], seed: number) => random.normal(shape, { seed });
      const params = { table: draw([11, 8], 1), w: draw([8, 24], 2), scale: draw([8], 3) };
      const ids = tensor([3, 1, 3, 0, 10, 7], { dtype: "i32" });
      const loss = ({ table, w, scale }: typeof params): Tensor => {
        const x = table.take(ids);
        const centred = x.sub(x.mean(1, { keep: true }));
        const normed = centred.div(centred.mul(centred).mean(1, { keep: true }).add(1e-5).sqrt()).mul(scale);
        const mixed = normed.matmul(w);
        const [q, k, v] = [0, 8, 16].map((at) => mixed.slice(1, at, at + 8)) as [Tensor, Tensor, Tensor];
        return q.attention(k, v, { causal: true }).add(x).softmax().log().slice(1, 2, 5).prod(1).abs().mean();
      };
      const found = grad(loss)(params);
      for (const leaf of [found.table, found.w, found.scale])
        expect((await compare(leaf)).nmse).toBeLessThan(1e-10);
    },
    slowMs,
  );

  test(
    "[GD2] a training step is one run, and its losses are those of the f64 interpreter",
    async () => {
      const cell = openOnGpu();
      const losses = await trained(cell, 6);
      const wanted = await trained(open(), 6);
      losses.forEach((loss, step) => expect(Math.abs(loss - (wanted[step] ?? NaN))).toBeLessThan(1e-4));
      // The first makes zeros for what is remembered.
      expect(cell.host.dispatches.length).toBe(1 + 6);
      // Four of them are parameters, means and squares of four tensors: a kernel makes all three of each.
      expect(Math.max(...cell.host.dispatches)).toBeLessThanOrEqual(23);
    },
    slowMs,
  );

  test.each(["plain maths", "attention()"])(
    "[GD3] the gradients of %s hold no table of weights, and equal the f64 interpreter's",
    async (how) => {
      const { compare, grad, host, random, realize, tensor, where } = openOnGpu();
      const [n, width] = [96, 4];
      const draw = (seed: number): Tensor => random.normal([n, width], { seed });
      const seen = tensor.iota(n).le(tensor.iota(n).reshape(n, 1));
      const attended = ({ q, k, v }: typeof parts): Tensor =>
        how === "attention()"
          ? q.attention(k, v, { causal: true })
          : where(seen, q.matmul(k.T).mul(0.5), -Infinity).softmax().matmul(v);
      const parts = { q: draw(1), k: draw(2), v: draw(3) };
      const found = grad((sides: typeof parts) => attended(sides).mul(draw(4)).sum())(parts);
      const gradients = [found.q, found.k, found.v];
      await realize(...gradients);
      expect(Math.max(...host.largest)).toBeLessThan(n * n);
      for (const gradient of gradients) expect((await compare(gradient)).nmse).toBeLessThan(1e-10);
    },
    slowMs,
  );

  test(
    "[GD4] a matrix by which all rows of a batch go gets its gradient by one product; and attention over shared keys",
    async () => {
      const { compare, grad, host, random, realize } = openOnGpu();
      const draw = (shape: readonly number[], seed: number): Tensor => random.normal(shape, { seed });
      const found = grad(({ x, w }: { x: Tensor; w: Tensor }) => x.matmul(w).tanh().sum())({
        x: draw([8, 5, 6], 1),
        w: draw([6, 7], 2),
      });
      await realize(found.x, found.w);
      expect(Math.max(...host.largest)).toBeLessThanOrEqual(8 * 5 * 7);
      const sides = { q: draw([2, 20, 4], 3), k: draw([20, 4], 4), v: draw([20, 4], 5) };
      const shared = grad(({ q, k, v }: typeof sides) =>
        q
          .matmul(k.T)
          .softmax()
          .matmul(v)
          .mul(draw([2, 20, 4], 6))
          .sum(),
      )(sides);
      for (const gradient of [found.x, found.w, shared.q, shared.k, shared.v])
        expect((await compare(gradient)).nmse).toBeLessThan(1e-10);
    },
    slowMs,
  );
});
