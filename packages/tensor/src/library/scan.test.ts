import { describe, expect, test } from "vitest";
import { open } from "../testing/cell.ts";

/** Running values by the definition of ONNX CumSum, on one row. */
function byHand(
  row: readonly number[],
  step: (a: number, b: number) => number,
  { start = Number.NaN, reverse = false, exclusive = false } = {},
): readonly number[] {
  const from = reverse ? row.toReversed() : row;
  const made = from.map((_, at) => from.slice(0, exclusive ? at : at + 1));
  const folded = made.map((seen) => (seen.length === 0 ? start : seen.reduce(step)));
  return reverse ? folded.toReversed() : folded;
}

describe("scans", () => {
  test("[SC1] the four cases of ONNX CumSum: plain, exclusive, reverse, both", async () => {
    const { tensor } = open();
    const row = [1, 2, 3, 4, 5];
    for (const reverse of [false, true])
      for (const exclusive of [false, true])
        expect(await tensor(row).cumsum(0, { reverse, exclusive }).array()).toEqual(
          byHand(row, (a, b) => a + b, { start: 0, reverse, exclusive }),
        );
  });

  test("[SC2] along the first axis of a matrix, and along a middle one", async () => {
    const { tensor } = open();
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(await x.cumsum(0).array()).toEqual([
      [1, 2, 3],
      [5, 7, 9],
    ]);
    expect(await x.cumprod(1).array()).toEqual([
      [1, 2, 6],
      [4, 20, 120],
    ]);
    expect(await tensor.iota([2, 3, 2]).cumsum(1).array()).toEqual([
      [
        [0, 1],
        [2, 4],
        [6, 9],
      ],
      [
        [6, 7],
        [14, 16],
        [24, 27],
      ],
    ]);
  });

  test("[SC3] greatest and least so far, of negatives too; NaN stays; an exclusive product begins with 1", async () => {
    const { tensor } = open();
    const row = [-3, -5, -1, -2, 4, 0];
    expect(await tensor(row).cummax().array()).toEqual(byHand(row, (a, b) => Math.max(a, b)));
    expect(await tensor(row).cummin(0, { reverse: true }).array()).toEqual(
      byHand(row, (a, b) => Math.min(a, b), { reverse: true }),
    );
    expect(await tensor([1, Number.NaN, 3]).cummax().array()).toEqual([1, Number.NaN, Number.NaN]);
    expect(await tensor([2, 3, 4]).cumprod(0, { exclusive: true }).array()).toEqual([1, 2, 6]);
  });

  test("[SC4] long rows of few go in parts, in both directions; whole numbers are exact", async () => {
    const { tensor } = open();
    const n = 9000;
    const counted = tensor.iota([2, n]).mul(7).sub(5);
    const rows = [0, 1].map((row) => Array.from({ length: n }, (_, at) => 7 * (row * n + at) - 5));
    for (const reverse of [false, true]) {
      const found = await counted.cumsum(1, { reverse, exclusive: true }).array();
      const wanted = rows.map((row) => {
        let total = 0;
        const sums = (reverse ? row.toReversed() : row).map((value) => (total += value) - value);
        return reverse ? sums.toReversed() : sums;
      });
      expect(found).toEqual(wanted);
    }
  });

  test("[SC5] dtypes: bools count in i32, halves stay halves, u32 stays u32; a wrong axis is a fault", () => {
    const { tensor } = open();
    expect(tensor([true, false]).cumsum().dtype).toBe("i32");
    expect(tensor([1, 2], { dtype: "f16" }).cumsum().dtype).toBe("f16");
    expect(tensor([1, 2], { dtype: "u32" }).cummax().dtype).toBe("u32");
    expect(() => tensor([1, 2]).cumsum(1)).toThrow(expect.objectContaining({ code: "shape/axis" }));
    expect(() => tensor(1).cumsum()).toThrow(expect.objectContaining({ code: "shape/axis" }));
  });
});
