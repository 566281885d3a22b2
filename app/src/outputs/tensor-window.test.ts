import { describe, expect, test } from "vitest";
import { clampWindow, firstWindow, fitsAsNumbers, indexText, peekRequest } from "./tensor-window.ts";

describe("tensor window", () => {
  test("[W1] a large matrix is asked for in a window that fits it", () => {
    const shape = [4, 1000, 300];
    expect(peekRequest("t", shape, { leading: [2], row: 896, column: 256 })).toEqual({
      tensor: "t",
      leading: [2],
      rows: [896, 1000],
      columns: [256, 300],
    });
  });
  test("[W2] vectors are one row, numbers one cell", () => {
    expect(peekRequest("v", [7], firstWindow([7]))).toMatchObject({
      leading: [],
      rows: [0, 1],
      columns: [0, 7],
    });
    expect(peekRequest("s", [], firstWindow([]))).toMatchObject({
      leading: [],
      rows: [0, 1],
      columns: [0, 1],
    });
  });
  test("[W3] a new shape keeps the place as far as it can", () => {
    expect(clampWindow({ leading: [3, 5], row: 50, column: 9 }, [4, 2, 10, 10])).toEqual({
      leading: [3, 1],
      row: 9,
      column: 9,
    });
    expect(clampWindow({ leading: [3], row: 0, column: 2 }, [10])).toEqual({
      leading: [],
      row: 0,
      column: 2,
    });
  });
  test("[W5] numbers are shown of what is read at a glance: a number, a short vector, a small matrix of any stack", () => {
    expect([[], [64], [16, 8], [5, 4, 3, 2], [1, 60]].map(fitsAsNumbers)).toEqual([
      true,
      true,
      true,
      true,
      true,
    ]);
    expect([[65], [17, 2], [2, 9], [3, 100, 100]].map(fitsAsNumbers)).toEqual([false, false, false, false]);
  });
  test("[W4] an index has as many numbers as the tensor has axes", () => {
    const window = { leading: [1], row: 0, column: 4 };
    expect(indexText([2, 3, 8], window, 2, 1)).toBe("[1, 2, 5]");
    expect(indexText([8], { leading: [], row: 0, column: 4 }, 0, 1)).toBe("[5]");
    expect(indexText([], { leading: [], row: 0, column: 0 }, 0, 0)).toBe("[]");
  });
});
