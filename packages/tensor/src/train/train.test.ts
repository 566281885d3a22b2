import { decodeGraph, encodeGraph, type Graph } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import type { Tensor } from "../tensor.ts";
import { open, type TestCell } from "../testing/cell.ts";
import type { Optimizer } from "./optimizers.ts";

const list = async (tensor: Tensor): Promise<readonly number[]> => Array.from(await tensor.data(), Number);

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

function fault(code: string): unknown {
  return expect.objectContaining({ code, message: expect.any(String) });
}

describe("losses", () => {
  const logits = [
    [1, -2, 0.5],
    [0, 3, -1],
  ];
  const labels = [2, 1];

  test("[N1] are what their definitions give", async () => {
    const { nn, tensor } = open();
    const [p, t] = [tensor([1, -2, 4]), tensor([0.5, -2, 1])];
    expect(await nn.meanSquare(p, t).item()).toBeCloseTo((0.25 + 0 + 9) / 3, 6);
    // 0.5^2 / 2, 0, and 2 (3 - 1).
    expect(await nn.huber(p, t, { delta: 2 }).item()).toBeCloseTo((0.125 + 0 + 4) / 3, 6);
    const logSoftmax = logits.map((row) => {
      const total = Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0));
      return row.map((x) => x - total);
    });
    const given = [tensor(logits), tensor(labels, { dtype: "i32" })] as const;
    const plain = logSoftmax.map((row, at) => -(row[labels[at] ?? 0] ?? 0));
    expect(await nn.crossEntropy(...given).item()).toBeCloseTo(((plain[0] ?? 0) + (plain[1] ?? 0)) / 2, 6);
    const even = logSoftmax.map((row) => -row.reduce((sum, x) => sum + x, 0) / 3);
    const smooth = plain.map((own, at) => 0.9 * own + 0.1 * (even[at] ?? 0));
    expect(await nn.crossEntropy(...given, { smoothing: 0.1 }).item()).toBeCloseTo(
      ((smooth[0] ?? 0) + (smooth[1] ?? 0)) / 2,
      6,
    );
    const binary = [1, -2, 0.5].map((x, at) => {
      const target = [1, 0, 0.3][at] ?? 0;
      return -target * Math.log(sigmoid(x)) - (1 - target) * Math.log(1 - sigmoid(x));
    });
    expect(await nn.binaryCrossEntropy(tensor([1, -2, 0.5]), tensor([1, 0, 0.3])).item()).toBeCloseTo(
      binary.reduce((sum, x) => sum + x, 0) / 3,
      6,
    );
    expect(await nn.accuracy(tensor(logits), tensor([0, 2], { dtype: "i32" })).item()).toBe(0.5);
  });

  test("[N2] have right gradients, and stay finite where the plain formula does not", async () => {
    const { gradcheck, grad, nn, tensor } = open();
    const numbers = tensor(labels, { dtype: "i32" });
    const [p, t] = [tensor([1.1, -2, 4]), tensor([0.5, -2.2, 1])];
    const checks = [
      gradcheck((a: Tensor, b: Tensor) => nn.meanSquare(a, b), [p, t]),
      gradcheck((a: Tensor, b: Tensor) => nn.huber(a, b, { delta: 2 }), [p, t]),
      gradcheck((x: Tensor) => nn.crossEntropy(x, numbers, { smoothing: 0.2 }), [tensor(logits)]),
      gradcheck((a: Tensor, b: Tensor) => nn.binaryCrossEntropy(a, b), [p, t]),
    ];
    expect((await Promise.all(checks)).map(({ passed }) => passed)).toEqual([true, true, true, true]);
    const huge = tensor([[1000, -1000, 0]]);
    const first = tensor([1], { dtype: "i32" });
    expect(await nn.crossEntropy(huge, first).item()).toBe(2000);
    expect(await list(grad((x: Tensor) => nn.crossEntropy(x, first))(huge))).toEqual([1, -1, 0]);
    expect(await nn.binaryCrossEntropy(tensor([-1000, 1000]), tensor([1, 1])).item()).toBe(500);
    // sigmoid(0) - 0.
    expect(await list(grad((x: Tensor) => nn.binaryCrossEntropy(x, tensor([0])))(tensor([0])))).toEqual([
      0.5,
    ]);
  });

  test("[N3] shapes do not broadcast, labels are numbers of classes", async () => {
    const { nn, tensor } = open();
    expect(() => nn.meanSquare(tensor([1, 2]), tensor([[1], [2]]))).toThrow(fault("loss/shape"));
    expect(() => nn.crossEntropy(tensor(logits), tensor([2, 1]))).toThrow(fault("loss/labels"));
    expect(() => nn.crossEntropy(tensor(logits), tensor([2], { dtype: "i32" }))).toThrow(
      fault("loss/labels"),
    );
    const good = tensor(labels, { dtype: "i32" });
    for (const label of [3, -1])
      expect(() => nn.crossEntropy(tensor(logits), tensor([0, label], { dtype: "i32" }))).toThrow(
        fault("loss/labels"),
      );
    // Of numbers that only the device knows, the loss tells.
    const made = good.add(tensor([0, 3], { dtype: "i32" }));
    expect(await nn.crossEntropy(tensor(logits), made).item()).toBeNaN();
    expect(await nn.crossEntropy(tensor(logits), good.add(0)).item()).toBe(
      await nn.crossEntropy(tensor(logits), good).item(),
    );
    expect(() => nn.crossEntropy(tensor(logits), good, { smoothing: 1 })).toThrow(fault("loss/smoothing"));
  });
});

/** Two steps of an optimizer on one parameter of two elements, in f64, with these gradients. */
async function twoSteps(cell: TestCell, optimizer: Optimizer): Promise<readonly number[]> {
  let params = { w: cell.tensor([0.5, -2]) };
  let state = optimizer.init(params);
  for (const g of [
    [0.25, 1],
    [-0.5, 0.125],
  ])
    ({ params, state } = optimizer.update({ w: cell.tensor(g) }, state, params));
  expect(state.step).toBe(2);
  return Array.from(await cell.reference(params.w));
}

/** Algorithm 1 of Kingma and Ba: the way without the rate. */
function adamWay(g: number, t: number, memory: number[], epsilon: number): number {
  memory[0] = 0.9 * (memory[0] ?? 0) + 0.1 * g;
  memory[1] = 0.999 * (memory[1] ?? 0) + 0.001 * g * g;
  const [m, v] = [(memory[0] ?? 0) / (1 - 0.9 ** t), (memory[1] ?? 0) / (1 - 0.999 ** t)];
  return m / (Math.sqrt(v) + epsilon);
}

const { optimizers } = open();

async function expectSteps(optimizer: Optimizer, wanted: readonly number[]): Promise<void> {
  const found = await twoSteps(open(), optimizer);
  found.forEach((value, at) => expect(value).toBeCloseTo(wanted[at] ?? NaN, 12));
}

describe("optimizers", () => {
  const start = [0.5, -2] as const;
  const both = [
    [0.25, -0.5],
    [1, 0.125],
  ] as const;
  /** By hand, element by element: the formula of the paper as a loop over the steps. */
  const byHand = (step: (p: number, g: number, t: number, memory: number[]) => number): readonly number[] =>
    start.map((first, at) => {
      const memory = [0, 0];
      return (both[at] ?? []).reduce<number>((p, g, t) => step(p, g, t + 1, memory), first);
    });
  test("[N4] sgd, with momentum and Nesterov's", async () => {
    await expectSteps(
      optimizers.sgd({ rate: 0.1 }),
      byHand((p, g) => p - 0.1 * g),
    );
    await expectSteps(
      optimizers.sgd({ rate: (step) => 0.1 / (step + 1) }),
      byHand((p, g, t) => p - (0.1 / t) * g),
    );
    await expectSteps(
      optimizers.sgd({ rate: 0.1, momentum: 0.9 }),
      byHand((p, g, _, memory) => p - 0.1 * (memory[0] = 0.9 * (memory[0] ?? 0) + g)),
    );
    await expectSteps(
      optimizers.sgd({ rate: 0.1, momentum: 0.9, nesterov: true }),
      byHand((p, g, _, memory) => p - 0.1 * (g + 0.9 * (memory[0] = 0.9 * (memory[0] ?? 0) + g))),
    );
  });

  test("[N5] adam, adamW", async () => {
    await expectSteps(
      optimizers.adam({ rate: 0.1 }),
      byHand((p, g, t, memory) => p - 0.1 * adamWay(g, t, memory, 1e-8)),
    );
    await expectSteps(
      optimizers.adamW({ rate: 0.1, decay: 0.3 }),
      byHand((p, g, t, memory) => p - 0.1 * (adamWay(g, t, memory, 1e-8) + 0.3 * p)),
    );
  });

  test("[N6] lamb: the step of a tensor is as long as the tensor times the rate", async () => {
    let p = [0.5, -2];
    const memories = [
      [0, 0],
      [0, 0],
    ];
    for (const t of [1, 2]) {
      const way = p.map((x, at) => adamWay(both[at]?.[t - 1] ?? 0, t, memories[at] ?? [], 1e-6) + 0.01 * x);
      const trust = Math.hypot(...p) / Math.hypot(...way);
      p = p.map((x, at) => x - 0.1 * trust * (way[at] ?? 0));
    }
    await expectSteps(optimizers.lamb({ rate: 0.1 }), p);
    const { tensor, ...cell } = open();
    const zero = { w: tensor([0, 0]) };
    const lamb = cell.optimizers.lamb({ rate: 0.1 });
    const moved = lamb.update({ w: tensor([1, -1]) }, lamb.init(zero), zero);
    expect((await list(moved.params.w))[0]).toBeCloseTo(-0.1, 5);
  });

  test("[N7] clipping scales all by one number, and only down", async () => {
    const { tensor, tree } = open();
    const grads = { a: tensor([3]), b: [tensor([0, 4])] };
    expect(await tree.norm(grads).item()).toBe(5);
    const clipped = optimizers.clipByGlobalNorm(grads, 2.5);
    expect([await list(clipped.a), await list(clipped.b[0] as Tensor)]).toEqual([[1.5], [0, 2]]);
    expect(await list(optimizers.clipByGlobalNorm(grads, 6).a)).toEqual([3]);
    // More of one size than are summed together, two shapes of it, halves, and one number.
    const many = Array.from({ length: 11 }, (_, at) =>
      tensor([at, at + 1, -at, 2], { shape: at < 6 ? [4] : [2, 2] }),
    );
    const others = [
      tensor([3, 4, 0, 1], { dtype: "f16" }),
      tensor([1, 1, 2, 1], { dtype: "f16" }),
      tensor([7]),
    ];
    const squares = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((at) => 2 * at ** 2 + (at + 1) ** 2 + 4);
    const whole = squares.reduce((sum, one) => sum + one) + 26 + 7 + 49;
    expect(await tree.norm([many, others]).item()).toBeCloseTo(Math.sqrt(whole), 4);
  });

  test("[N8] schedules, and options that make no sense", () => {
    const { schedules } = open();
    expect([0, 5, 10, 99].map(schedules.linear({ from: 1, to: 0, steps: 10 }))).toEqual([1, 0.5, 0, 0]);
    const cosine = schedules.cosine({ rate: 2, steps: 14, warmup: 4, least: 1 });
    [0.5, 1, 1.5, 2, 2].forEach((rate, step) => expect(cosine(step)).toBeCloseTo(rate, 12));
    expect([cosine(9), cosine(14), cosine(90)].map((rate) => Math.round(rate * 1e9) / 1e9)).toEqual([
      1.5, 1, 1,
    ]);
    expect([0, 2, 3, 6].map(schedules.stepwise({ rate: 8, every: 3, factor: 0.5 }))).toEqual([8, 8, 4, 2]);
    expect(schedules.constant(3)(7)).toBe(3);
    expect(() => schedules.cosine({ rate: 1, steps: 4, warmup: 4 })).toThrow(fault("train/steps"));
    expect(() => optimizers.sgd({ rate: 1, momentum: 1 })).toThrow(fault("train/option"));
  });
});

describe("initial values", () => {
  test("[N9] have the spread of their papers, the same for a seed", async () => {
    const { nn } = open();
    const square = async (tensor: Tensor) => {
      const values = await list(tensor);
      return values.reduce((sum, x) => sum + x * x, 0) / values.length;
    };
    const shape = [60, 100];
    expect(await square(nn.glorotUniform(shape, { seed: 1 }))).toBeCloseTo(2 / 160, 3);
    expect(await square(nn.glorotNormal(shape, { seed: 1 }))).toBeCloseTo(2 / 160, 3);
    expect(await square(nn.heUniform(shape, { seed: 1 }))).toBeCloseTo(2 / 60, 2);
    expect(await square(nn.heNormal([3, 20, 100], { seed: 1 }))).toBeCloseTo(2 / 60, 2);
    const cut = await list(nn.truncatedNormal(5000, { seed: 3, deviation: 0.5 }));
    expect(Math.max(...cut.map(Math.abs))).toBeLessThanOrEqual(1);
    expect(cut).toEqual(await list(nn.truncatedNormal(5000, { seed: 3, deviation: 0.5 })));
    expect(() => nn.heNormal(5)).toThrow(fault("initial/shape"));
  });
});

describe("orthogonal initial values", () => {
  test.each([
    [[6, 10], 6],
    [[10, 6], 6],
    [[2, 3, 4], 4],
    [[1, 5], 1],
  ])(
    "[N11] %o: the shorter side's vectors are orthogonal, of the length that is asked for",
    async (shape, count) => {
      const { nn } = open();
      const values = nn.orthogonal(shape, { seed: 4, gain: 3 });
      const wide = values.reshape(-1, shape.at(-1) ?? 1);
      const [rows = 1, columns = 1] = wide.shape;
      const products = await list(rows <= columns ? wide.matmul(wide.T) : wide.T.matmul(wide));
      const wanted = Array.from({ length: count * count }, (_, at) => (at % (count + 1) === 0 ? 9 : 0));
      products.forEach((value, at) => expect(value).toBeCloseTo(wanted[at] ?? NaN, 5));
      expect(products).toHaveLength(count * count);
    },
  );

  test("[N12] the same for a seed, any direction for others: the first number of many has mean 0 and variance 1/n", async () => {
    const { nn } = open();
    const firsts: number[] = [];
    for (let seed = 0; seed < 400; seed++)
      firsts.push((await list(nn.orthogonal([4, 4], { seed })))[0] ?? NaN);
    const mean = firsts.reduce((sum, x) => sum + x, 0) / firsts.length;
    const square = firsts.reduce((sum, x) => sum + x * x, 0) / firsts.length;
    // Of 400, their deviations are 0.025 and 0.009.
    expect(Math.abs(mean)).toBeLessThan(0.1);
    expect(Math.abs(square - 0.25)).toBeLessThan(0.05);
    const [first, again] = [1, 2].map(() => list(nn.orthogonal([4, 4], { seed: 9 })));
    expect(await first).toEqual(await again);
    expect(() => nn.orthogonal(5)).toThrow(fault("initial/shape"));
  });
});

/** Which of two half planes a point is in, by a network of one hidden layer. */
function problem(cell: TestCell) {
  const { nn, random, tensor } = cell;
  const params = {
    first: { w: nn.heNormal([2, 8], { seed: 1 }), b: tensor.zeros(8) },
    second: { w: nn.heNormal([8, 2], { seed: 2 }), b: tensor.zeros(2) },
  };
  const net = ({ first, second }: typeof params, x: Tensor) =>
    x.matmul(first.w).add(first.b).maximum(0).matmul(second.w).add(second.b);
  const loss = (step: number) => (now: typeof params) => {
    const x = random.normal([16, 2], { seed: 100 + (step % 4) });
    const y = x
      .slice(1, 0, 1)
      .add(x.slice(1, 1, 2))
      .gt(0)
      .cast("i32")
      .reshape(16);
    return nn.crossEntropy(net(now, x), y);
  };
  return { params, loss };
}

/** A graph without its tensors and numbers. */
function formOf(graph: Graph): string {
  const { nodes, outputs } = decodeGraph(encodeGraph(graph));
  return JSON.stringify([nodes, outputs], (key, value: unknown) =>
    ["tensor", "value", "span"].includes(key) ? undefined : value,
  );
}

async function trained(steps: number) {
  const cell = open();
  const { params, loss } = problem(cell);
  const model = cell.trainer({ params, optimizer: cell.optimizers.adam({ rate: 0.02 }), clip: 5 });
  const [losses, alive]: [number[], number[]] = [[], []];
  for (let step = 0; step < steps; step++) {
    losses.push(await model.step(loss(step)));
    alive.push(cell.host.alive.size);
  }
  return { cell, model, losses, alive };
}

describe("trainer", () => {
  test("[N10] 200 steps: as many tensors as after the first one, a run a step, the same again with the same seed", async () => {
    const { alive, losses, cell, model } = await trained(200);
    // The first weights are the cell's own; then parameters, means and squares of four.
    expect(new Set(alive)).toEqual(new Set([4 + 3 * 4]));
    // Zeros are made in one run; then all steps are one graph, but for its tensors and numbers.
    const [zeros, ...steps] = cell.host.graphs;
    expect([steps.length, zeros?.nodes.every(({ kind }) => kind === "fill" || kind === "input")]).toEqual([
      200,
      true,
    ]);
    expect(new Set(steps.map((graph) => formOf(graph))).size).toBe(1);
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) / 3);
    expect(model.count).toBe(200);
    expect((await trained(20)).losses).toEqual(losses.slice(0, 20));
  });

  test("[N11] stop and go on: parameters and state as data give the same as one training", async () => {
    const { cell, model, losses } = await trained(6);
    const again = cell.trainer({
      params: model.params,
      state: model.state,
      optimizer: cell.optimizers.adam({ rate: 0.02 }),
      clip: 5,
    });
    const { loss } = problem(cell);
    const whole = await trained(9);
    for (const step of [6, 7, 8]) losses.push(await again.step(loss(step)));
    expect(losses).toEqual(whole.losses);
  });

  test("[N12] parameters that were given out stay when the training goes on; a step that fails changes nothing", async () => {
    const { cell, model } = await trained(2);
    const { loss } = problem(cell);
    const kept = model.params;
    const before = await list(kept.first.w);
    const wrong = () => cell.tensor([1, 2]);
    await expect(model.step(wrong)).rejects.toMatchObject({ code: "grad/scalar" });
    expect([model.count, await list(model.params.first.w)]).toEqual([2, before]);
    await model.step(loss(2));
    expect(await list(kept.first.w)).toEqual(before);
    expect(await list(model.params.first.w)).not.toEqual(before);
    expect(() => cell.trainer({ params: { w: 3 }, optimizer: cell.optimizers.sgd({ rate: 1 }) })).toThrow(
      fault("train/params"),
    );
  });

  test("[N15] a step whose run fails or is stopped leaves parameters, count and memory as they were, and can be done again", async () => {
    const { cell, model, losses } = await trained(3);
    const alive = cell.host.alive.size;
    const { loss } = problem(cell);
    cell.host.beforeRun = () => {
      throw new Error("stopped");
    };
    await expect(model.step(loss(3))).rejects.toThrow("stopped");
    cell.host.beforeRun = () => undefined;
    expect([model.count, cell.host.alive.size]).toEqual([3, alive]);
    losses.push(await model.step(loss(3)));
    expect(losses).toEqual((await trained(4)).losses);
    expect(cell.host.alive.size).toBe(alive);
  });

  test("[N16] two steps at once, a loss of other tensors and a missing optimizer are refused; the next step works", async () => {
    const cell = open();
    const { tensor, trainer } = cell;
    const w = tensor([1]);
    const model = trainer({ params: { w }, optimizer: cell.optimizers.sgd({ rate: 0.25 }) });
    await expect(model.step(() => w.square().sum())).rejects.toEqual(fault("train/apart"));
    const first = model.step((params) => params.w.square().sum());
    await expect(model.step((params) => params.w.square().sum())).rejects.toEqual(fault("train/busy"));
    expect(await first).toBe(1);
    expect(await model.step((params) => params.w.square().sum())).toBe(0.25);
    expect(model.count).toBe(2);
    expect(() => trainer({ params: { w } } as never)).toThrow(fault("train/option"));
  });

  test("[N13] closing the scope of the cell that made it frees all of it", async () => {
    const cell = open();
    const scope = cell.tensors.openScope("a");
    const { params, loss } = problem(cell);
    const model = cell.trainer({ params, optimizer: cell.optimizers.sgd({ rate: 0.1, momentum: 0.9 }) });
    const other = cell.tensors.openScope("b");
    await model.step(loss(0));
    await model.step(loss(1));
    other.close();
    const reader = cell.tensors.openScope("c");
    expect(await list(model.params.first.b)).toHaveLength(8);
    reader.close();
    scope.close();
    expect(cell.host.alive.size).toBe(0);
  });
});

describe("trees", () => {
  test("[N14] map goes leaf by leaf over trees of one form; leaves are in order", async () => {
    const { tensor, tree } = open();
    const params = { w: tensor([1, 2]), parts: [tensor([3]), 5] };
    const sums = tree.map((a, b) => a?.add(b ?? 0), params, params);
    expect(await Promise.all(tree.leaves(sums).map(list))).toEqual([[2, 4], [6]]);
    expect(sums.parts[1]).toBe(5);
    expect(() => tree.map((a) => a, [params.w], [])).toThrow(fault("tree/form"));
    expect(() => tree.norm({ a: 1 })).toThrow(fault("tree/empty"));
  });
});
