import type { ValueTree } from "@tilebook/notebook";
import { describe, expect, test } from "vitest";
import { previewOf } from "./value-text.ts";

const number = (text: string): ValueTree => ({ kind: "primitive", type: "number", text });

describe("previewOf", () => {
  test("[O1] a long list shows its size and its first entries", () => {
    const entries = ["1", "2", "3", "4", "5", "6"].map((text, index) => ({
      key: String(index),
      value: number(text),
    }));
    expect(previewOf({ kind: "list", type: "Array", entries, size: 1437 })).toBe(
      "Array(1,437) [1, 2, 3, 4, 5, …]",
    );
  });
  test("[O2] an object shows keys, and its class unless it is plain", () => {
    const entries = [{ key: "name", value: { kind: "primitive", type: "string", text: 'a"b' } as const }];
    expect(previewOf({ kind: "object", type: "Object", entries, size: 1 })).toBe('{name: "a\\"b"}');
    expect(previewOf({ kind: "object", type: "Map", entries: [], size: 0 })).toBe("Map {}");
  });
});
