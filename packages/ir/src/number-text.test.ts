import { double, assert, property } from "fast-check";
import { expect, test } from "vitest";
import { dtypeInfo } from "./dtype.ts";
import { shortestNumber } from "./number-text.ts";

test("[NT1] the shortest decimal that gives the same f32 or f16", () => {
  expect(String(shortestNumber(Math.fround(0.1), "f32"))).toBe("0.1");
  expect(String(shortestNumber(dtypeInfo.f16.round(0.1), "f16"))).toBe("0.1");
  expect(String(shortestNumber(Math.fround(Math.PI), "f32"))).toBe("3.1415927");
  expect(String(shortestNumber(16_777_216, "f32"))).toBe("16777216");
  expect([NaN, -Infinity, 7].map((value) => shortestNumber(value, "f32"))).toEqual([NaN, -Infinity, 7]);
  expect(Object.is(shortestNumber(-0, "f32"), -0)).toBe(true);
});

test("[NT2] it is the number again, in both dtypes", () => {
  for (const dtype of ["f32", "f16"] as const) {
    const { round } = dtypeInfo[dtype];
    assert(
      property(double(), (any) => {
        const value = round(any);
        expect(round(shortestNumber(value, dtype))).toBe(value);
      }),
    );
  }
});
