// Each rule against a loop over the examples.
import { describe, expect, test } from "vitest";
import type { NodeBody } from "../../expr.ts";
import type { Tensor } from "../../tensor.ts";
import { kernelOf, open, type TestCell } from "../../testing/cell.ts";

const list = async (tensor: Tensor): Promise<readonly number[]> => Array.from(await tensor.data(), Number);

type Work = (a: Tensor, b: Tensor) => Tensor;
interface Case {
  readonly work: Work;
  readonly a: readonly number[];
  readonly b: readonly number[];
}

const rows = [2, 0, 2, 1];

/** A function of two tensors for each kind of node; nothing where there is none to map. */
const cases: Record<NodeBody["kind"], Case | undefined> = {
  input: undefined,
  fill: undefined,
  iota: undefined,
  tileCall: undefined,
  result: undefined,
  unary: { work: (a, b) => a.sin().add(b.exp()), a: [3], b: [3] },
  binary: { work: (a, b) => a.sub(b).mul(a), a: [2, 3], b: [3] },
  select: { work: (a, b) => a.gt(0).where(a, b), a: [2, 3], b: [2, 3] },
  cast: { work: (a, b) => a.mul(3).cast("i32").cast("f32").add(b), a: [4], b: [4] },
  reduce: { work: (a, b) => a.max(1).add(b.sum()).add(a.argmax(1)), a: [2, 3], b: [4] },
  reshape: { work: (a, b) => a.reshape(3, 2).add(b), a: [2, 3], b: [2] },
  permute: { work: (a, b) => a.permute(2, 0, 1).mul(b.T), a: [2, 3, 4], b: [3, 2] },
  broadcast: { work: (a, b) => a.reshape(2, 1).add(b), a: [2], b: [3] },
  slice: { work: (a, b) => a.slice(1, 1, 3).add(b.row(-1)), a: [2, 4], b: [3, 2] },
  paste: { work: (a, b) => a.slice(0, 0, 2).add(b.pad([[1, 0]])), a: [3], b: [1] },
  window: undefined,
  take: { work: (a, b) => a.take(rows).add(b.take([1, 0, 1, 1])), a: [3, 2], b: [2, 2] },
  matmul: { work: (a, b) => a.matmul(b).matmul(b, { transposeRight: true }), a: [2, 3], b: [3, 4] },
  attention: { work: (a, b) => a.attention(b, b.sin(), { causal: true }), a: [4, 5, 2], b: [2, 6, 2] },
};

const count = 3;

const of = (side: Tensor, axis: number | null | undefined, at: number, shape: readonly number[]) =>
  axis === null || axis === undefined ? side : side.slice(axis, at, at + 1).reshape([...shape]);

const attend: Work = (a, b) => a.attention(b, b);

const picked = (x: Tensor, at: Tensor) => x.take(at);

const problem = ({ nn, random, tensor }: TestCell) => ({
  params: { w: random.normal([4, 3], { seed: 1 }), b: tensor([0.1, 0, -0.2]) },
  x: random.normal([5, 4], { seed: 2 }),
  y: tensor([0, 2, 1, 1, 0], { dtype: "i32" }),
  loss: ({ w, b }: { readonly w: Tensor; readonly b: Tensor }, x: Tensor, y: Tensor) =>
    nn.crossEntropy(x.matmul(w).tanh().add(b).softmax(), y),
});

const faulty = (code: string): unknown => expect.objectContaining({ code, hint: expect.any(String) });

const add: Work = (a, b) => a.add(b);

async function expectLoop(
  work: Work,
  { a, b }: Pick<Case, "a" | "b">,
  axes: readonly (number | null)[],
): Promise<void> {
  const { random, vmap } = open();
  const shaped = (shape: readonly number[], axis: number | null | undefined) =>
    axis === null || axis === undefined ? shape : [...shape.slice(0, axis), count, ...shape.slice(axis)];
  const [x, y] = [
    random.normal(shaped(a, axes[0]), { seed: 1 }),
    random.normal(shaped(b, axes[1]), { seed: 2 }),
  ];
  const wanted: number[] = [];
  for (let at = 0; at < count; at++)
    wanted.push(...(await list(work(of(x, axes[0], at, a), of(y, axes[1], at, b)))));
  const found = vmap(work, axes)(x, y);
  expect(found.shape[0]).toBe(count);
  const values = await list(found);
  expect(values).toHaveLength(wanted.length);
  values.forEach((value, at) => expect(value).toBeCloseTo(wanted[at] ?? NaN, 4));
}

describe("vmap", () => {
  const known = Object.entries(cases).flatMap(([kind, one]) =>
    one === undefined ? [] : [[kind, one] as const],
  );
  test.each(known)("[D24] %s: as a loop over the examples, of either argument or both", async (_, one) => {
    for (const axes of [
      [0, 0],
      [0, null],
      [null, 0],
      [1, 0],
    ])
      await expectLoop(one.work, one, axes);
  });

  test("[D25] attention with batches, and rows by mapped numbers", async () => {
    for (const axes of [
      [0, 0],
      [0, null],
      [null, 0],
    ])
      await expectLoop(attend, { a: [2, 2, 3, 2], b: [2, 1, 4, 2] }, axes);
    const { tensor, vmap } = open();
    const ids = tensor(
      [
        [0, 2],
        [1, 1],
      ],
      { dtype: "i32" },
    );
    const table = tensor([
      [10, 20, 30],
      [40, 50, 60],
    ]);
    expect(await vmap(picked)(table, ids).array()).toEqual([
      [10, 30],
      [50, 50],
    ]);
    expect(await vmap(picked, [null, 0])(table.row(0), ids).array()).toEqual([
      [10, 30],
      [20, 20],
    ]);
  });

  test("[D26] the gradient of each example; their mean is that of all", async () => {
    const cell = open();
    const { params, x, y, loss } = problem(cell);
    const each = cell.vmap(cell.grad(loss), [null, 0, 0])(params, x, y);
    expect(each.w.shape).toEqual([5, 4, 3]);
    const third = cell.grad(loss)(params, x.row(3), y.row(3));
    const own = await list(third.w);
    (await list(each.w.row(3))).forEach((value, at) => expect(value).toBeCloseTo(own[at] ?? NaN, 6));
    const whole = await list(cell.grad(loss)(params, x, y).b);
    (await list(each.b.mean(0))).forEach((value, at) => expect(value).toBeCloseTo(whole[at] ?? NaN, 6));
  });

  test("[D27] can be differentiated, with gradients of its own inside", async () => {
    const { customGrad, gradcheck, random, tensor, vmap } = open();
    const scaled = customGrad(
      (x: Tensor, w: Tensor) => x.mul(w),
      (g, _, x, w) => [g.mul(w), g.mul(x)],
    );
    const work = (xs: Tensor, w: Tensor) => vmap((x: Tensor) => scaled(x, w).softmax())(xs);
    expect(
      (await gradcheck(work, [random.normal([3, 4], { seed: 1 }), tensor([1, 2, -1, 0.5])])).passed,
    ).toBe(true);
  });

  test("[D41] a gradient of its own that reads a mapped tensor by name has that of each example", async () => {
    const { customGrad, grad, tensor, vmap } = open();
    const scaled = (x: Tensor, w: Tensor) =>
      customGrad(
        (a: Tensor) => a.mul(w),
        (g) => g.mul(w),
      )(x);
    const slope = grad((xs: Tensor) => vmap(scaled)(xs, tensor([[1], [20], [300]])).sum())(
      tensor([[1], [2], [3]]),
    );
    expect(await list(slope)).toEqual([1, 20, 300]);
  });

  test("[D28] mistakes are faults with a hint", () => {
    const cell = open();
    const { tensor, vmap, out } = cell;
    const f = kernelOf(cell, "(x: Ptr, y: Ptr) => { store(y, load(x)); }");
    const [x, y] = [tensor([1, 2]), tensor([1, 2, 3])];
    expect(() => vmap(add)(x, y)).toThrow(faulty("vmap/size"));
    expect(() => vmap(add, [null, null])(x, y)).toThrow(faulty("vmap/size"));
    expect(() => vmap(add, [0])(x, x)).toThrow(faulty("vmap/axes"));
    expect(() => vmap(add, [0, 1])(x, x)).toThrow(faulty("shape/axis"));
    expect(() => vmap((a: Tensor) => f.launch(1, a.reshape(1), out(1)))(x)).toThrow(faulty("vmap/kernel"));
  });
});
