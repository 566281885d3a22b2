import type { Span } from "@tilebook/base";
import { describe, expect, test } from "vitest";
import { linesFrom, linesOf } from "./line-links.ts";

const text = "for (...) {\n  a = 1;\n  b = 2;\n}\n";
const spanOf = (piece: string): Span => ({
  source: "k",
  start: text.indexOf(piece),
  end: text.indexOf(piece) + piece.length,
});
const loop = spanOf("for (...) {\n  a = 1;\n  b = 2;\n}");
const linked = {
  spans: [loop, spanOf("a = 1;"), spanOf("a = 1;"), spanOf("b = 2;"), undefined, { ...loop, source: "x" }],
};

describe("linked lines", () => {
  test("[L1] a span covers the lines it touches", () => {
    expect([linesOf(text, loop), linesOf(text, spanOf("b = 2;"))]).toEqual([
      { first: 1, last: 4 },
      { first: 3, last: 3 },
    ]);
  });
  test("[L2] a line leads to the lines of the smallest span around it", () => {
    const source = { id: "k", text };
    expect([1, 2, 3, 4, 5].map((line) => linesFrom(linked, source, line))).toEqual([
      [1],
      [2, 3],
      [4],
      [1],
      [],
    ]);
  });
});
