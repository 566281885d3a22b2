// Expected values are NumPy's and the array API's definitions, worked out here on nested lists.
import { describe, expect, test } from "vitest";
import { open } from "../testing/cell.ts";
import { codeOf } from "../testing/code-of.ts";

const { tensor } = open();
const six = tensor([
  [0, 1, 2],
  [3, 4, 5],
]);

describe("joining and splitting", () => {
  test("[SJ1] concat along each axis; dtypes meet", async () => {
    expect(await tensor.concat([six, tensor([[6, 7, 8]])]).array()).toEqual([
      [0, 1, 2],
      [3, 4, 5],
      [6, 7, 8],
    ]);
    expect(await tensor.concat([six, tensor([[9], [8]], { dtype: "i32" }), six], 1).array()).toEqual([
      [0, 1, 2, 9, 0, 1, 2],
      [3, 4, 5, 8, 3, 4, 5],
    ]);
    const bytes = tensor([1, -2], { dtype: "i8" });
    const joined = tensor.concat([bytes, bytes]);
    expect([joined.dtype, await joined.array()]).toEqual(["i8", [1, -2, 1, -2]]);
    expect(await tensor.concat([tensor([true]), tensor([false])]).array()).toEqual([1, 0]);
  });

  test("[SJ2] stack makes an axis, split takes one apart", async () => {
    expect(await tensor.stack([tensor([1, 2]), tensor([3, 4])], -1).array()).toEqual([
      [1, 3],
      [2, 4],
    ]);
    const [left, right] = six.split([1, 2], 1);
    expect([await left?.array(), await right?.array()]).toEqual([
      [[0], [3]],
      [
        [1, 2],
        [4, 5],
      ],
    ]);
    expect(six.split(3, -1).map(({ shape }) => shape)).toEqual([
      [2, 1],
      [2, 1],
      [2, 1],
    ]);
  });

  test("[SJ3] what does not fit is refused", () => {
    expect(codeOf(() => tensor.concat([six, tensor([1])]))).toBe("shape/concat");
    expect(codeOf(() => tensor.concat([six, six.T]))).toBe("shape/concat");
    expect(codeOf(() => tensor.concat([]))).toBe("shape/concat");
    expect(codeOf(() => tensor.stack([six, six.T]))).toBe("shape/concat");
    expect(codeOf(() => six.split(2, 1))).toBe("shape/split");
    expect(codeOf(() => six.split([1, 1], 1))).toBe("shape/split");
    expect(codeOf(() => tensor.meshgrid([six]))).toBe("shape/vector");
  });

  test("[SJ4] meshgrid, as pictures and as matrices have it", async () => {
    const [x, y] = tensor.meshgrid([tensor([1, 2, 3]), tensor([7, 8])]);
    expect([await x?.array(), await y?.array()]).toEqual([
      [
        [1, 2, 3],
        [1, 2, 3],
      ],
      [
        [7, 7, 7],
        [8, 8, 8],
      ],
    ]);
    const [i] = tensor.meshgrid([tensor([1, 2, 3]), tensor([7, 8])], { indexing: "ij" });
    expect(await i?.array()).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
  });
});

describe("axes", () => {
  test("[SA1] squeeze, expandDims, broadcastTo, moveAxis", async () => {
    const x = tensor.zeros([1, 3, 1, 2]);
    expect([x.squeeze().shape, x.squeeze(0).shape, x.squeeze([0, -2]).shape]).toEqual([
      [3, 2],
      [3, 1, 2],
      [3, 2],
    ]);
    expect([six.expandDims(0).shape, six.expandDims([0, -1]).shape]).toEqual([
      [1, 2, 3],
      [1, 2, 3, 1],
    ]);
    expect(
      await tensor([[1], [2]])
        .broadcastTo(2, 2, 2)
        .sum()
        .item(),
    ).toBe(12);
    // NumPy: moveaxis(zeros((3, 4, 5)), 0, -1) is (4, 5, 3); [0, 1] to [-1, -2] is (5, 4, 3).
    const box = tensor.zeros([3, 4, 5]);
    expect([box.moveAxis(0, -1).shape, box.moveAxis([0, 1], [-1, -2]).shape]).toEqual([
      [4, 5, 3],
      [5, 4, 3],
    ]);
    expect(codeOf(() => x.squeeze(1))).toBe("shape/squeeze");
    expect(codeOf(() => six.broadcastTo(2, 4))).toBe("shape/broadcast");
    expect(codeOf(() => tensor([1, 2, 3]).broadcastTo(1))).toBe("shape/broadcast");
    expect(codeOf(() => box.moveAxis([0, 0], [1, 2]))).toBe("shape/axis");
    expect(codeOf(() => six.expandDims([0, 0]))).toBe("shape/axis");
  });

  test("[SA2] tile repeats the whole, repeat each element", async () => {
    expect(await tensor([0, 1]).tile([2, 2]).array()).toEqual([
      [0, 1, 0, 1],
      [0, 1, 0, 1],
    ]);
    expect(await six.tile(2).array()).toEqual([
      [0, 1, 2, 0, 1, 2],
      [3, 4, 5, 3, 4, 5],
    ]);
    expect(await six.repeat(2, 1).array()).toEqual([
      [0, 0, 1, 1, 2, 2],
      [3, 3, 4, 4, 5, 5],
    ]);
    expect(
      await tensor([[1], [2]])
        .repeat(2)
        .array(),
    ).toEqual([1, 1, 2, 2]);
    expect(codeOf(() => six.repeat(0))).toBe("shape/sizes");
  });

  test("[SA3] flip and roll", async () => {
    expect(await six.flip().array()).toEqual([
      [5, 4, 3],
      [2, 1, 0],
    ]);
    expect(await six.flip(0).array()).toEqual([
      [3, 4, 5],
      [0, 1, 2],
    ]);
    expect(await six.roll(1).array()).toEqual([
      [5, 0, 1],
      [2, 3, 4],
    ]);
    expect(await six.roll(-1, 1).array()).toEqual([
      [1, 2, 0],
      [4, 5, 3],
    ]);
    expect(await six.roll(4, 0).array()).toEqual(await six.array());
    expect(codeOf(() => six.roll(0.5))).toBe("shape/roll");
  });
});

describe("pad", () => {
  const line = tensor([1, 2, 3]);

  test.each([
    ["constant", [0, 0, 1, 2, 3, 0]],
    ["edge", [1, 1, 1, 2, 3, 3]],
    ["reflect", [3, 2, 1, 2, 3, 2]],
    ["wrap", [2, 3, 1, 2, 3, 1]],
  ] as const)("[SP1] %s, as ONNX Pad has it", async (mode, wanted) => {
    expect(await line.pad([[2, 1]], { mode }).array()).toEqual(wanted);
  });

  test("[SP2] by one number, by axis, by a value; wide reflections go on", async () => {
    expect(await six.pad([0, [1, 0]], { value: -1 }).array()).toEqual([
      [-1, 0, 1, 2],
      [-1, 3, 4, 5],
    ]);
    expect(six.pad(2).shape).toEqual([6, 7]);
    expect(await line.pad([[5, 0]], { mode: "reflect" }).array()).toEqual([2, 1, 2, 3, 2, 1, 2, 3]);
    expect(await tensor([true]).pad(1, { value: 1 }).array()).toEqual([1, 1, 1]);
    expect(await tensor([7], { dtype: "u8" }).pad(1).array()).toEqual([0, 7, 0]);
  });

  test("[SP3] what does not fit is refused", () => {
    expect(codeOf(() => six.pad([1]))).toBe("shape/pad");
    expect(codeOf(() => six.pad(-1))).toBe("shape/pad");
    expect(codeOf(() => line.cast("i32").pad(1, { value: 0.5 }))).toBe("tensor/dtype");
    expect(codeOf(() => tensor([1]).pad(1, { mode: "reflect" }))).toBe("shape/pad");
    expect(codeOf(() => line.pad(1, { mode: "mirror" as never }))).toBe("shape/pad");
  });
});

describe("matrices", () => {
  const square = tensor.iota([3, 3], "f32");

  test("[SM1] tril and triu, with offsets and leading axes", async () => {
    expect(await square.tril().array()).toEqual([
      [0, 0, 0],
      [3, 4, 0],
      [6, 7, 8],
    ]);
    expect(await square.triu(1).array()).toEqual([
      [0, 1, 2],
      [0, 0, 5],
      [0, 0, 0],
    ]);
    expect(await six.reshape(1, 2, 3).tril(-1).array()).toEqual([
      [
        [0, 0, 0],
        [3, 0, 0],
      ],
    ]);
    const mask = tensor.ones([2, 2], "bool").tril();
    expect([mask.dtype, await mask.array()]).toEqual([
      "bool",
      [
        [1, 0],
        [1, 1],
      ],
    ]);
  });

  test("[SM2] diagonal and diag", async () => {
    expect(await square.diagonal().array()).toEqual([0, 4, 8]);
    expect(await six.diagonal(1).array()).toEqual([1, 5]);
    expect(await six.diagonal(-1).array()).toEqual([3]);
    expect(await tensor.stack([square, square.T]).diagonal(1).array()).toEqual([
      [1, 5],
      [3, 7],
    ]);
    expect(await tensor([1, 2]).diag(1).array()).toEqual([
      [0, 1, 0],
      [0, 0, 2],
      [0, 0, 0],
    ]);
    expect(await tensor([1, 2]).diag(-1).diagonal(-1).array()).toEqual([1, 2]);
    expect(codeOf(() => six.diagonal(3))).toBe("shape/matrix");
    expect(codeOf(() => tensor([1]).tril())).toBe("shape/matrix");
    expect(codeOf(() => six.diag())).toBe("shape/vector");
  });

  test("[SM3] oneHot: nothing where the number is outside", async () => {
    expect(await tensor([2, 0, -1], { dtype: "i32" }).oneHot(3).array()).toEqual([
      [0, 0, 1],
      [1, 0, 0],
      [0, 0, 0],
    ]);
    expect(codeOf(() => tensor([1.5]).oneHot(3))).toBe("tensor/index");
  });
});

describe("numbers in a row", () => {
  test("[SR1] arange and linspace", async () => {
    expect([tensor.arange(3).dtype, await tensor.arange(3).array()]).toEqual(["i32", [0, 1, 2]]);
    expect(await tensor.arange(5, 0, -2).array()).toEqual([5, 3, 1]);
    expect(await tensor.arange(0, 1, 0.25).array()).toEqual([0, 0.25, 0.5, 0.75]);
    expect(await tensor.linspace(-1, 1, 5).array()).toEqual([-1, -0.5, 0, 0.5, 1]);
    expect(tensor.linspace(0, 1).shape).toEqual([50]);
    expect(await tensor.linspace(3, 5, 1).array()).toEqual([3]);
    expect(codeOf(() => tensor.arange(3, 3))).toBe("tensor/range");
    expect(codeOf(() => tensor.arange(0, 3, 0))).toBe("tensor/range");
    expect(codeOf(() => tensor.linspace(0, Infinity, 3))).toBe("tensor/range");
  });
});
