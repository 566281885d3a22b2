import { describe, expect, test } from "vitest";
import { tellsMore } from "./tells-more.ts";

const hint = (name: string, text: string, type: string) => ({
  name,
  type,
  span: { source: "a", start: text.indexOf(name), end: text.indexOf(name) + name.length },
});

describe("kernel hints", () => {
  test("[E6] tiles are shown; what says its own type, and plain numbers, are not", () => {
    const text = "(n: i32) => { const row = arange(64); const k = 3; }";
    expect([
      tellsMore(hint("row", text, "i32[64]"), text),
      tellsMore(hint("n", text, "i32[1]"), text),
      tellsMore(hint("k", text, "the number 3"), text),
    ]).toEqual([true, false, false]);
  });
});
