// What is composed of nodes has the gradients of its nodes; here they are held to central differences, in f64.
import { expect, test } from "vitest";
import { open } from "../testing/cell.ts";
import type { Tensor } from "../tensor.ts";

const { tensor, random, einsum, gradcheck } = open();

const matrix = random.normal([3, 4], { seed: 1 });
const image = random.normal([2, 4, 5, 6], { seed: 2 });
const ids = tensor([[2, 0, -1, 1]], { dtype: "i32" });

test.each<readonly [string, readonly Tensor[], (...values: readonly Tensor[]) => Tensor]>([
  ["relu, clip", [matrix], (x = matrix) => x.relu().add(x.clip(-0.5, 0.7))],
  ["sigmoid, silu, softplus", [matrix], (x = matrix) => x.sigmoid().add(x.silu()).mul(x.softplus())],
  ["gelu, in both forms", [matrix], (x = matrix) => x.gelu().add(x.gelu({ approximate: "tanh" }))],
  ["log1p, expm1, erf", [matrix], (x = matrix) => x.square().log1p().add(x.expm1()).mul(x.erf())],
  ["exp2, log2, reciprocal", [matrix], (x = matrix) => x.exp2().log2().add(x.square().add(1).reciprocal())],
  ["var, std", [matrix], (x = matrix) => x.var(1).add(x.std(1, { correction: 1 }))],
  ["logSumExp, logSoftmax", [matrix], (x = matrix) => x.logSumExp(0).add(x.logSoftmax(1))],
  [
    "concat, stack, split",
    [matrix, matrix.mul(2)],
    (x = matrix, y = matrix) => {
      const [left = x] = tensor.concat([x, y, x], 1).split([5, 7], 1);
      return tensor.stack([left, left.flip()]).mul(left);
    },
  ],
  [
    "roll, pad, tile",
    [matrix],
    (x = matrix) =>
      x
        .roll(2, 1)
        .pad([1, [0, 2]], { mode: "reflect" })
        .tile([2, 1]),
  ],
  ["triangles and diagonals", [matrix], (x = matrix) => x.tril(1).diagonal(1).diag(1)],
  ["at", [matrix], (x = matrix) => x.at("::-2", null, [1, 1, -1]).mul(x.at(0, 0))],
  [
    "takeAlongAxis, gatherND",
    [matrix],
    (x = matrix) => x.takeAlongAxis(ids).add(x.gatherND(ids.reshape(4, 1)).sum()),
  ],
  [
    "einsum",
    [matrix, matrix],
    (x = matrix, y = matrix) => einsum("ij,kj,ik->i", x, y, einsum("ab,cb->ac", x, x)),
  ],
  [
    "conv2d by a product",
    [image, random.normal([4, 4, 3, 2], { seed: 3 })],
    (x = image, w = image) => x.conv2d(w, { padding: "same", stride: 2 }),
  ],
  [
    "conv2d by a fold",
    [image, random.normal([4, 1, 2, 2], { seed: 4 })],
    (x = image, w = image) => x.conv2d(w, { groups: 4, dilation: 2 }),
  ],
  [
    "pools",
    [image],
    (x = image) =>
      x.maxPool2d(2).add(x.avgPool2d(3, { stride: 2, padding: [[0, 1], 1] }).at("...", ":2", ":3")),
  ],
])("[D40] gradients of %s are central differences", async (_, args, work) => {
  const { passed, measured } = await gradcheck(work, args);
  expect([passed, measured]).toEqual([true, measured]);
});
