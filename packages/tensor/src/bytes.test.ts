import { dtypeInfo } from "@tilebook/ir";
import { assert, double, property } from "fast-check";
import { expect, test } from "vitest";
import { fromBytes, halfBits, halfValue, toBytes } from "./bytes.ts";

test("[B1] every half survives the way there and back", () => {
  const seen = Array.from({ length: 65536 }, (_, bits) => halfBits(halfValue(bits)));
  expect(seen.filter((back, bits) => back !== (isNaNOfHalf(bits) ? 0x7e00 : bits))).toEqual([]);
});

test("[B2] a number becomes the nearest half", () => {
  assert(
    property(double({ min: -70000, max: 70000 }), (value) => {
      expect(halfValue(halfBits(value))).toBe(dtypeInfo.f16.round(value));
    }),
  );
});

test("[B3] bytes may stand at any offset, and too few are a fault", () => {
  const bytes = toBytes([1, -2, 3], "i32");
  const shifted = new Uint8Array(20);
  shifted.set(bytes, 3);
  expect(fromBytes(shifted.subarray(3), "i32", 3)).toEqual(new Int32Array([1, -2, 3]));
  expect(() => fromBytes(bytes, "f32", 4)).toThrow(expect.objectContaining({ code: "tensor/bytes" }));
});

function isNaNOfHalf(bits: number): boolean {
  return (bits & 0x7c00) === 0x7c00 && (bits & 0x3ff) !== 0;
}
