import { expect, test } from "vitest";
import { openOnGpu } from "./gpu-cell.ts";

/** SwiftShader compiles each kernel for seconds. */
const slowMs = 120_000;

const cell = openOnGpu();
const { tensor, random, einsum, compare, host } = cell;
type Tensor = ReturnType<typeof tensor>;

/** Within f32 of the f64 interpreter, and in so many launches. */
async function expectClose(made: Tensor, launches: number): Promise<void> {
  await made.data();
  expect(host.dispatches.at(-1)).toBeLessThanOrEqual(launches);
  expect((await compare(made)).nmse).toBeLessThan(1e-12);
}

const x = random.normal([5, 37], { seed: 1 });

test.each([
  ["gelu", x.gelu()],
  ["gelu as GPT-2", x.gelu({ approximate: "tanh" })],
  ["softplus, far out", x.mul(40).softplus()],
  ["log1p of small numbers", x.mul(1e-4).log1p()],
  ["expm1 of small numbers", x.mul(1e-4).expm1()],
  ["remainder", x.mul(10).remainder(x.roll(1).mul(3))],
  ["floorDivide", x.mul(10).floorDivide(0.75)],
])(
  "[GB1] %s on the GPU is one kernel",
  async (_, made) => {
    await expectClose(made, 1);
  },
  slowMs,
);

test(
  "[GB2] masks of NaN and infinity on the GPU, without a number that a compiler may think away",
  async () => {
    const odd = tensor([-1, 0, 1]).log();
    expect(await odd.isNaN().array()).toEqual([1, 0, 0]);
    expect(await odd.isFinite().array()).toEqual([0, 0, 1]);
    expect(await odd.clip(-1, 1).isNaN().array()).toEqual([1, 0, 0]);
  },
  slowMs,
);

test(
  "[GB3] folds: two passes of var, logSumExp of large numbers",
  async () => {
    const far = Float32Array.from({ length: 5 * 37 }, (_, at) => 1000 + Math.sin(at));
    await expectClose(tensor(far, { shape: [5, 37] }).var(1, { correction: 1 }), 3);
    await expectClose(x.mul(100).logSumExp(1), 4);
    expect(await x.gt(9).any(1).array()).toEqual([0, 0, 0, 0, 0]);
  },
  slowMs,
);

test.each([
  ["concat of three", tensor.concat([x, x.exp(), x.at("::-1")], 1), 1],
  ["roll", x.roll(-13, 1), 1],
  ["pad", x.pad([1, [3, 0]], { value: 2 }).sin(), 1],
  ["pad by reflection", x.pad([2, 5], { mode: "reflect" }), 1],
  ["tile and repeat", x.tile([2, 1]).repeat(3, 1), 1],
  ["triangles", x.tril(-1).add(x.triu(2)), 1],
  ["diagonals", x.diagonal(3).diag(-1), 1],
  ["ranges", x.at("3:0:-2", null, "::3"), 1],
  ["picks that go together", x.at([0, -1, 2], tensor([5, -7, 0], { dtype: "i32" })), 1],
  ["along an axis, by order", x.takeAlongAxis(tensor.iota([5, 37]).mul(11).remainder(37)), 1],
])(
  "[GB4] %s on the GPU is one kernel",
  async (_, made, launches) => {
    await expectClose(made, launches);
  },
  slowMs,
);

test.each([
  [
    "bhqd,bhkd->bhqk",
    [
      [2, 3, 4, 5],
      [2, 3, 6, 5],
    ],
    1,
  ],
  [
    "ij,jk,kl->il",
    [
      [9, 30],
      [30, 4],
      [4, 20],
    ],
    2,
  ],
  [
    "ii,ij->j",
    [
      [7, 7],
      [7, 9],
    ],
    3,
  ],
  [
    "abc,abc->",
    [
      [5, 6, 70],
      [5, 6, 70],
    ],
    1,
  ],
] as const)(
  "[GB5] einsum %s on the GPU",
  async (text, shapes, launches) => {
    const operands = shapes.map((shape, seed) => random.normal(shape, { seed }));
    await expectClose(einsum(text, ...operands), launches);
  },
  slowMs,
);

test.each([
  ["a product of patches", [2, 6, 9, 8], [8, 6, 3, 3], { padding: "same", stride: 2 }, 3],
  ["depthwise, one fold", [2, 6, 9, 8], [6, 1, 3, 3], { groups: 6, dilation: 2, padding: 2 }, 2],
  ["in groups", [1, 4, 6, 6], [8, 2, 3, 3], { groups: 2 }, 3],
] as const)(
  "[GB6] conv2d on the GPU, and a map after it: %s",
  async (_, size, window, options, launches) => {
    const [image, filters] = [random.normal(size, { seed: 8 }), random.normal(window, { seed: 9 })];
    await expectClose(image.conv2d(filters, options).relu(), launches);
  },
  slowMs,
);

test(
  "[GB7] pooling on the GPU is one fold",
  async () => {
    const image = random.normal([2, 3, 11, 10], { seed: 10 });
    await expectClose(image.maxPool2d(3, { stride: 2, padding: 1 }), 1);
    await expectClose(image.avgPool2d(2, { padding: 1 }), 2);
  },
  slowMs,
);
