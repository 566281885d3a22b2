import { array, assert, asyncProperty, constantFrom, integer, record } from "fast-check";
import { describe, expect, test } from "vitest";
import { open } from "../testing/cell.ts";

describe("segments", () => {
  test("[SE1] sums, products, greatest and least by id, of any shape, against the definition", async () => {
    const folds: Readonly<Record<string, readonly [number, (a: number, b: number) => number]>> = {
      segmentSum: [0, (a: number, b: number) => a + b],
      segmentProd: [1, (a: number, b: number) => a * b],
      segmentMax: [Number.NEGATIVE_INFINITY, (a: number, b: number) => Math.max(a, b)],
      segmentMin: [Number.POSITIVE_INFINITY, (a: number, b: number) => Math.min(a, b)],
    };
    const row = record({ id: integer({ min: -2, max: 6 }), value: integer({ min: -3, max: 3 }) });
    await assert(
      asyncProperty(
        array(row, { minLength: 1, maxLength: 60 }),
        constantFrom(1, 3, 20),
        constantFrom("segmentSum", "segmentProd", "segmentMax", "segmentMin"),
        async (rows, width, name) => {
          const cell = open();
          const { tensor } = cell;
          const columns = Array.from({ length: width }, (_, column) => column);
          const values = rows.map(({ value }) => columns.map((column) => value + (column % 2)));
          const ids = tensor(
            rows.map(({ id }) => id),
            { dtype: "i32" },
          );
          const [start, step] = folds[name] ?? [Number.NaN, Math.max];
          const wanted = [0, 1, 2, 3, 4].map((c) =>
            columns.map((column) =>
              values
                .filter((_, at) => rows[at]?.id === c)
                .reduce((so, one) => step(so, one[column] ?? 0), start),
            ),
          );
          expect(await cell[name](tensor(values), ids, 5).array()).toEqual(wanted);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("[SE2] bincount counts whole numbers and passes over others; a segment of everything adds up", async () => {
    const { tensor, segmentSum } = open();
    expect(
      await tensor(
        [
          [1, 3],
          [1, -4],
          [9, 0],
        ],
        { dtype: "i32" },
      )
        .bincount(4)
        .array(),
    ).toEqual([1, 2, 0, 1]);
    const n = 700;
    const all = segmentSum(tensor.iota(n, "f32"), tensor.zeros(n, "i32"), 2);
    expect(await all.array()).toEqual([(n * (n - 1)) / 2, 0]);
  });

  test("[SE3] mistakes are faults: floats as ids, as many ids as rows, a count of nothing", () => {
    const { tensor, segmentSum } = open();
    const ids = tensor([0, 1], { dtype: "i32" });
    expect(() => segmentSum(tensor([1, 2]), tensor([0, 1]), 2)).toThrow(
      expect.objectContaining({ code: "tensor/index" }),
    );
    expect(() => segmentSum(tensor([1, 2, 3]), ids, 2)).toThrow(
      expect.objectContaining({ code: "shape/segment" }),
    );
    expect(() => segmentSum(tensor([1, 2]), ids, 0)).toThrow(
      expect.objectContaining({ code: "shape/sizes" }),
    );
  });
});
