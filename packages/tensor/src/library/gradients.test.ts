import { describe, expect, test } from "vitest";
import { open, type TestCell } from "../testing/cell.ts";
import type { Tensor } from "../tensor.ts";

const cell: TestCell = open();
const { tensor, linalg, fft, sparse, matmul, gradcheck } = cell;

/** Numbers far enough from each other for differences to say something. */
function varied(shape: readonly number[], seed = 1): Tensor {
  return cell.random.normal(shape, { seed });
}

const symmetric = (x: Tensor): Tensor => x.add(x.transpose());
const apart = (x: Tensor): Tensor =>
  symmetric(x)
    .mul(0.3)
    .add(tensor.eye(3).mul(tensor([0, 2, 5])));
const positive = (x: Tensor): Tensor => matmul(x, x, { transposeRight: true }).add(tensor.eye(3).mul(2));
const index = tensor([2, 0, 2, -1, 9], { dtype: "i32" });
const dominant = (x: Tensor): Tensor => x.add(tensor.eye(3).mul(4));
const holes = tensor([
  [0.5, -1.5],
  [0, 2],
  [1.2, 0],
  [-0.7, 0],
  [2, 0.3],
]);
const ids = tensor([1, 0, 1, 1, 7], { dtype: "i32" });
const links = (values: Tensor) =>
  sparse.fromElements(
    tensor([1, 0, 1, 2, 9], { dtype: "i32" }),
    tensor([0, 2, 2, 1, 0], { dtype: "i32" }),
    values,
    [3, 3],
  );

describe("gradients of the library, against central differences in f64", () => {
  test.each<readonly [string, (...inputs: readonly Tensor[]) => Tensor, readonly Tensor[]]>([
    ["sort", (x = tensor(0)) => x.sort(0, { descending: true }).mul(tensor.iota([5, 1])), [varied([5, 2])]],
    ["topk", (x = tensor(0)) => x.topk(2)[0].sin(), [varied([3, 4])]],
    ["median", (x = tensor(0)) => x.median(), [varied([2, 4])]],
    ["scatter", (x = tensor(0), u = x) => x.scatter(index, u).sin(), [varied([4, 2]), varied([5, 2], 2)]],
    [
      "scatter, added",
      (x = tensor(0), u = x) => x.scatter(index, u, { mode: "add" }).sin(),
      [varied([4, 2]), varied([5, 2], 2)],
    ],
    [
      "putAlongAxis",
      (x = tensor(0), u = x) => x.putAlongAxis(tensor([[1, 0]], { dtype: "i32" }), u, 0).sin(),
      [varied([3, 2]), varied([1, 2], 2)],
    ],
    [
      "solve",
      (a = tensor(0), b = a) => linalg.solve(dominant(a), b),
      [varied([2, 3, 3]), varied([2, 3, 2], 2)],
    ],
    ["inv", (a = tensor(0)) => linalg.inv(dominant(a)), [varied([3, 3])]],
    ["det", (a = tensor(0)) => linalg.det(a), [varied([2, 3, 3])]],
    [
      "triangularSolve",
      (a = tensor(0), b = a) => linalg.triangularSolve(dominant(a), b, { upper: true }),
      [varied([3, 3]), varied([3, 2], 2)],
    ],
    [
      "triangularSolve, transposed, unit",
      (a = tensor(0), b = a) => linalg.triangularSolve(a, b, { transpose: true, unit: true }),
      [varied([3, 3]), varied([3, 2], 2)],
    ],
    ["cholesky", (a = tensor(0)) => linalg.cholesky(positive(a)).sin(), [varied([2, 3, 3])]],
    ["eigh", (a = tensor(0)) => linalg.eigh(symmetric(a)).values.sin(), [varied([3, 3])]],
    [
      "eigh, vectors",
      (a = tensor(0)) => {
        const { vectors } = linalg.eigh(apart(a));
        return vectors.mul(vectors).mul(tensor.iota([3, 3], "f32"));
      },
      [varied([3, 3])],
    ],
    ["svd, values", (a = tensor(0)) => linalg.svd(a).s.sin(), [varied([4, 3])]],
    ["rfft", (x = tensor(0)) => fft.rfft(x).sin(), [varied([2, 6])]],
    ["irfft and dct", (x = tensor(0)) => fft.dct(fft.irfft(x)), [varied([4, 2])]],
    ["sparse", (v = tensor(0), x = v) => sparse.matmul(links(v), x).sin(), [varied([5]), varied([3, 2], 2)]],
    ["cumprod, with zeros", (x = tensor(0)) => x.cumprod(0).sin(), [holes]],
    [
      "cumprod, reverse and exclusive",
      (x = tensor(0)) => x.cumprod(0, { reverse: true, exclusive: true }).sin(),
      [holes],
    ],
    ["cummax", (x = tensor(0)) => x.cummax(0).sin(), [varied([7, 2])]],
    ["cummin, reverse", (x = tensor(0)) => x.cummin(1, { reverse: true }).sin(), [varied([2, 7])]],
    ["segmentProd", (x = tensor(0)) => cell.segmentProd(x, ids, 3).sin(), [holes]],
    ["segmentMax", (x = tensor(0)) => cell.segmentMax(x, ids, 2).sin(), [varied([5, 2])]],
    ["segmentMin", (x = tensor(0)) => cell.segmentMin(x, ids, 2).sin(), [varied([5, 2])]],
    ["qr, q", (a = tensor(0)) => linalg.qr(a).q.sin(), [varied([2, 4, 3])]],
    ["qr, r", (a = tensor(0)) => linalg.qr(a).r.sin(), [varied([2, 4, 3])]],
    ["lstsq", (a = tensor(0), b = a) => linalg.lstsq(a, b), [varied([5, 3]), varied([5, 2], 2)]],
    [
      "svd, u",
      (a = tensor(0)) =>
        linalg
          .svd(a)
          .u.square()
          .mul(tensor.iota([4, 3], "f32")),
      [varied([4, 3])],
    ],
    [
      "svd, vt",
      (a = tensor(0)) =>
        linalg
          .svd(a)
          .vt.square()
          .mul(tensor.iota([3, 3], "f32")),
      [varied([4, 3])],
    ],
    [
      "svd, all of a wide one",
      (a = tensor(0)) => {
        const { u, s, vt } = linalg.svd(a);
        return u.mul(s.sin().reshape(1, 3)).matmul(vt);
      },
      [varied([3, 4])],
    ],
  ])("[LG1] %s", async (_, work, inputs) => {
    const found = await gradcheck(work, inputs);
    expect(found.passed ? "passed" : JSON.stringify(found)).toBe("passed");
  });

  test.each<readonly [string, (x: Tensor) => Tensor, Tensor]>([
    ["cumprod, with zeros", (x) => x.cumprod(0).sin(), holes],
    ["cummax", (x) => x.cummax(0).sin(), varied([5, 2])],
    ["prod, with zeros", (x) => x.prod(0).sin().add(x.prod()), holes],
    ["segmentProd", (x) => cell.segmentProd(x, ids, 3).sin(), holes],
    [
      "scatter by mul",
      (x) =>
        x.scatter(tensor([0, 2, 0, 1], { dtype: "i32" }), x.add(0.5).at([0, 1, 1, 0]), { mode: "mul" }).sin(),
      holes,
    ],
    ["qr", (a) => linalg.qr(a).q.mul(linalg.qr(a).r.sum()), varied([3, 2])],
    ["eigh", (a) => linalg.eigh(apart(a)).values.sin(), varied([3, 3])],
    ["svd", (a) => linalg.svd(a).s.sin(), varied([3, 2])],
  ])("[LG2] the gradient of %s has a gradient", async (_, work, input) => {
    const slope = (x: Tensor) =>
      cell.grad((y: Tensor) =>
        work(y)
          .mul(tensor.iota(work(y).shape, "f32").cos())
          .sum(),
      )(x);
    const found = await gradcheck(slope, [input]);
    expect(found.passed ? "passed" : JSON.stringify(found)).toBe("passed");
  });

  test("[LG4] elements and updates that meet share the gradient of an extreme; of a product with zeros each has the others", async () => {
    const met = tensor([0, 0, 2, 9], { dtype: "i32" });
    const slopes = async (mode: "max" | "mul", base: readonly number[], updates: readonly number[]) => {
      const work = (x: Tensor, y: Tensor): Tensor =>
        x
          .scatter(met, y, { mode })
          .mul(tensor([1, 10, 100]))
          .sum();
      const [b, u] = [tensor(base), tensor(updates)];
      const [ofBase, ofUpdates] = [
        cell.grad((x: Tensor) => work(x, u))(b),
        cell.grad((y: Tensor) => work(b, y))(u),
      ];
      return [await ofBase.array(), await ofUpdates.array()];
    };
    expect(await slopes("max", [4, 1, 3], [4, 2, 7, 50])).toEqual([
      [0.5, 10, 0],
      [0.5, 0, 100, 0],
    ]);
    expect(await slopes("mul", [0, 1, 3], [5, 2, 0, 50])).toEqual([
      [10, 10, 0],
      [0, 0, 300, 0],
    ]);
  });

  test.each([false, true])(
    "[LG5] along long rows of few, running products go back in parts (reverse: %s)",
    async (reverse) => {
      const { grad, nmse, host, tensor: make } = open();
      const row = Array.from({ length: 9000 }, (_, at) => (at === 5000 ? 0 : 1 + Math.sin(at) / 50));
      const rows = [row, row.toReversed()];
      const found = await grad((y: Tensor) => y.cumprod(1, { reverse }).sum())(make(rows)).data();
      const turned = (one: readonly number[]): readonly number[] => (reverse ? one.toReversed() : one);
      expect(
        nmse(
          found,
          rows.flatMap((one) => turned(slopesOfProducts(turned(one)))),
        ),
      ).toBeLessThan(1e-9);
      const names = host.graphs.flatMap(({ kernels }) => kernels.map(({ name }) => name));
      expect(names).toContain("recurrence_parts");
    },
  );

  test.each([false, true])("[LG6] and so do running extremes with ties (reverse: %s)", async (reverse) => {
    const half = 4500;
    const x = tensor(Array.from({ length: 2 * half }, (_, at) => Math.floor(at / half)));
    const found = await cell
      .grad((y: Tensor) => y.cummax(0, { reverse }).sum())(x)
      .data();
    // Element k of a plateau shares with those before it, then has its part of all that comes.
    let sum = 0;
    const shares = Array.from({ length: half }, (_, at) => (sum += 1 / (half - at))).toReversed();
    const ofAll = shares.toReversed().map((share) => share + 1);
    const wanted = reverse ? [...shares.map(() => 0), ...ofAll] : [...shares, ...shares];
    expect(cell.nmse(found, wanted)).toBeLessThan(1e-9);
  });

  test("[LG3] equal running extremes share the gradient evenly, as those of max do; from a NaN on there is none", async () => {
    const slope = (x: Tensor) =>
      cell.grad((y: Tensor) =>
        y
          .cummax()
          .mul(tensor([1, 10, 100, 1000]))
          .sum(),
      )(x);
    expect(await slope(tensor([2, 2, 1, 3])).array()).toEqual([56, 55, 0, 1000]);
    expect(await slope(tensor([1, Number.NaN, 3, 3])).array()).toEqual([1, 0, 0, 0]);
  });
});

/** Of the sum of running products x[0], x[0] x[1], ...: before[k] (1 + x[k + 1] (1 + x[k + 2] (...))). */
function slopesOfProducts(row: readonly number[]): readonly number[] {
  let behind = 0;
  const inner = row.map(() => 0);
  for (let at = row.length - 1; at >= 0; at--) inner[at] = behind = 1 + (row[at + 1] ?? 0) * behind;
  let product = 1;
  return row.map((value, at) => {
    const slope = product * (inner[at] ?? 0);
    product *= value;
    return slope;
  });
}
