import { describe, expect, test } from "vitest";
import { matching } from "./palette-match.ts";

const all = ["Run all cells", "Delete", "Undo delete", "Next cell"].map((title) => ({
  title,
  group: "Cells",
}));
const found = (text: string) => matching(all, text).map(({ title }) => title);

describe("palette", () => {
  test("[Q1] words may come in any order and in parts", () => {
    expect(found("cell run")).toEqual(["Run all cells"]);
  });
  test("[Q2] what begins with the words comes first", () => {
    expect(found("delete")).toEqual(["Delete", "Undo delete"]);
  });
  test("[Q3] no words, everything; unknown words, nothing", () => {
    expect([found("").length, found("xyz").length]).toEqual([4, 0]);
  });
  test("[Q4] a cell is found by any name it defines, and comes first when one begins with the words", () => {
    const cells = [
      { title: "mask", group: "Go to", also: "mask, theKey" },
      { title: "inputs", group: "Go to", also: "query, key, value, keyMask" },
    ];
    expect(matching(cells, "keym").map(({ title }) => title)).toEqual(["inputs"]);
    expect(matching(cells, "key").map(({ title }) => title)).toEqual(["inputs", "mask"]);
  });
});
