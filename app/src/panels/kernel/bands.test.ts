import { describe, expect, test } from "vitest";
import { bandsOf, hueCount, huesOf } from "./bands.ts";
import type { LinkedView } from "./line-links.ts";

const text = "for (...) {\n  a = 1;\n  b = 2;\n}\n";
const spanOf = (piece: string): { source: string; start: number; end: number } => ({
  source: "k",
  start: text.indexOf(piece),
  end: text.indexOf(piece) + piece.length,
});
const source: LinkedView = { name: "Source", text, source: "k" };
const helper: LinkedView = { name: "Source of helper", text: "\nc = 3;", source: "h" };
const stage: LinkedView = {
  name: "WGSL",
  text: "",
  spans: [
    spanOf("b = 2;"),
    spanOf(text.trimEnd()),
    undefined,
    { source: "unknown", start: 0, end: 1 },
    { source: "h", start: 1, end: 2 },
  ],
};
const views = [source, helper, stage];

describe("the colours of lines", () => {
  test("[G1] lines that became something get colours, in their order; a loop's lines have that of its head", () => {
    const bands = bandsOf(views);
    expect([...(bands.get("k") ?? [])]).toEqual([
      [1, 0],
      [3, 1],
    ]);
    expect([...(bands.get("h") ?? [])]).toEqual([[2, 2]]);
    expect(huesOf(source, views, bands)).toEqual([0, undefined, 1, undefined, undefined]);
    expect(huesOf(helper, views, bands)).toEqual([undefined, 2]);
    expect(huesOf(stage, views, bands)).toEqual([1, 0, undefined, undefined, 2]);
  });
  test("[G2] neighbours differ, however many there are", () => {
    const lines = Array.from({ length: 50 }, (_, at) => `x${at};`);
    const long = lines.join("\n");
    const spans = lines.map((line) => ({ source: "k", start: long.indexOf(line), end: long.length }));
    const bands = bandsOf([
      { ...source, text: long },
      { ...stage, spans },
    ]);
    const hues = [...(bands.get("k")?.values() ?? [])];
    expect(hues).toHaveLength(50);
    expect(hues.every((hue, at) => hue !== hues[at + 1] && hue < hueCount)).toBe(true);
  });
});
