import { describe, expect, test } from "vitest";
import { numericColumns, sortRows } from "./sort-rows.ts";

const sorted = (values: readonly (string | number | null)[], down: boolean) =>
  sortRows(
    values.map((value) => [value]),
    { column: 0, down },
  ).map((row) => row[0]);

describe("sortRows", () => {
  test("[O3] numbers sort by value, not as text", () => {
    expect(sorted([10, 9, 100], false)).toEqual([9, 10, 100]);
    expect(sorted([10, 9, 100], true)).toEqual([100, 10, 9]);
  });
  test("[O4] empty cells stay last in both directions", () => {
    expect(sorted([null, 2, 1], false)).toEqual([1, 2, null]);
    expect(sorted([null, 2, 1], true)).toEqual([2, 1, null]);
  });
  test("[O5] no order leaves the rows as they came", () => {
    const rows = [[2], [1]];
    expect(sortRows(rows, undefined)).toBe(rows);
  });
});

describe("numericColumns", () => {
  test("[O6] numbers and gaps make a numeric column; a word, or nothing at all, does not", () => {
    const rows = [
      [0, 1, "a", null],
      [2, null, 3, null],
    ];
    expect([...numericColumns({ columns: ["n", "gaps", "mixed", "empty"], rows })]).toEqual([0, 1]);
  });
});
