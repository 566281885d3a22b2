import type { Output } from "@tilebook/notebook";
import { describe, expect, test } from "vitest";
import type { CellSnapshot, Snapshot } from "./page.ts";
import { outputText, reportOf, reportText } from "./report.ts";

const check = (passed: boolean): Output => ({
  kind: "check",
  label: "error",
  passed,
  measured: "3",
  expected: "at most 2",
});

function snapshot(...cells: readonly Partial<CellSnapshot>[]): Snapshot {
  const plain = { kind: "ts", text: "a\nb c", status: "fresh", outputs: [] } as const;
  return {
    title: "t",
    device: "d",
    cells: cells.map((cell, index) => ({ ...plain, id: `c${index}`, ...cell })),
  };
}

describe("report", () => {
  test("[R1] passes when every cell ran and every check passed; prose does not count", () => {
    expect(reportOf(snapshot({ outputs: [check(true)] }, { kind: "prose", status: "never" })).passed).toBe(
      true,
    );
  });
  test.each([
    ["a check failed", { outputs: [check(false)] }],
    ["a cell failed", { status: "failed" as const }],
    ["a cell never ran", { status: "stale" as const }],
  ])("[R2] fails when %s", (_, cell) => {
    expect(reportOf(snapshot({}, cell)).passed).toBe(false);
  });
  test("[R3] a fault is shown with its line and column in the cell, and its hint", () => {
    const fault = {
      code: "x/y",
      message: "no c here",
      hint: "write d",
      span: { source: "c0", start: 4, end: 5 },
    };
    const text = reportText(reportOf(snapshot({ status: "failed", fault })));
    expect(text).toContain("✗ c0:2:3: no c here\n  write d");
    expect(text).toContain("FAILED");
  });
  test("[R3b] a fault in the text of another cell, as a kernel's, is shown with its place there", () => {
    const fault = { code: "x/y", message: "no c here", span: { source: "c1", start: 4, end: 5 } };
    const text = reportText(reportOf(snapshot({ status: "failed", fault }, {})));
    expect(text).toContain("✗ c0: no c here (c1:2:3)");
    const gone = { code: "x/y", message: "m", span: { source: "tilebook/attention", start: 4, end: 5 } };
    expect(reportText(reportOf(snapshot({ status: "failed", fault: gone })))).toContain("✗ c0: m\n");
  });
  test("[R4] long values are cut to one line; tables are aligned", () => {
    const entries = Array.from({ length: 50 }, (_, key) => ({
      key: String(key),
      value: { kind: "primitive", type: "number", text: "123456789" } as const,
    }));
    const list = {
      kind: "value",
      name: "x",
      value: { kind: "list", type: "Array", entries, size: 50 },
    } as const;
    expect(outputText(list).length).toBeLessThan(130);
    const table = { kind: "table", columns: ["a", "bb"], rows: [[100, 2]], total: 1 } as const;
    expect(outputText(table)).toBe("a    bb\n100  2");
  });
});
