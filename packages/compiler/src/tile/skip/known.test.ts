import { describe, expect, test } from "vitest";
import { binaryKnown, type Known, named, numberKnown } from "./known.ts";

/** Values that lie between these, under names of their own. */
const between = (least: number, most: number, name = 1): Known => named(name, least, most);

describe("what is known of a comparison", () => {
  test.each([
    ["gt", between(-3e38, Infinity), numberKnown(-Infinity), 1],
    ["gt", between(-Infinity, Infinity), numberKnown(-Infinity), undefined],
    ["gt", between(-1, 2), between(2, 3, 2), 0],
    ["ge", between(2, 5), between(0, 2, 2), 1],
    ["ge", between(0, 1), between(1, 2, 2), undefined],
    ["lt", numberKnown(-Infinity), between(0, 1), 1],
    ["le", between(3, 4), numberKnown(2), 0],
    ["eq", between(3, 4), between(5, 6, 2), undefined],
  ] as const)("[KN1] %s of %o and %o: %s", (op, x, y, wanted) => {
    expect(binaryKnown(op, "bool", [x, y])).toEqual(wanted === undefined ? undefined : numberKnown(wanted));
  });
});
