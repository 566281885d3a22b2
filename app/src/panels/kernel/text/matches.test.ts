import { describe, expect, test } from "vitest";
import { tokenLines } from "../../../editor/highlight.ts";
import { cutTokens, matchesOf, mostMatches } from "./matches.ts";

describe("searching in a text", () => {
  test("[M1] finds every place, whatever the capitals", () => {
    expect(matchesOf("let Sum = 1;\nsum + sum", "sum")).toEqual([
      { line: 1, start: 4, end: 7 },
      { line: 2, start: 0, end: 3 },
      { line: 2, start: 6, end: 9 },
    ]);
    expect(matchesOf("anything", "")).toEqual([]);
    expect(matchesOf("a".repeat(mostMatches + 5), "a")).toHaveLength(mostMatches);
  });

  test("[M2] tokens are cut where a match begins and ends, and stay the same text", () => {
    const text = "let value = x_1[at] * 3f;";
    const [tokens = []] = tokenLines(text, "wgsl");
    const cut = cutTokens(tokens, matchesOf(text, "ue = x"));
    expect(cut.map((token) => token.text).join("")).toBe(text);
    expect(cut.flatMap((token) => (token.found === undefined ? [] : token.text)).join("")).toBe("ue = x");
    expect(cutTokens(tokens, [])).toBe(tokens);
  });
});
