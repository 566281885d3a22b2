import { array, assert, asyncProperty, constantFrom, integer, record } from "fast-check";
import { describe, expect, test } from "vitest";
import { open } from "../testing/cell.ts";

const steps: Readonly<Record<string, (a: number, b: number) => number>> = {
  set: (_, b) => b,
  add: (a, b) => a + b,
  mul: (a, b) => a * b,
  max: Math.max,
  min: Math.min,
};

const code = (wanted: string): unknown => expect.objectContaining({ code: wanted });

describe("scatter", () => {
  test("[SX1] every mode, with places that meet, count from the end, and lie outside, one after the other", async () => {
    const update = record({ place: integer({ min: -7, max: 7 }), value: integer({ min: -3, max: 3 }) });
    await assert(
      asyncProperty(
        array(update, { minLength: 1, maxLength: 30 }),
        constantFrom("set", "add", "mul", "max", "min"),
        async (updates, mode) => {
          const { tensor } = open();
          const wanted = [1, 2, 3, 4, 5].map((value) => [value, -value]);
          for (const { place, value } of updates) {
            const row = wanted.at(place);
            if (place < -5 || place > 4 || row === undefined) continue;
            wanted[(place + 5) % 5] = row.map((old, n) => (steps[mode] ?? Math.max)(old, value + n));
          }
          const index = tensor(
            updates.map(({ place }) => place),
            { dtype: "i32" },
          );
          const values = tensor(updates.map(({ value }) => [value, value + 1]));
          const x = tensor([
            [1, -1],
            [2, -2],
            [3, -3],
            [4, -4],
            [5, -5],
          ]);
          expect(await x.scatter(index, values, { mode }).array()).toEqual(wanted);
          expect(await x.T.scatter(index, values.T, { mode, axis: 1 }).T.array()).toEqual(wanted);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("[SX2] ScatterND of elements and of slices, as in the text of ONNX", async () => {
    const { tensor } = open();
    const eight = tensor([1, 2, 3, 4, 5, 6, 7, 8]);
    const places = tensor([[4], [3], [1], [7]], { dtype: "i32" });
    expect(await eight.scatterND(places, tensor([9, 10, 11, 12])).array()).toEqual([
      1, 11, 3, 10, 9, 6, 7, 12,
    ]);
    const cube = tensor.zeros([3, 2, 2]);
    const slices = tensor([[0], [-1]], { dtype: "i32" });
    const values = tensor([
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, 8],
      ],
    ]);
    expect(await cube.scatterND(slices, values).array()).toEqual([
      [
        [1, 2],
        [3, 4],
      ],
      [
        [0, 0],
        [0, 0],
      ],
      [
        [5, 6],
        [7, 8],
      ],
    ]);
    const elements = tensor([[[0, 1, 1]], [[2, 0, 5]], [[0, -1, 1]]], { dtype: "i32" });
    const added = cube.scatterND(elements, 2, { mode: "add" });
    expect(await added.array()).toEqual([
      [
        [0, 0],
        [0, 4],
      ],
      [
        [0, 0],
        [0, 0],
      ],
      [
        [0, 0],
        [0, 0],
      ],
    ]);
  });

  test("[SX3] putAlongAxis, as ONNX ScatterElements: each update along its own line", async () => {
    const { tensor } = open();
    const index = tensor(
      [
        [1, 0, 2],
        [0, 2, 1],
      ],
      { dtype: "i32" },
    );
    const updates = tensor(
      [
        [1, 1.1, 1.2],
        [2, 2.1, 2.2],
      ],
      { dtype: "f32" },
    );
    const wanted = [
      [2, 1.1, 0],
      [1, 0, 2.2],
      [0, 2.1, 1.2],
    ].map((row) => row.map(Math.fround));
    expect(await tensor.zeros([3, 3]).putAlongAxis(index, updates, 0).array()).toEqual(wanted);
    const along = tensor([[1, 3]], { dtype: "i32" });
    expect(
      await tensor([[1, 2, 3, 4, 5]])
        .putAlongAxis(along, tensor([[1.5, 2.5]]), 1)
        .array(),
    ).toEqual([[1, 1.5, 3, 2.5, 5]]);
  });

  test("[SX4] masks and small numbers keep their dtype; misfits are faults", async () => {
    const { tensor } = open();
    const index = tensor([1, -1], { dtype: "i32" });
    const mask = tensor([false, false, false]).scatter(index, tensor([true, true]));
    expect([mask.dtype, await mask.array()]).toEqual(["bool", [0, 1, 1]]);
    const bytes = tensor([1, 2, 3]).cast("u8").scatter(index, 200, { mode: "add" });
    expect([bytes.dtype, await bytes.array()]).toEqual(["u8", [1, 202, 203]]);
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    expect(() => x.scatter(tensor([0]), 1)).toThrow(code("tensor/index"));
    expect(() => x.scatter(index, tensor([1, 2, 3]))).toThrow(code("shape/broadcast"));
    expect(() => x.scatter(index, tensor([[[1]]]))).toThrow(code("shape/scatter"));
    expect(() => x.scatterND(tensor([[0, 0, 0]], { dtype: "i32" }), 1)).toThrow(code("shape/scatter"));
    expect(() => x.putAlongAxis(index, 1, 0)).toThrow(code("shape/scatter"));
    expect(() => x.scatter(index, 1, { mode: "sum" as "add" })).toThrow(code("tensor/mode"));
  });
});
