import type { Span } from "@tilebook/base";
import { describe, expect, test } from "vitest";
import { linesOf, type LinkedView, linkedLines, sameLines } from "./line-links.ts";

const text = "for (...) {\n  a = 1;\n  b = 2;\n}\n";
const spanOf = (piece: string): Span => ({
  source: "k",
  start: text.indexOf(piece),
  end: text.indexOf(piece) + piece.length,
});
const loop = spanOf("for (...) {\n  a = 1;\n  b = 2;\n}");
const source: LinkedView = { name: "Source", text, source: "k" };
const tiles: LinkedView = {
  name: "Tile IR",
  text: "",
  spans: [loop, spanOf("a = 1;"), spanOf("a = 1;"), spanOf("b = 2;"), undefined, { ...loop, source: "x" }],
};
const wgsl: LinkedView = { name: "WGSL", text: "", spans: [loop, spanOf("a = 1;"), undefined] };

describe("linked lines", () => {
  test("[L1] a span covers the lines it touches", () => {
    expect([linesOf(text, loop), linesOf(text, spanOf("b = 2;"))]).toEqual([
      { first: 1, last: 4 },
      { first: 3, last: 3 },
    ]);
  });
  test("[L2] a source line leads to the lines of the smallest span around it", () => {
    expect([1, 2, 3, 4, 5].map((line) => linkedLines(source, line, tiles))).toEqual([
      [1],
      [2, 3],
      [4],
      [1],
      [],
    ]);
  });
  test("[L3] a line of a stage leads back to its piece of source, if it is this source", () => {
    expect([1, 2, 5, 6].map((line) => linkedLines(tiles, line, source))).toEqual([[1, 2, 3, 4], [2], [], []]);
  });
  test("[L4] stages are linked by the same piece of source, or by the smallest one around it", () => {
    expect([2, 3, 4, 5].map((line) => linkedLines(tiles, line, wgsl))).toEqual([[2], [2], [1], []]);
  });
  test("[L6] what was folded into a line belongs to it, both ways", () => {
    const folded: LinkedView = {
      name: "WGSL",
      text: "",
      spans: [loop, { ...spanOf("b = 2;"), also: [spanOf("a = 1;")] }],
    };
    expect(linkedLines(source, 2, folded)).toEqual([2]);
    expect(linkedLines(folded, 2, source)).toEqual([2, 3]);
    expect(linkedLines(folded, 2, tiles)).toEqual([2, 3, 4]);
    expect(linkedLines(tiles, 2, folded)).toEqual([2]);
  });
  test("[L7] a piece of many lines stands for its head and its end, not for what is in it", () => {
    const long = "for (...) {\n  a = 1;\n  // nothing\n\n  b = 2;\n}\n";
    const view: LinkedView = { name: "Source", text: long, source: "k" };
    const whole: LinkedView = {
      name: "WGSL",
      text: "",
      spans: [{ source: "k", start: 0, end: long.length }],
    };
    expect([1, 3, 6].map((line) => linkedLines(view, line, whole))).toEqual([[1], [], [1]]);
    expect(linkedLines(whole, 1, view)).toEqual([1, 6]);
  });
  test("[L5] a line is itself in its own view, and follows its piece of source into the others", () => {
    const seen = [source, tiles, wgsl].map((view) => sameLines(tiles, 3, view));
    expect(seen).toEqual([[2], [3], [2]]);
  });
});
