import { describe, expect, test } from "vitest";
import { diffLines } from "./diff-lines.ts";

const changes = (before: string, after: string): readonly (readonly number[])[] => {
  const { removed, added } = diffLines(before, after);
  return [[...removed], [...added]];
};

describe("what changed between two texts", () => {
  test("[F1] lines that stay are not marked, wherever they move down to", () => {
    expect(changes("a\nb\nc", "a\nx\nb\nc")).toEqual([[], [2]]);
    expect(changes("a\nb\nc", "a\nc")).toEqual([[2], []]);
    expect(changes("a\nb\nc", "a\nB\nc")).toEqual([[2], [2]]);
  });
  test("[F2] equal texts have no changes, unlike ones only changes", () => {
    expect(changes("a\nb\n", "a\nb")).toEqual([[], []]);
    expect(changes("a\nb", "c")).toEqual([[1, 2], [1]]);
  });
  test("[F3] very long texts are compared as sets of lines", () => {
    const long = Array.from({ length: 3000 }, (_, at) => `line ${at}`).join("\n");
    expect(changes(long, `${long}\nnew`)).toEqual([[], [3001]]);
  });
});
