import type { Tensor } from "../tensor.ts";
import type { TestCell } from "./cell.ts";

/** What an op makes of numbers beside a NaN, as NumPy 2 and the Python array API (2024.12) have it. */
export interface NaNCase {
  readonly name: string;
  readonly work: (cell: TestCell) => Tensor;
  readonly wanted: readonly (number | readonly number[])[];
}

const N = Number.NaN;
const long = (odd: readonly number[]): number[] =>
  Array.from({ length: 700 }, (_, at) => (odd.includes(at) ? N : Math.sin(at)));

export const nanCases: readonly NaNCase[] = [
  {
    name: "max and min",
    work: ({ tensor }) =>
      extremes(
        tensor,
        tensor([
          [1, N, 3],
          [4, 5, 6],
          [N, N, N],
        ]),
      ),
    wanted: [N, 6, N, N, 4, N],
  },
  {
    name: "argmax and argmin",
    work: ({ tensor }) =>
      places(
        tensor,
        tensor([
          [1, N, N],
          [4, 6, 6],
          [N, N, N],
          [-Infinity, -0, 0],
        ]),
      ),
    wanted: [1, 1, 0, 1, 1, 0, 0, 0],
  },
  {
    name: "max of a long row",
    work: ({ tensor }) => extremes(tensor, tensor([long([612]), long([])]).mul(2)).round(),
    wanted: [N, 2, N, -2],
  },
  {
    name: "argmax of a long row",
    work: ({ tensor }) => places(tensor, tensor([long([650, 612])])),
    wanted: [612, 612],
  },
  {
    name: "maximum",
    work: ({ tensor }) => tensor([1, N, 3, N]).maximum(tensor([N, 2, 1, N])),
    wanted: [N, N, 3, N],
  },
  {
    name: "minimum of halves",
    work: ({ tensor }) => tensor([1, N, 3]).cast("f16").minimum(2).cast("f32"),
    wanted: [1, N, 2],
  },
  {
    name: "minimum of numbers, and with a NaN",
    work: ({ tensor }) =>
      tensor([1, N, 3])
        .minimum(N)
        .add(tensor([0, 0, 0]).minimum(tensor([1, N, 3]))),
    wanted: [N, N, N],
  },
  { name: "clip", work: ({ tensor }) => tensor([-2, N, 3]).clip(-1, 1), wanted: [-1, N, 1] },
  { name: "relu", work: ({ tensor }) => tensor([-2, N, 3]).relu(), wanted: [0, N, 3] },
  { name: "cummax", work: ({ tensor }) => tensor([1, 3, N, 4]).cummax(), wanted: [1, 3, N, N] },
  {
    name: "cummin from the end",
    work: ({ tensor }) => tensor([1, 3, N, 4]).cummin(0, { reverse: true }),
    wanted: [N, N, N, 4],
  },
  {
    name: "segmentMax",
    work: ({ tensor, segmentMax }) =>
      segmentMax(tensor([1, N, 3, 4]), tensor([0, 0, 1, 1], { dtype: "i32" }), 2),
    wanted: [N, 4],
  },
  {
    name: "scatter by max",
    work: ({ tensor }) =>
      tensor([N, 0, 0]).scatter(tensor([0, 1, 2], { dtype: "i32" }), tensor([5, N, 5]), { mode: "max" }),
    wanted: [N, N, 5],
  },
  // oxlint-disable-next-line unicorn/no-array-sort -- a tensor is no array
  { name: "sort", work: ({ tensor }) => tensor([2, N, 1]).sort(), wanted: [1, 2, N] },
  { name: "topk", work: ({ tensor }) => tensor([2, N, 1]).topk(2)[0], wanted: [N, 2] },
  {
    name: "softmax",
    work: ({ tensor }) =>
      tensor([
        [1, N],
        [2, 2],
      ]).softmax(),
    wanted: [
      [N, N],
      [0.5, 0.5],
    ],
  },
  {
    name: "maxPool",
    work: ({ tensor }) => tensor([1, N, 3, 4]).reshape([1, 1, 4]).maxPool1d(2).reshape([2]),
    wanted: [N, 4],
  },
];

type Make = TestCell["tensor"];

function extremes(tensor: Make, x: Tensor): Tensor {
  return tensor.concat([x.max(1), x.min(1)]);
}

function places(tensor: Make, x: Tensor): Tensor {
  return tensor.concat([x.argmax(1), x.argmin(1)]);
}
