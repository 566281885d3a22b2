import type { Tensor } from "../tensor.ts";
import type { TestCell } from "./cell.ts";
import type { OpEntry } from "./op-cases.ts";

/** Layers of experts: what is moved is far from where another expert would be chosen. */
export function moeCases({ moe, random, tensor }: TestCell): Readonly<Record<string, OpEntry>> {
  const drawn = (shape: readonly number[], seed: number): Tensor => random.normal(shape, { seed });
  const logits = tensor([
    [2, 0.3, -1],
    [-2, 1, 0.2],
    [0.1, 1.4, 3],
  ]);
  const x = drawn([3, 2], 31);
  const routed = moe.route(logits, { k: 2, normalize: true });
  const [w, v] = [drawn([3, 2, 4], 32), drawn([3, 2, 4], 33)];
  const rows = drawn([6, 4], 34);
  const layer = (a: Tensor, first: Tensor, second: Tensor, to: Tensor): Tensor =>
    moe.experts(a, moe.route(to, { k: 2, normalize: true }), (own, times) =>
      times(times(own, first).silu(), second, { transposed: true }),
    );
  return {
    "moe.route": [
      { args: [logits], work: (a = logits) => moe.route(a, { k: 2, score: "chosen" }).weights },
      {
        args: [logits],
        work: (a = logits) => moe.route(a, { k: 2, score: "sigmoid", normalize: true }).weights,
      },
      { args: [logits], work: (a = logits) => moe.route(a, { k: 1 }).probabilities },
    ],
    "moe.experts": {
      args: [x, w, v, logits],
      work: (a = x, first = w, second = v, to = logits) => layer(a, first, second, to),
    },
    "moe.rows": { args: [x], work: (a = x) => moe.rows(a, routed.plan) },
    "moe.times": {
      args: [drawn([6, 2], 35), w],
      work: (a = rows, weights = w) => moe.times(a, weights, routed.plan),
    },
    "moe.combine": {
      args: [rows, routed.weights],
      work: (a = rows, weights = routed.weights) => moe.combine(a, routed.plan, weights),
    },
    "moe.gates": { args: [logits], work: (a = logits) => moe.gates(moe.route(a, { k: 2 })) },
    "moe.balanceLoss": { args: [logits], work: (a = logits) => moe.balanceLoss(moe.route(a, { k: 2 })) },
    "moe.zLoss": { args: [logits], work: (a = logits) => moe.zLoss(a) },
  };
}
