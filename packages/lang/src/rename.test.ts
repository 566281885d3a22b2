import { describe, expect, test } from "vitest";
import { renameUse } from "./rename.ts";

function renamed(text: string): string {
  return renameUse({ id: "a", text }, "filters", "sharpen");
}

describe("renameUse", () => {
  test.each([
    ["a call", "await filters.blur(1, { x })", "await sharpen.blur(1, { x })"],
    ["what is taken out of it", "const { blur } = filters;", "const { blur } = sharpen;"],
    ["a shorthand", "const all = { filters, x };", "const all = { filters: sharpen, x };"],
    ["a type around it", "(filters as any).blur()", "(sharpen as any).blur()"],
    ["a template", "`${filters.name}: filters`", "`${sharpen.name}: filters`"],
    ["a member, a key and a text", 'a.filters; ({ filters: 1 }); "filters" // filters', undefined],
    ["a name of an inner function", "const f = (filters) => filters + 1;", undefined],
    ["a cell's own name", "const filters = 1; filters + 1", undefined],
    ["both", "const f = (filters) => filters; f(filters)", "const f = (filters) => filters; f(sharpen)"],
  ])("[RN1] %s", (_, text, wanted) => {
    expect(renamed(text)).toBe(wanted ?? text);
  });

  test("[RN2] a cell that has the new name itself is not touched, and says so", () => {
    const text = "const run = (sharpen: number) => filters.blur(sharpen, {});";
    const start = text.indexOf("sharpen");
    expect(() => renamed(text)).toThrow(
      expect.objectContaining({ code: "rename/taken", span: { source: "a", start, end: start + 7 } }),
    );
    expect(renamed("const sharpen = 1;")).toBe("const sharpen = 1;");
  });

  test("[RN3] a text that cannot be read says so", () => {
    expect(() => renamed("filters.blur(")).toThrow(expect.objectContaining({ code: "syntax/end" }));
  });
});
