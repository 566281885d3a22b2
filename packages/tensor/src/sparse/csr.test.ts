import { array, assert, asyncProperty, constantFrom, integer, record } from "fast-check";
import { describe, expect, test } from "vitest";
import { open } from "../testing/cell.ts";

describe("sparse matrices", () => {
  test("[CS1] elements in any order, some at one place and some outside, times a dense matrix: as the dense product", async () => {
    const element = record({
      row: integer({ min: -1, max: 5 }),
      column: integer({ min: -1, max: 4 }),
      value: integer({ min: -3, max: 3 }),
    });
    await assert(
      asyncProperty(
        array(element, { minLength: 1, maxLength: 40 }),
        constantFrom(1, 3, 70),
        async (elements, width) => {
          const { tensor, sparse } = open();
          const index = (key: "row" | "column") =>
            tensor(
              elements.map((one) => one[key]),
              { dtype: "i32" },
            );
          const a = sparse.fromElements(
            index("row"),
            index("column"),
            tensor(elements.map(({ value }) => value)),
            [5, 4],
          );
          const x = Array.from({ length: 4 }, (_, i) =>
            Array.from({ length: width }, (_column, j) => i * 7 - j),
          );
          const wanted = Array.from({ length: 5 }, (_, row) =>
            Array.from({ length: width }, (_column, j) =>
              elements
                .filter((one) => one.row === row && one.column >= 0 && one.column < 4)
                .reduce((sum, { column, value }) => sum + value * (x[column]?.[j] ?? 0), 0),
            ),
          );
          expect(await sparse.matmul(a, tensor(x)).array()).toEqual(wanted);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("[CS2] times a vector; misfits are faults", async () => {
    const { tensor, sparse } = open();
    const ids = tensor([1, 0], { dtype: "i32" });
    const a = sparse.fromElements(ids, ids, tensor([2, 3]), [2, 2]);
    expect(await sparse.matmul(a, tensor([10, 100])).array()).toEqual([30, 200]);
    const code = { code: "sparse/shape" };
    expect(() => sparse.matmul(a, tensor([1, 2, 3]))).toThrow(expect.objectContaining(code));
    expect(() => sparse.fromElements(ids, ids, tensor([1]), [2, 2])).toThrow(expect.objectContaining(code));
    expect(() => sparse.matmul({ ...a, starts: ids }, tensor([1, 2]))).toThrow(expect.objectContaining(code));
    expect(() => sparse.fromElements(tensor([0, 1]), ids, tensor([1, 2]), [2, 2])).toThrow(
      expect.objectContaining({ code: "tensor/index" }),
    );
  });
});
