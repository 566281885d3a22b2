import { describe, expect, test } from "vitest";
import type { Tensor } from "../tensor.ts";
import { open, type TestCell } from "../testing/cell.ts";

type Matrix = readonly (readonly number[])[];

const cell: TestCell = open();

/** In f64, with the data rounded to f32: so what is left is what the method leaves. */
async function matrices(x: Tensor): Promise<readonly Matrix[]> {
  const values = Array.from(await cell.reference(x));
  const [m = 1, n = 1] = x.shape.slice(-2);
  return Array.from({ length: values.length / (m * n) }, (_, at) =>
    Array.from({ length: m }, (_row, i) => values.slice((at * m + i) * n, (at * m + i + 1) * n)),
  );
}

function times(a: Matrix, b: Matrix): Matrix {
  return a.map((row) =>
    (b[0] ?? []).map((_, j) => row.reduce((sum, value, k) => sum + value * (b[k]?.[j] ?? Number.NaN), 0)),
  );
}

function turned(a: Matrix): Matrix {
  return (a[0] ?? []).map((_, j) => a.map((row) => row[j] ?? Number.NaN));
}

/** The greatest difference. NaN is no small one. */
function apart(a: Matrix, b: Matrix): number {
  const all = a.flatMap((row, i) => row.map((value, j) => Math.abs(value - (b[i]?.[j] ?? Number.NaN))));
  return all.some(Number.isNaN) ? Number.POSITIVE_INFINITY : Math.max(...all);
}

function unit(n: number): Matrix {
  return Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_column, j) => Number(i === j)));
}

function normal(shape: readonly number[], seed = 1): Tensor {
  return cell.random.normal(shape, { seed });
}

/** a a^T + 1, of which every eigenvalue is at least 1. */
function positive(n: number): Tensor {
  const a = normal([2, n, n], n);
  return cell.matmul(a, a, { transposeRight: true }).add(cell.tensor.eye(n));
}

const { linalg } = cell;

describe("linear algebra, by its residuals in f64", () => {
  test.each([1, 2, 5, 16, 33])("[LA1] cholesky of %i: L L^T is a, and L is a lower triangle", async (n) => {
    const a = positive(n);
    const [wanted, found] = [await matrices(a), await matrices(linalg.cholesky(a))];
    for (const [at, l] of found.entries()) {
      expect(apart(times(l, turned(l)), wanted[at] ?? [])).toBeLessThan(1e-9 * n);
      expect(l.every((row, i) => row.every((value, j) => j <= i || value === 0))).toBe(true);
    }
  });

  test.each([1, 2, 5, 16, 33])(
    "[LA2] solve of %i: a x is b; the inverse; the determinant by its expansion",
    async (n) => {
      const [a, b] = [normal([2, n, n], n), normal([2, n, 3], n + 1)];
      const [left, right, x] = [await matrices(a), await matrices(b), await matrices(linalg.solve(a, b))];
      x.forEach((found, at) =>
        expect(apart(times(left[at] ?? [], found), right[at] ?? [])).toBeLessThan(1e-9),
      );
      const inverses = await matrices(linalg.inv(a));
      inverses.forEach((found, at) =>
        expect(apart(times(left[at] ?? [], found), unit(n))).toBeLessThan(1e-9),
      );
      if (n > 5) return;
      const wanted = left.map(byExpansion);
      const found = await cell.reference(linalg.det(a));
      wanted.forEach((value, at) => expect(found[at]).toBeCloseTo(value, 9));
    },
  );

  test("[LA3] triangles: lower, upper, transposed, with a diagonal of ones; the other half is not read", async () => {
    const n = 7;
    const a = normal([n, n], 1).add(cell.tensor.eye(n).mul(4));
    const b = normal([n, 70], 2);
    const [full] = await matrices(a);
    const [sides = []] = await matrices(b);
    for (const upper of [false, true])
      for (const transpose of [false, true])
        for (const ones of [false, true]) {
          const half = (full ?? []).map((row, i) =>
            row.map((value, j) => (i === j ? (ones ? 1 : value) : i < j === upper ? value : 0)),
          );
          const [x = []] = await matrices(linalg.triangularSolve(a, b, { upper, transpose, unit: ones }));
          expect(apart(times(transpose ? turned(half) : half, x), sides)).toBeLessThan(1e-9);
        }
  });

  test.each([
    [1, 1],
    [3, 2],
    [9, 9],
    [40, 7],
  ])("[LA4] qr of %i x %i: a is q r, q orthonormal, r a triangle; lstsq", async (m, n) => {
    const a = normal([2, m, n], m);
    const { q, r } = linalg.qr(a);
    const [wanted, left, right] = [await matrices(a), await matrices(q), await matrices(r)];
    left.forEach((one, at) => {
      expect(apart(times(one, right[at] ?? []), wanted[at] ?? [])).toBeLessThan(1e-9);
      expect(apart(times(turned(one), one), unit(n))).toBeLessThan(1e-9);
      expect((right[at] ?? []).every((row, i) => row.every((value, j) => j >= i || value === 0))).toBe(true);
    });
    // At the least, the rest stands at right angles to every column of a.
    const b = normal([2, m, 2], 9);
    const [x, sides] = [await matrices(linalg.lstsq(a, b)), await matrices(b)];
    x.forEach((found, at) => {
      const columns = turned(wanted[at] ?? []);
      expect(
        apart(times(columns, times(wanted[at] ?? [], found)), times(columns, sides[at] ?? [])),
      ).toBeLessThan(1e-8);
    });
  });

  test.each([1, 2, 3, 8, 15])("[LA5] eigh of %i: a v is v w, v orthonormal, w in order", async (n) => {
    const half = normal([2, n, n], n);
    const a = half.add(half.permute(0, 2, 1));
    const { values, vectors } = linalg.eigh(a);
    const [wanted, v] = [await matrices(a), await matrices(vectors)];
    const w = await matrices(values.reshape(2, 1, n));
    v.forEach((one, at) => {
      const numbers = w[at]?.[0] ?? [];
      const scaled = one.map((row) => row.map((value, k) => value * (numbers[k] ?? Number.NaN)));
      expect(apart(times(wanted[at] ?? [], one), scaled)).toBeLessThan(1e-5);
      expect(apart(times(turned(one), one), unit(n))).toBeLessThan(1e-9);
      expect(numbers).toEqual(numbers.toSorted((first, other) => first - other));
    });
  });

  test.each([
    [1, 1],
    [6, 6],
    [9, 4],
    [4, 9],
  ])("[LA6] svd of %i x %i: a is u s vt, both orthonormal, s in order", async (m, n) => {
    const a = normal([2, m, n], m);
    const { u, s, vt } = linalg.svd(a);
    const k = Math.min(m, n);
    const [wanted, left, right] = [await matrices(a), await matrices(u), await matrices(vt)];
    const sizes = await matrices(s.reshape(2, 1, k));
    left.forEach((one, at) => {
      const numbers = sizes[at]?.[0] ?? [];
      const scaled = one.map((row) => row.map((value, j) => value * (numbers[j] ?? Number.NaN)));
      expect(apart(times(scaled, right[at] ?? []), wanted[at] ?? [])).toBeLessThan(1e-6);
      expect(apart(times(turned(one), one), unit(k))).toBeLessThan(1e-6);
      expect(apart(times(right[at] ?? [], turned(right[at] ?? [])), unit(k))).toBeLessThan(1e-6);
      expect(numbers.every((value, j) => value >= 0 && (j === 0 || value <= (numbers[j - 1] ?? 0)))).toBe(
        true,
      );
    });
  });

  test("[LA9] a right side may be one vector: the solutions are one vector a matrix, and have a gradient", async () => {
    const { tensor, grad, gradcheck } = cell;
    const a = tensor([
      [
        [2, 0],
        [0, 4],
      ],
      [
        [1, 1],
        [0, 1],
      ],
    ]);
    const b = tensor([2, 8]);
    expect(await linalg.solve(a, b).array()).toEqual([
      [1, 2],
      [-6, 8],
    ]);
    expect(await linalg.solve(a.row(0), b).array()).toEqual([1, 2]);
    expect(await linalg.triangularSolve(a, b, { upper: true }).array()).toEqual([
      [1, 2],
      [-6, 8],
    ]);
    expect(linalg.lstsq(normal([5, 2]), normal([5], 2)).shape).toEqual([2]);
    expect(grad((sides: Tensor) => linalg.solve(a, sides).sum())(b).shape).toEqual([2]);
    expect(
      (await gradcheck((m: Tensor, sides: Tensor) => linalg.solve(m, sides).square().sum(), [a, b])).passed,
    ).toBe(true);
    expect(() => linalg.solve(a, tensor([1, 2, 3]))).toThrow(
      expect.objectContaining({ code: "linalg/shape" }),
    );
  });

  test("[LA7] singular input gives what is said: det 0, no finite solution, NaN of cholesky, q orthonormal", async () => {
    const { tensor } = cell;
    const flat = tensor([
      [1, 2],
      [2, 4],
    ]);
    expect(Math.abs(await linalg.det(flat).item())).toBe(0);
    expect(Math.abs(await linalg.det(tensor.zeros([3, 3])).item())).toBe(0);
    const x = await linalg.solve(flat, tensor([[1], [1]])).data();
    expect(x.every((value) => Number.isFinite(value))).toBe(false);
    const indefinite = tensor([
      [1, 2],
      [2, 1],
    ]);
    expect((await linalg.cholesky(indefinite).data())[3]).toBeNaN();
    const [q = []] = await matrices(
      linalg.qr(
        tensor([
          [0, 0],
          [0, 0],
          [0, 0],
        ]),
      ).q,
    );
    expect(apart(times(turned(q), q), unit(2))).toBe(0);
    const { s, vt } = linalg.svd(flat);
    expect((await s.data())[1]).toBeLessThan(1e-6);
    expect((await s.data())[0]).toBeCloseTo(5, 5);
    expect(vt.shape).toEqual([2, 2]);
  });

  test("[LA8] what does not fit is a fault that says so", () => {
    const { tensor } = cell;
    const wide = tensor.zeros([2, 3]);
    const code = { code: "linalg/shape" };
    expect(() => linalg.cholesky(wide)).toThrow(expect.objectContaining(code));
    expect(() => linalg.qr(wide)).toThrow(expect.objectContaining(code));
    expect(() => linalg.solve(tensor.eye(2), tensor(3))).toThrow(expect.objectContaining(code));
    expect(() => linalg.solve(tensor.eye(2), tensor.zeros([3, 1]))).toThrow(expect.objectContaining(code));
    expect(() => linalg.eigh(tensor.zeros([513, 513]))).toThrow(
      expect.objectContaining({ code: "linalg/size" }),
    );
  });
});

/** Laplace, along the first row. */
function byExpansion(a: Matrix): number {
  const [first = [], ...rest] = a;
  if (rest.length === 0) return first[0] ?? Number.NaN;
  return first.reduce(
    (sum, value, j) =>
      sum + (j % 2 === 0 ? value : -value) * byExpansion(rest.map((row) => row.toSpliced(j, 1))),
    0,
  );
}
