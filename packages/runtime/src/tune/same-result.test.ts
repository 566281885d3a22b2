import { describe, expect, test } from "vitest";
import { whyWrong } from "./same-result.ts";

const f32 = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.of(...values).buffer);
const i32 = (...values: number[]): Uint8Array => new Uint8Array(Int32Array.of(...values).buffer);
const half = (...bits: number[]): Uint8Array => new Uint8Array(Uint16Array.of(...bits).buffer);

describe("whether two results are the same", () => {
  test("[U10] floats may be rounded in another order, and not more", () => {
    expect(whyWrong("f32", f32(1, 2, 3), f32(1, 2.0000002, 3))).toBeUndefined();
    expect(whyWrong("f32", f32(1, 2, 3), f32(1, 2.1, 3))).toMatch(/normalised error is 7.1e-4/);
  });

  test("[U11] whole numbers are equal or wrong", () => {
    expect(whyWrong("i32", i32(1000, 7), i32(1000, 7))).toBeUndefined();
    expect(whyWrong("i32", i32(1000, 7), i32(1001, 7))).toMatch(/byte 0/);
  });

  test("[U12] NaN and infinity stand at the same places", () => {
    expect(whyWrong("f32", f32(NaN, Infinity, 0), f32(NaN, Infinity, -0))).toBeUndefined();
    expect(whyWrong("f32", f32(NaN, 1), f32(1, 1))).toBe("element 0 is 1 instead of NaN");
    expect(whyWrong("f32", f32(1, Infinity), f32(1, -Infinity))).toMatch(/element 1 is -Infinity/);
    expect(whyWrong("f32", f32(1, 2), f32(1, NaN))).toMatch(/element 1 is NaN/);
  });

  test("[U13] anything is wrong where zeros are right, and so is what is missing", () => {
    expect(whyWrong("f32", f32(0, 0), f32(0, 1e-6))).toMatch(/Infinity/);
    expect(whyWrong("f32", f32(0, 0), f32(0))).toMatch(/4 bytes instead of 8/);
  });

  test("[U14] f16 by its values", () => {
    expect(whyWrong("f16", half(0x3c00, 0x4000), half(0x3c00, 0x4000))).toBeUndefined();
    expect(whyWrong("f16", half(0x3c00, 0x4000), half(0x3c00, 0x3c00))).toMatch(/normalised error/);
  });
});
