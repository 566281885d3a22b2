import { describe, expect, test } from "vitest";
import { nibblesOf } from "./inputs.ts";

describe("inputs", () => {
  test("[N1] of a byte of packed u4, the low half comes first", () => {
    expect([...nibblesOf(Uint8Array.of(0x21, 0xf0))]).toEqual([1, 2, 0, 15]);
  });
});
