import { expect, test } from "vitest";
import { compareSpeed } from "./speed.ts";

test("[W2] a difference is clear when the middle halves of the measurements lie apart", () => {
  expect(compareSpeed([4, 4.1, 4.2, 9], [2, 2.1, 2.2, 8])).toMatchObject({ clear: true, ratio: 4.2 / 2.2 });
  expect(compareSpeed([4, 5, 6, 7], [4.5, 5.5, 6.5, 7.5])?.clear).toBe(false);
});

test("[W3] what was not measured is not compared", () => {
  expect(compareSpeed([], [1])).toBeUndefined();
  expect(compareSpeed([0], [1])).toBeUndefined();
});
