import { describe, expect, test } from "vitest";
import { anchorOf, headingsOf } from "./headings.ts";

describe("headings", () => {
  test("[H1] are found outside of code", () => {
    expect(headingsOf("# A\n\n```py\n# no\n```\n\n### B ##\n")).toEqual([
      { level: 1, text: "A" },
      { level: 3, text: "B" },
    ]);
  });

  test.each([
    ["Where it differs from Triton", "where-it-differs-from-triton"],
    ["Where am I?", "where-am-i"],
    ["`out(shape)`, again", "outshape-again"],
    ["Größe – und mehr", "größe--und-mehr"],
  ])("[H2] %s is linked as #%s", (heading, anchor) => {
    expect(anchorOf(heading)).toBe(anchor);
  });
});
