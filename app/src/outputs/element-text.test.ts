import { expect, test } from "vitest";
import { elementText } from "./element-text.ts";

test("[ET1] whole numbers are in full, other numbers in six digits, masks are words", () => {
  expect(elementText(4_294_967_295, "u32")).toBe("4294967295");
  expect(elementText(5999, "f32")).toBe("5999");
  expect(elementText(Math.fround(0.1), "f32")).toBe("0.1");
  expect(elementText(0.0999755859375, "f16")).toBe("0.1");
  expect(elementText(Math.fround(Math.PI), "f32")).toBe("3.14159");
  expect(elementText(Math.fround(Math.PI), "f32", 9)).toBe("3.1415927");
  expect(elementText(Math.PI * 1e-7, "f32")).toBe("3.14159e-7");
  expect([NaN, -Infinity].map((value) => elementText(value, "f32"))).toEqual(["NaN", "-Inf"]);
  expect([0, 1].map((value) => elementText(value, "bool"))).toEqual(["false", "true"]);
});
