import { describe, expect, test } from "vitest";
import { colourOf, paint, scaleFor } from "./colour-scale.ts";

const light = ([r, g, b]: readonly number[]) => 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0);

describe("colour scale", () => {
  test("[C1] larger is darker, without a step back", () => {
    const scale = scaleFor(0, 1);
    const steps = Array.from({ length: 101 }, (_, i) => light(colourOf(i / 100, scale)));
    expect(steps.every((step, i) => i === 0 || step <= (steps[i - 1] ?? 0))).toBe(true);
  });
  test("[C2] values of both signs have zero in the middle, whatever the ends", () => {
    const scale = scaleFor(-1, 3);
    expect(scale).toEqual({ kind: "diverging", low: -3, high: 3 });
    expect(light(colourOf(0, scale))).toBeGreaterThan(240);
  });
  test("[C3] what is no finite number has a colour of its own", () => {
    const scale = scaleFor(0, 1);
    const odd = colourOf(NaN, scale);
    expect(colourOf(Infinity, scale)).toEqual(odd);
    expect(Array.from({ length: 50 }, (_, i) => colourOf(i / 49, scale))).not.toContainEqual(odd);
  });
  test("[C4] a constant tensor is painted, not divided by zero", () => {
    expect(Array.from(paint([2, 2], scaleFor(2, 2)))).toEqual([96, 115, 232, 255, 96, 115, 232, 255]);
  });
});
