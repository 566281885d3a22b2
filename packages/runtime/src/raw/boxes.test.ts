import { describe, expect, test } from "vitest";
import { boxesOf, type Triple } from "./boxes.ts";

/** The workgroups a range's boxes cover, as linear numbers, in order. */
function covered(grid: Triple, base: number, count: number): number[] {
  return boxesOf(grid, base, count).flatMap(({ origin, size }) =>
    Array.from({ length: size[0] * size[1] * size[2] }, (_, i) => {
      const [x, y, z] = [i % size[0], Math.floor(i / size[0]) % size[1], Math.floor(i / (size[0] * size[1]))];
      return origin[0] + x + grid[0] * (origin[1] + y + grid[1] * (origin[2] + z));
    }),
  );
}

describe("boxesOf", () => {
  test("[B1] every range of every small grid is covered exactly, by at most five boxes", () => {
    for (const grid of [
      [1, 1, 1],
      [4, 1, 1],
      [1, 5, 1],
      [3, 4, 2],
      [2, 2, 5],
    ] as const) {
      const total = grid[0] * grid[1] * grid[2];
      for (let base = 0; base < total; base++)
        for (let count = 1; count <= total - base; count++) {
          const wanted = Array.from({ length: count }, (_, i) => base + i);
          expect(covered(grid, base, count)).toEqual(wanted);
          expect(boxesOf(grid, base, count).length).toBeLessThanOrEqual(5);
        }
    }
  });

  test("[B2] a whole grid is one box", () => {
    expect(boxesOf([7, 5, 3], 0, 105)).toEqual([{ origin: [0, 0, 0], size: [7, 5, 3] }]);
  });
});
