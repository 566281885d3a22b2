import { describe, expect, test } from "vitest";
import { lineOfOp, linesOfKernel, mainSource, opsByLine } from "./listing.ts";

const text = "let a = 1;\nlet k = (x) => {\n  load(x);\n  store(x);\n};\n";
const at = (piece: string) => ({
  source: "c",
  start: text.indexOf(piece),
  end: text.indexOf(piece) + piece.length,
});
const lines = [
  { span: at("(x) => {\n  load(x);\n  store(x);\n}") },
  { op: 0, span: at("x);\n  store") },
  { op: 1, span: at("load(x)") },
  { op: 2, span: at("store(x)") },
  { op: 3, span: { source: "other", start: 0, end: 1 } },
  {},
];

describe("the texts of a kernel", () => {
  test("[L1] ops stand on the lines they begin on", () => {
    expect([...opsByLine(lines, "c", text)]).toEqual([
      [3, [0, 1]],
      [4, [2]],
    ]);
    expect(lineOfOp(lines, 2)).toBe(4);
    expect(lineOfOp(lines, undefined)).toBeUndefined();
  });
  test("[L2] the kernel's own lines, and the text it mostly comes from", () => {
    expect(linesOfKernel(lines, "c", text)).toEqual({ first: 2, last: 5 });
    expect(linesOfKernel([], "c", text)).toEqual({ first: 1, last: 1 });
    expect(mainSource(lines)).toBe("c");
    expect(mainSource([])).toBeUndefined();
  });
});
