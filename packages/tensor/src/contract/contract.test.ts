import { describe, expect, test } from "vitest";
import { open, type TestCell } from "../testing/cell.ts";

/** Rows times columns by the definition, for one batch entry. */
function timesOf(a: readonly number[], b: readonly number[], [m, k, n]: readonly number[]): number[] {
  const [rows = 1, inner = 1, columns = 1] = [m, k, n];
  return Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    let sum = 0;
    for (let p = 0; p < inner; p++) sum += (a[row * inner + p] ?? 0) * (b[p * columns + column] ?? 0);
    return sum;
  });
}

/** One head of attention by its definition: q is n by d, k m by d, v m by e. */
function attend(
  sides: { readonly q: readonly number[]; readonly k: readonly number[]; readonly v: readonly number[] },
  { n, m, d, e }: { readonly n: number; readonly m: number; readonly d: number; readonly e: number },
  causal: boolean,
): number[] {
  return Array.from({ length: n }, (_, i) => {
    const seen = causal ? Math.max(0, Math.min(m, i + m - n + 1)) : m;
    const scores = Array.from({ length: seen }, (__, j) => {
      let score = 0;
      for (let p = 0; p < d; p++) score += (sides.q[i * d + p] ?? 0) * (sides.k[j * d + p] ?? 0);
      return Math.exp(score / Math.sqrt(d));
    });
    const total = scores.reduce((sum, score) => sum + score, 0);
    return Array.from({ length: e }, (__, c) =>
      scores.reduce((sum, score, j) => sum + (score / total) * (sides.v[j * e + c] ?? 0), 0),
    );
  }).flat();
}

function expectNear(got: readonly number[], wanted: readonly number[]): void {
  expect(got).toHaveLength(wanted.length);
  got.forEach((value, at) => expect(value).toBeCloseTo(wanted[at] ?? Number.NaN, 4));
}

const numbers = async (tensor: ReturnType<TestCell["tensor"]>): Promise<number[]> =>
  Array.from(await tensor.data(), Number);

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
  ])("[A1] it is the product of %s", async (_, a, b, shape) => {
    const cell = open();
    const [left, right] = [normal(cell, a, 1), normal(cell, b, 2)];
    const result = left.matmul(right);
    expect(result.shape).toEqual(shape);
    const [k, n] = [a.at(-1) ?? 1, b.length === 1 ? 1 : (b.at(-1) ?? 1)];
    const m = a.length === 1 ? 1 : (a.at(-2) ?? 1);
    const [x, y] = [await numbers(left), await numbers(right)];
    const [mine, theirs] = [m * k, k * n];
    const entries = Array.from({ length: x.length / mine }, (__, entry) => {
      const from = (entry * theirs) % y.length;
      return timesOf(x.slice(entry * mine, (entry + 1) * mine), y.slice(from, from + theirs), [m, k, n]);
    });
    expectNear(await numbers(result), entries.flat());
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
  ])("[A5] it is softmax(scale q k^T) v: %s", async (...[, qShape, m, e, causal]) => {
    const cell = open();
    const lead = qShape.slice(0, -2);
    const [n, d] = [qShape.at(-2) ?? 1, qShape.at(-1) ?? 1];
    const [q, k] = [normal(cell, qShape, 1), normal(cell, [...lead, m, d], 2)];
    const v = normal(cell, [...lead, m, e], 3);
    const result = cell.attention(q, k, v, { causal });
    expect(result.shape).toEqual([...lead, n, e]);
    const [qs, ks, vs] = [await numbers(q), await numbers(k), await numbers(v)];
    const heads = Array.from({ length: qs.length / (n * d) }, (_, head) => {
      const part = (list: readonly number[], size: number) => list.slice(head * size, (head + 1) * size);
      return attend({ q: part(qs, n * d), k: part(ks, m * d), v: part(vs, m * e) }, { n, m, d, e }, causal);
    });
    expectNear(await numbers(result), heads.flat());
  });

  test("[A10] keys and values of fewer heads serve several, in either order of the axes", async () => {
    const cell = open();
    const [q, k, v] = [normal(cell, [4, 9, 6], 1), normal(cell, [2, 11, 6], 2), normal(cell, [2, 11, 3], 3)];
    const repeated = (x: typeof k) => x.take(cell.tensor([0, 0, 1, 1], { dtype: "i32" }));
    const shared = cell.attention(q, k, v);
    expect((await cell.compare(shared, cell.attention(q, repeated(k), repeated(v)))).nmse).toBeLessThan(
      1e-12,
    );
    const turned = (x: typeof k) => x.permute([1, 0, 2]);
    const first = cell.attention(turned(q), turned(k), turned(v), { tokensFirst: true });
    expect(first.shape).toEqual([9, 4, 3]);
    expect((await cell.compare(turned(first), shared)).nmse).toBeLessThan(1e-12);
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
});
