import { describe, expect, test } from "vitest";
import type { Tensor } from "../tensor.ts";
import { type TestCell, open } from "../testing/index.ts";

const span = { source: "cell", start: 4, end: 9 };

/** Where its NaN began, computed in one run before. */
async function originOf(cell: TestCell, tensor: Tensor) {
  await tensor.data();
  return cell.tensors.nanOrigin(tensor);
}

const loss = ({ w }: { w: Tensor }): Tensor => w.sqrt().sum();

describe("where the first NaN of a tensor began", () => {
  test("[NO1] the op, its operands and the place, through a fused graph, on the line that called it", async () => {
    const cell = open();
    const x = cell.tensor([
      [1, 2, 3],
      [4, -0.5, 6],
    ]);
    cell.host.span = span;
    const logs = x.log();
    cell.host.span = { ...span, start: 20 };
    const shown = logs.T.mul(2).sum(0).add(1);
    expect(await originOf(cell, shown)).toEqual({
      kind: "made",
      made: "log of -0.5",
      place: [1, 1],
      shape: [2, 3],
      seen: [1],
      span,
    });
  });

  test("[NO2] a NaN that a mask hid is not the one", async () => {
    const cell = open();
    const x = cell.tensor([-1, 4, 0]);
    const hidden = x.lt(0).where(0, x.sqrt());
    const found = await originOf(cell, hidden.div(x.mul(0)));
    expect(found).toMatchObject({ made: "0 / 0", place: [0], seen: [0] });
  });

  test("[NO3] numbers round as on the device: exp overflows in f32, which f64 would hold", async () => {
    const cell = open();
    const e = cell.tensor([[1, 100]]).exp();
    const found = await originOf(cell, e.div(e.sum(1, { keep: true })));
    expect(found).toMatchObject({ kind: "made", made: "Infinity / Infinity", place: [0, 1] });
    expect(await originOf(cell, cell.tensor([1]).exp())).toMatchObject({ kind: "device" });
  });

  test("[NO4] data, in a buffer or not, that came with one; and what is stored without one ends the search", async () => {
    const cell = open();
    const x = cell.tensor([
      [1, 2],
      [3, Number.NaN],
    ]);
    expect(await originOf(cell, x)).toMatchObject({ kind: "data", place: [1, 1], seen: [1, 1], made: "" });
    const y = x.mul(0);
    await y.data();
    const clean = cell.tensor([0, 5]).mul(1);
    await clean.data();
    expect(await originOf(cell, clean.div(clean))).toMatchObject({ made: "0 / 0", place: [0] });
    expect(await originOf(cell, y.slice(0, 1).exp().sum(0))).toMatchObject({
      kind: "data",
      place: [1, 1],
      seen: [1],
    });
  });

  test.each<[string, (cell: TestCell) => Tensor, object]>([
    [
      "a product",
      ({ tensor }) => tensor([[Infinity, 1]]).matmul(tensor([[1], [-Infinity]])),
      { made: "product of a row and a column with Infinity, -Infinity" },
    ],
    [
      "a fold",
      ({ tensor }) =>
        tensor([
          [1, 2],
          [Infinity, -Infinity],
        ]).sum(1),
      { made: "sum of a line with Infinity, -Infinity", place: [1, 0] },
    ],
    ["a difference", ({ tensor }) => tensor([Infinity]).sub(Infinity), { made: "Infinity - Infinity" }],
    ["a power", ({ tensor }) => tensor([2, -8]).pow(0.5), { made: "-8 ** 0.5", place: [1] }],
    [
      "picks",
      ({ tensor }) => tensor([4, -1, 9]).sqrt().at([2, 1, 0]).at("::-1"),
      { made: "sqrt of -1", place: [1], seen: [1] },
    ],
    [
      "pastes",
      ({ tensor }) => tensor.concat([tensor([1]), tensor([1, -1]).log()]).pad([[1, 0]]),
      { made: "log of -1", place: [1], seen: [3] },
    ],
  ])("[NO5] %s", async (_, work, wanted) => {
    const cell = open();
    expect(await originOf(cell, work(cell))).toMatchObject({ kind: "made", ...wanted });
  });

  test("[NO6] of a value of which only the value is known it says so", async () => {
    const cell = open();
    let w = cell.tensor([1, -1]).sqrt();
    for (let step = 0; step < 40; step++) {
      w = w.mul(0.5);
      await w.data();
    }
    expect(await originOf(cell, w.add(1))).toMatchObject({ kind: "forgotten", place: [1], seen: [1] });
  });

  test("[NO7] it can be stopped, and what is too large says what", async () => {
    const cell = open();
    const x = cell.tensor([-1]).log().add(1);
    await x.data();
    await expect(cell.tensors.nanOrigin(x, { pause: async (done) => done > 1 })).rejects.toMatchObject({
      code: "run/stopped",
    });
    const wide = cell.tensor
      .iota([2 ** 25], "f32")
      .log()
      .mul(Number.NaN)
      .sum();
    await expect(cell.tensors.nanOrigin(wide)).rejects.toMatchObject({ code: "nan/large" });
    expect(await originOf(cell, x)).toMatchObject({ made: "log of -1" });
  });

  test("[NO8] of trained parameters it says so, too; the loss written out again leads to the op", async () => {
    const cell = open();
    const model = cell.trainer({
      params: { w: cell.tensor([1, 400]) },
      optimizer: cell.optimizers.sgd({ rate: 8 }),
    });
    await model.step(loss);
    expect(await originOf(cell, loss(model.params))).toMatchObject({
      kind: "made",
      made: "sqrt of -3",
      place: [0],
    });
    await model.step(loss);
    expect(await originOf(cell, model.params.w)).toMatchObject({ kind: "forgotten", place: [0] });
  });
});
