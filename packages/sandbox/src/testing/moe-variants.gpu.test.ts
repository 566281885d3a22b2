import { type Clock, realClock } from "@tilebook/base";
import { ofToday, partOfDay } from "@tilebook/ir/testing";
import { watched } from "@tilebook/runtime/testing";
import type { Tensor } from "@tilebook/tensor";
import type { TestCell } from "@tilebook/tensor/testing";
import { describe, expect, test } from "vitest";
import { openOnExecutor } from "./executor-cell.ts";
import { openOnGpu } from "./gpu-cell.ts";

/** SwiftShader compiles each kernel for seconds. */
const slowMs = 120_000;

const [tokens, width, hidden, experts] = [14, 8, 6, 6];

interface Weights {
  readonly x: Tensor;
  readonly gate: Tensor;
  readonly w1: Tensor;
  readonly w2: Tensor;
}

function weightsOf({ random }: TestCell, count = experts): Weights {
  const drawn = (shape: readonly number[], seed: number): Tensor => random.normal(shape, { seed });
  return {
    x: drawn([tokens, width], 1),
    gate: drawn([width, count], 2),
    w1: drawn([count, width, hidden], 3),
    w2: drawn([count, hidden, width], 4),
  };
}

type Options = Parameters<TestCell["moe"]["route"]>[1] & { readonly bent?: true };

const variants: readonly Options[] = [
  { k: 1 },
  { k: 2, normalize: true },
  { k: 3, score: "chosen" },
  { k: 2, score: "sigmoid", normalize: true, scale: 2.5 },
  { k: 2, score: "sigmoid", bent: true },
  { k: 2, bent: true },
  { k: 3, groups: { count: 3, each: true } },
  { k: 2, score: "chosen", groups: { count: 3, best: 2 } },
  { k: 2, score: "sigmoid", groups: { count: 2, best: 1, by: "two" }, bent: true },
  { k: 2, normalize: true, silent: [0, 3] },
  { k: 2, normalize: true, computed: 4, silent: [5] },
  { k: 2, capacity: 0.8 },
  { k: 2, normalize: true, capacity: [1, 0.3, 2, 0, 0.5, 1] },
  { k: 6, score: "chosen" },
];

const biasOf = ({ tensor }: TestCell): Tensor => tensor([0, 0.4, 0, -0.3, 0.2, 0]);

function layerOf(cell: TestCell, { x, gate, w1, w2 }: Weights, { bent, ...options }: Options): Tensor {
  const { moe } = cell;
  const routed = moe.route(x.matmul(gate), bent === true ? { ...options, bias: biasOf(cell) } : options);
  const { computed = experts } = options;
  return moe.experts(x, routed, (rows, times) =>
    times(times(rows, w1.slice(0, 0, computed)).silu(), w2.slice(0, 0, computed)),
  );
}

/** 1 where an expert was chosen by a token and had room for it: [tokens, experts]. */
function chosenOf(
  choices: readonly (readonly number[])[],
  { k, capacity }: Options,
): Record<"chosen" | "kept", number[][]> {
  const most = Array.from({ length: experts }, (_, expert) => {
    const factor = typeof capacity === "object" ? capacity[expert] : capacity;
    return factor === undefined ? Infinity : Math.ceil((factor * tokens * k) / experts);
  });
  const taken = most.map(() => 0);
  const [chosen, kept] = [choices.map(() => most.map(() => 0)), choices.map(() => most.map(() => 0))];
  choices.forEach((own, token) => {
    for (const expert of own) {
      const place = taken[expert] ?? 0;
      taken[expert] = place + 1;
      (chosen[token] ?? [])[expert] = 1;
      (kept[token] ?? [])[expert] = place < (most[expert] ?? 0) ? 1 : 0;
    }
  });
  return { chosen, kept };
}

/** The same layer by its definition: all experts of all tokens, times a weight that is 0 where one was not chosen. */
function denseOf(
  { tensor }: TestCell,
  { x, gate, w1, w2 }: Weights,
  of: Options & Record<"chosen" | "kept", number[][]>,
): Tensor {
  const { score = "softmax", normalize = false, scale = 1, silent = [], computed = experts } = of;
  const logits = x.matmul(gate);
  const chosen = tensor(of.chosen);
  const raised = score === "sigmoid" ? logits.sigmoid() : logits.exp();
  const all = score === "softmax" ? raised.div(raised.sum(1, { keep: true })) : raised;
  const among = all.mul(chosen);
  const raw = score === "chosen" ? among.div(among.sum(1, { keep: true })) : among;
  const heard = raw.mul(
    tensor(Array.from({ length: experts }, (_, expert) => (silent.includes(expert) ? 0 : 1))),
  );
  const shares = normalize ? heard.div(heard.sum(1, { keep: true }).maximum(1e-20)) : heard;
  const gates = shares.mul(scale).mul(tensor(of.kept));
  return Array.from({ length: computed }, (_, expert) => {
    const inner = x.matmul(w1.row(expert)).silu();
    return inner.matmul(w2.row(expert)).mul(gates.slice(1, expert, expert + 1));
  }).reduce((sum, one) => sum.add(one));
}

describe(`every way of routing, against all experts of all tokens in f64 (${partOfDay})`, () => {
  test.each(ofToday(variants, 5).map((one) => [JSON.stringify(one), one] as const))(
    "[GM4] %s: the layer and its gradients, in one run",
    async (_, options) => {
      const cell = openOnGpu();
      const { moe, grad, tree, realize, nmse, reference, random, host } = cell;
      const of = weightsOf(cell);
      const { bent, ...plain } = options;
      const routed = moe.route(
        of.x.matmul(of.gate),
        bent === true ? { ...plain, bias: biasOf(cell) } : plain,
      );
      const choices = (await routed.experts.array()) as unknown as readonly (readonly number[])[];
      const toward = random.normal([tokens, width], { seed: 9 });
      const masks = chosenOf(choices, options);
      const before = host.dispatches.length;
      const y = layerOf(cell, of, options);
      const found = [
        y,
        ...tree.leaves(grad((own: Weights) => layerOf(cell, own, options).mul(toward).sum())(of)),
      ];
      await realize(found);
      expect(host.dispatches).toHaveLength(before + 1);
      const dense = (own: Weights): Tensor => denseOf(cell, own, { ...options, ...masks });
      const wanted = [dense(of), ...tree.leaves(grad((own: Weights) => dense(own).mul(toward).sum())(of))];
      for (const [at, one] of wanted.entries())
        expect(nmse((await found[at]?.data()) ?? [], await reference(one))).toBeLessThan(1e-10);
    },
    slowMs,
  );

  test.each([{ capacity: 1.1 }, {}])(
    "[GM5] experts of four bits, %j: gradients of tokens, router, and scales",
    async (limits) => {
      const cell = openOnGpu();
      const { moe, random, grad, tree, realize, nmse, reference, host } = cell;
      const codes = random.uniform([4, hidden, 16], { seed: 5, high: 16 }).floor().cast("u4");
      const numbersOf = (scales: Tensor): Tensor => {
        const grouped = codes.cast("f32").sub(8).reshape(4, hidden, 2, 8);
        return grouped.mul(scales).reshape(4, hidden, 16);
      };
      const of = {
        x: random.normal([tokens, 16], { seed: 1 }),
        gate: random.normal([16, 4], { seed: 2 }),
        scales: random.uniform([4, hidden, 2, 1], { seed: 6, low: 0.1, high: 0.3 }),
      };
      const toward = random.normal([tokens, 16], { seed: 9 });
      const layer = ({ x, gate, scales }: typeof of): Tensor => {
        const weights = numbersOf(scales);
        const routed = moe.route(x.matmul(gate), { k: 2, normalize: true, ...limits });
        const y = moe.experts(x, routed, (rows, times) =>
          times(times(rows, weights, { transposed: true }).silu(), weights),
        );
        return y.mul(toward).sum();
      };
      const found = tree.leaves(grad(layer)(of));
      await realize(found);
      expect(host.dispatches).toHaveLength(1);
      for (const one of found) expect(nmse(await one.data(), await reference(one))).toBeLessThan(1e-10);
    },
    slowMs,
  );
});

/** Every kernel seems to take next to nothing, however busy this machine is: no run is cut into slices. */
const standing: Clock = { ...realClock, now: () => 0 };

test(
  "[GM6] a layer and its gradients are one submit, nothing is read back, and there are as many launches for more experts",
  async () => {
    const { gpu, devices } = watched();
    const cell = await openOnExecutor({ gpu, clock: standing });
    const { grad, tree, realize, host } = cell;
    const seen = { submits: 0, maps: 0 };
    const [device] = devices;
    if (device === undefined) throw new Error("no device");
    const submit = device.queue.submit.bind(device.queue);
    device.queue.submit = (buffers) => {
      seen.submits += 1;
      return submit(buffers);
    };
    const make = device.createBuffer.bind(device);
    device.createBuffer = (about) => {
      if ((about.usage & GPUBufferUsage.MAP_READ) !== 0) seen.maps += 1;
      return make(about);
    };
    for (const count of [experts, 2 * experts]) {
      const of = weightsOf(cell, count);
      await realize(tree.leaves(of));
      const work = (own: Weights): Tensor =>
        layerOf(cell, own, { k: 2, normalize: true, capacity: 1.1, computed: count }).square().mean();
      // What was measured once is one slice.
      for (const turn of [0, 1]) {
        const before = { ...seen };
        await realize(tree.leaves(grad(work)(of)));
        expect(seen.maps).toBe(before.maps);
        if (turn === 1) expect(seen.submits).toBe(before.submits + 1);
      }
    }
    expect(new Set([...host.dispatches.slice(1, 3), ...host.dispatches.slice(4)]).size).toBe(1);
    host.close();
  },
  slowMs,
);
