import { describe, expect, test } from "vitest";
import { keyLabel, KeyReader, keyWord } from "./keys.ts";

const press = (key: string, held: readonly string[] = []) =>
  keyWord({
    key,
    ctrlKey: held.includes("ctrl"),
    metaKey: held.includes("meta"),
    altKey: held.includes("alt"),
    shiftKey: held.includes("shift"),
  });

describe("keys", () => {
  test("[K1] Ctrl and Cmd are both the key for commands", () => {
    expect([press("Enter", ["ctrl"]), press("k", ["meta"]), press("Enter", ["shift"])]).toEqual([
      "Mod+Enter",
      "Mod+k",
      "Shift+Enter",
    ]);
  });
  test("[K2] a shifted character is itself, a shifted letter is not", () => {
    expect([press("?", ["shift"]), press("G", ["shift"]), press("a")]).toEqual(["?", "Shift+g", "a"]);
  });
  test("[K3] d, d in time is one binding", () => {
    const bindings = new Set(["d d", "a"]);
    const reader = new KeyReader(800);
    expect([reader.read("d", bindings, 0), reader.read("d", bindings, 500)]).toEqual(["wait", "d d"]);
    expect([reader.read("d", bindings, 600), reader.read("d", bindings, 2000)]).toEqual(["wait", "wait"]);
  });
  test("[K4] another key ends a sequence and counts itself", () => {
    const bindings = new Set(["d d", "a"]);
    const reader = new KeyReader();
    expect([
      reader.read("d", bindings, 0),
      reader.read("a", bindings, 1),
      reader.read("d", bindings, 2),
    ]).toEqual(["wait", "a", "wait"]);
    expect(reader.read("q", bindings, 3)).toBeUndefined();
  });
  test("[K5] labels are written as the machine's own", () => {
    expect([keyLabel("Mod+k", false), keyLabel("Mod+Shift+Enter", true), keyLabel("d d", false)]).toEqual([
      "Ctrl+K",
      "⌘⇧↩",
      "D, D",
    ]);
  });
});
