import { describe, expect, test } from "vitest";
import { differenceOf } from "./differences.ts";

const reader = (values: readonly number[]) => {
  const bytes = new Uint8Array(Float32Array.from(values).buffer);
  return async (start: number, end: number) => bytes.slice(start, end);
};
const compare = async (original: readonly number[], variant: readonly number[]) =>
  differenceOf("y", { dtype: "f32", shape: [original.length] }, reader(original), reader(variant));

describe("comparing two outputs", () => {
  test("[D1] NaN equals NaN and 0 equals -0", async () => {
    const found = await compare([NaN, 0, 1, Infinity], [NaN, -0, 1, Infinity]);
    expect(found).toMatchObject({ compared: 4, different: 0, most: 0, nmse: 0, worst: [] });
    expect(found.first).toBeUndefined();
  });

  test("[D2] the worst elements come first; one that stopped being a number is the worst of all", async () => {
    const original = [1, 1, 1, 1, 1, 1, 1, 1];
    const found = await compare(original, [1, 2, 5, NaN, 3, 2, 1.5, 9]);
    expect(found).toMatchObject({ different: 7, most: 8, first: { at: 1, original: 1, variant: 2 } });
    expect(found.worst.map(({ at }) => at)).toEqual([3, 7, 2, 4, 1]);
  });
});
