import { describe, expect, test } from "vitest";
import { analyzeCell } from "./analyze.ts";
import { faultIn } from "./testing/index.ts";
import { hidesCode } from "./syntax-hints.ts";

/** The hint that a line of a kernel gets. */
function hintOf(...lines: readonly string[]): string {
  return faultIn(`const f = kernel((x: Ptr, n: i32) => {\n${lines.join("\n")}\n});`).hint;
}

describe("what Python has and TypeScript cannot read", () => {
  test.each([
    ["store(x, 1, n > 1 and n < 5);", "write && and ||"],
    ["store(x, a @ b);", "the product of two matrices is dot(a, b)"],
    ["const v = arange(4)[:, None];", "x[:, None] is written expand(x, 1)"],
    ["const v = arange(4)[None, :];", "x[:, None] is written expand(x, 1)"],
    ["for k in range(0, n, 4):", "a loop is written for (const k of range(start, end, step)) { ... }"],
    ["# a comment", "a comment begins with //"],
  ])("[Z1] %s: %s", (line, hint) => {
    expect(hintOf(line)).toBe(hint);
  });

  test.each([
    ["for i in range(3): x", /for \(let i = 0/],
    ["const c = a @ b", /a.matmul\(b\)/],
    ["const c = a[:, 0]", /x.at\("1:5", null\)/],
    ["def f(x): return x", /function f\(x\)/],
    ["import numpy as np", /cells import nothing/],
    ["const f = lambda x: x", /\(x\) =>/],
    ["if n > 0: n", /if \(x > 0\)/],
    ["const m = not n", /!x/],
    ["const l = [n for n in m]", /list.map/],
    ['const s = f"{n}"', /\$\{value\}/],
  ])("[Z4] outside of kernels, %s", (text, hint) => {
    expect(analyzeCell({ id: "cell", text }, { globals: new Set() }).faults[0]?.hint).toMatch(hint);
  });

  test("[Z2] a division by // that leaves a bracket open is told, with the line behind it", () => {
    expect(hintOf("const group = (programId(0) // n) * 4;", "store(x, group);")).toContain("idiv(a, b)");
    expect(hintOf("store(x, (1 + 2);")).toBe("");
  });

  test.each([
    ["const row = pid // width;", true],
    ["const row = programId(0) // (n + 1);", true],
    ["store(x + row, 1); // the row;", false],
    ["const row = pid // the row that this program computes", false],
    ["const at = [ // width;", false],
  ])("[Z3] %s hides code: %s", (line, hides) => {
    expect(hidesCode(line)).toBe(hides);
  });
});
