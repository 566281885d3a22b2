import { array, assert, asyncProperty, boolean, constantFrom, integer } from "fast-check";
import { describe, expect, test } from "vitest";
import { open } from "../testing/cell.ts";

/** NaN is greater than everything, and equal to itself. */
function compareNumbers(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Places in order by the definition: stable in both directions. */
function orderOf(values: readonly number[], descending: boolean): readonly number[] {
  const sign = descending ? -1 : 1;
  return values
    .map((value, at) => ({ value, at }))
    .toSorted((a, b) => sign * compareNumbers(a.value, b.value) || a.at - b.at)
    .map(({ at }) => at);
}

describe("sorting", () => {
  test("[SO1] rows of any length and any ties, both directions, against the definition", async () => {
    const value = constantFrom(0, 1, -1, 2.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
    await assert(
      asyncProperty(array(value, { minLength: 1, maxLength: 40 }), boolean(), async (row, descending) => {
        const { tensor } = open();
        const wanted = orderOf(row, descending);
        expect(await tensor(row).argsort(0, { descending }).array()).toEqual(wanted);
        expect(await tensor(row).sort(0, { descending }).array()).toEqual(wanted.map((at) => row[at]));
      }),
      { numRuns: 40 },
    );
  });

  test("[SO2] longer than a tile: runs are merged, and equal elements keep their order", async () => {
    await assert(
      asyncProperty(
        integer({ min: 257, max: 1400 }),
        integer({ min: 1, max: 900 }),
        boolean(),
        async (n, k, descending) => {
          const { tensor } = open();
          const row = Array.from({ length: n }, (_, at) => ((at * 7919) % k) - k / 2);
          const found = await tensor(row).argsort(0, { descending }).array();
          expect(found).toEqual(orderOf(row, descending));
        },
      ),
      { numRuns: 8 },
    );
  });

  test("[SO3] whole numbers at the ends of their range, along a first axis", async () => {
    const { tensor } = open();
    const ends = tensor(
      [
        [2147483647, 3],
        [-2147483648, 3],
        [0, -3],
      ],
      { dtype: "i32" },
    );
    expect(await ends.sort(0).array()).toEqual([
      [-2147483648, -3],
      [0, 3],
      [2147483647, 3],
    ]);
    expect(await ends.argsort(0, { descending: true }).array()).toEqual([
      [0, 0],
      [2, 1],
      [1, 2],
    ]);
    const unsigned = tensor([4294967295, 0, 2147483648], { dtype: "u32" });
    expect(await unsigned.sort(0, { descending: true }).array()).toEqual([4294967295, 2147483648, 0]);
  });

  test("[SO4] topk, by the example in the text of ONNX TopK: greatest first, ties by place; smallest too", async () => {
    const { tensor } = open();
    const x = tensor([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9, 10, 11],
    ]);
    const [values, places] = x.topk(3);
    expect(await values.array()).toEqual([
      [3, 2, 1],
      [7, 6, 5],
      [11, 10, 9],
    ]);
    expect(await places.array()).toEqual([
      [3, 2, 1],
      [3, 2, 1],
      [3, 2, 1],
    ]);
    const [least, where] = tensor([2, 1, 1, 2]).topk(3, { smallest: true });
    expect([await least.array(), await where.array()]).toEqual([
      [1, 1, 2],
      [1, 2, 0],
    ]);
    expect(() => x.topk(5)).toThrow(expect.objectContaining({ code: "shape/topk" }));
    expect(await x.median(0).array()).toEqual([4, 5, 6, 7]);
    expect(await x.median(1, { keep: true }).array()).toEqual([[1.5], [5.5], [9.5]]);
    expect(
      await tensor([
        [1, NaN, 3],
        [1, 2, 4],
      ])
        .median()
        .array(),
    ).toEqual([NaN, 2]);
  });

  test("[SO5] searchSorted counts what is less, or less or equal; NaN goes to the end", async () => {
    const { tensor } = open();
    const sorted = [-1, 0, 0, 2, 5, 5, 5, 9];
    const wanted = [-3, -1, 0, 1, 5, 9, 10];
    for (const side of ["left", "right"] as const) {
      const byHand = wanted.map(
        (value) => sorted.filter((seen) => (side === "left" ? seen < value : seen <= value)).length,
      );
      expect(await tensor(sorted).searchSorted(tensor(wanted), { side }).array()).toEqual(byHand);
    }
    expect(
      await tensor([1, 2])
        .searchSorted(tensor([[Number.NaN]]))
        .array(),
    ).toEqual([[2]]);
    expect(() => tensor([[1]]).searchSorted(tensor([1]))).toThrow(
      expect.objectContaining({ code: "shape/search" }),
    );
  });
});
