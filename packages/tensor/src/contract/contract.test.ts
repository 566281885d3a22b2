import { describe, expect, test } from "vitest";
import { open, type TestCell } from "../testing/cell.ts";

/** Normal numbers of a shape, the same in each run. */
function normal(cell: TestCell, shape: readonly number[], seed: number): ReturnType<TestCell["tensor"]> {
  return cell.random.normal(shape, { seed });
}

describe("matmul", () => {
  test.each([
    ["matrices", [3, 5], [5, 4], [3, 4]],
    ["larger than a tile and ragged", [70, 37], [37, 41], [70, 41]],
    ["batches", [2, 3, 20, 5], [2, 3, 5, 4], [2, 3, 20, 4]],
    ["a batch against one matrix", [3, 2, 5], [5, 4], [3, 2, 4]],
    ["a vector on the left", [5], [5, 4], [4]],
    ["a vector on the right", [3, 5], [5], [3]],
    ["two vectors", [5], [5], []],
  ])("[A1] its kernel gives the product of %s", async (_, a, b, shape) => {
    const cell = open();
    const product = normal(cell, a, 1).matmul(normal(cell, b, 2));
    expect(product.shape).toEqual(shape);
    expect((await cell.compare(product)).nmse).toBeLessThan(1e-12);
  });

  test("[A2] transposeRight is the product with the transpose", async () => {
    const cell = open();
    const [a, b] = [normal(cell, [2, 20, 17], 1), normal(cell, [2, 35, 17], 2)];
    const product = cell.matmul(a, b, { transposeRight: true });
    expect(product.shape).toEqual([2, 20, 35]);
    expect((await cell.compare(product, a.matmul(b.T))).nmse).toBeLessThan(1e-12);
    expect(
      await cell.matmul(cell.tensor([1, 2]), cell.tensor([[3, 4]]), { transposeRight: true }).array(),
    ).toEqual([11]);
  });

  test("[A3] dtypes: f16 stays, everything else is f32", async () => {
    const cell = open();
    const ones = (dtype: "f16" | "i32" | "f32") => cell.tensor.ones([2, 2], dtype);
    expect(ones("f16").matmul(ones("f16")).dtype).toBe("f16");
    expect(ones("f16").matmul(ones("f32")).dtype).toBe("f32");
    expect(ones("i32").matmul(ones("i32")).dtype).toBe("f32");
    expect(await ones("f16").matmul(ones("f16")).array()).toEqual([
      [2, 2],
      [2, 2],
    ]);
  });

  test("[A4] shapes that do not fit are a fault with both of them and what to try", () => {
    const { tensor } = open();
    const [q, k] = [tensor.ones([360, 64]), tensor.ones([1437, 64])];
    expect(() => q.matmul(k)).toThrow(
      expect.objectContaining({
        code: "shape/matmul",
        message: "cannot multiply [360, 64] by [1437, 64]",
        hint: "the inner sizes 64 and 1437 must be equal; did you mean b.T, or { transposeRight: true }?",
      }),
    );
    expect(() => tensor(1).matmul(k)).toThrow(expect.objectContaining({ code: "shape/matmul" }));
    expect(() => tensor.ones([2, 3, 4]).matmul(tensor.ones([3, 4, 5]))).toThrow(
      expect.objectContaining({ code: "shape/broadcast" }),
    );
  });
});

describe("attention", () => {
  test.each([
    ["one block", [16, 8], 16, 8, false],
    ["ragged sizes", [77, 40], 131, 24, false],
    ["causal, ragged", [77, 16], 131, 16, true],
    ["causal, more queries than keys", [131, 16], 77, 16, true],
    ["heads", [3, 20, 5], 33, 7, true],
    ["batches and heads", [2, 2, 9, 4], 5, 3, false],
    ["one query", [1, 32], 50, 32, true],
    ["wide heads", [20, 200], 30, 200, false],
  ])("[A5] its kernel gives softmax(scale q k^T) v: %s", async (...[, qShape, m, e, causal]) => {
    const cell = open();
    const lead = qShape.slice(0, -2);
    const q = normal(cell, qShape, 1);
    const k = normal(cell, [...lead, m, qShape.at(-1) ?? 1], 2);
    const v = normal(cell, [...lead, m, e], 3);
    const result = cell.attention(q, k, v, { causal });
    expect(result.shape).toEqual([...qShape.slice(0, -1), e]);
    const { nmse, maxAbs } = await cell.compare(result);
    expect(nmse).toBeLessThan(1e-12);
    expect(maxAbs).toBeLessThan(1e-5);
  });

  test("[A6] it is what the operations it stands for give", async () => {
    const cell = open();
    const [q, k, v] = [normal(cell, [9, 6], 1), normal(cell, [11, 6], 2), normal(cell, [11, 3], 3)];
    const plain = q.matmul(k.T).mul(0.7).softmax(-1).matmul(v);
    expect((await cell.compare(q.attention(k, v, { scale: 0.7 }), plain)).nmse).toBeLessThan(1e-12);
  });

  test("[A7] queries that see no key give zeros, and huge scores no NaN", async () => {
    const cell = open();
    const blind = cell.attention(normal(cell, [5, 4], 1), normal(cell, [2, 4], 2), normal(cell, [2, 4], 3), {
      causal: true,
    });
    const rows = (await blind.array()) as number[][];
    expect(rows.slice(0, 3)).toEqual(Array.from({ length: 3 }, () => [0, 0, 0, 0]));
    expect(rows[3]?.every((value) => value !== 0)).toBe(true);
    const huge = cell.attention(
      normal(cell, [5, 4], 1).mul(1e4),
      normal(cell, [9, 4], 2).mul(1e4),
      normal(cell, [9, 4], 3),
    );
    expect((await cell.compare(huge)).nmse).toBeLessThan(1e-12);
  });

  test.each([
    ["widths", [4, 8], [5, 7], [5, 3]],
    ["numbers of keys and values", [4, 8], [5, 8], [6, 3]],
    ["ranks", [1, 4, 8], [5, 8], [5, 3]],
    ["heads", [2, 4, 8], [3, 5, 8], [3, 5, 3]],
    ["vectors", [8], [8], [8]],
  ])("[A8] %s that do not fit are a fault", (_, q, k, v) => {
    const { attention, tensor } = open();
    expect(() => attention(tensor.ones(q), tensor.ones(k), tensor.ones(v))).toThrow(
      expect.objectContaining({ code: "shape/attention", hint: expect.any(String) }),
    );
  });

  test("[A9] sizes are no part of the kernel: one for all lengths", () => {
    const cell = open();
    for (const n of [3, 50, 700])
      cell.attention(...([1, 2, 3].map(() => cell.tensor.ones([n, 64])) as [never, never, never]));
    expect(cell.host.lowered).toBe(1);
  });
});
