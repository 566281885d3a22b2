import { describe, expect, test } from "vitest";
import { decodeElements, encodeElements } from "./elements.ts";

describe("elements", () => {
  test("[E1] every f16 value survives decoding and encoding", () => {
    const all = new Uint8Array(Uint16Array.from({ length: 0x7c01 }, (_, i) => i).buffer);
    const negative = new Uint8Array(Uint16Array.from({ length: 0x7c01 }, (_, i) => i | 0x8000).buffer);
    expect(encodeElements(decodeElements(all, "f16"), "f16")).toEqual(all);
    expect(encodeElements(decodeElements(negative, "f16"), "f16")).toEqual(negative);
    const values = decodeElements(
      new Uint8Array(Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff).buffer),
      "f16",
    );
    expect(Array.from(values)).toEqual([1, -2, 2 ** -24, 65504]);
  });

  test("[E2] integers, floats and bools keep their bits", () => {
    const bytes = new Uint8Array(Uint32Array.of(0, 1, 0x80000000, 0x7fffffff).buffer);
    expect(Array.from(decodeElements(bytes, "i32"))).toEqual([0, 1, -(2 ** 31), 2 ** 31 - 1]);
    for (const dtype of ["i32", "u32"] as const)
      expect(encodeElements(decodeElements(bytes, dtype), dtype)).toEqual(bytes);
    expect(Array.from(decodeElements(bytes, "bool"))).toEqual([0, 1, 1, 1]);
  });
});
