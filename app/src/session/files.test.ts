import { describe, expect, test } from "vitest";
import { fileName } from "./files.ts";

describe("fileName", () => {
  test("[F1] a title becomes a name that any file system takes", () => {
    expect(["Tiled attention", "  a/b: c?  ", "Über Größe", "日本", "…"].map(fileName)).toEqual([
      "tiled-attention.nb.md",
      "a-b-c.nb.md",
      "uber-große.nb.md",
      "日本.nb.md",
      "notebook.nb.md",
    ]);
  });
});
