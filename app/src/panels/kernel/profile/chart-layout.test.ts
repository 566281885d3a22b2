import { describe, expect, test } from "vitest";
import { hasPlace, layOut } from "./chart-layout.ts";

const roof = { gflops: 100, gigabytesPerSecond: 10 };
const size = { width: 400, height: 230 };

describe("the roofline chart", () => {
  test("[Q1] the roof rises with the bytes and goes level from the ridge on", () => {
    const { roof: line, ridge, left, right, top, bottom } = layOut([], roof, size);
    const [start, bend, end] = line;
    expect(bend).toEqual([ridge.x, ridge.y]);
    expect(end).toEqual([right, ridge.y]);
    // On equal decades a memory roof is a straight line: as many decades up as to the right.
    expect(start?.[0]).toBeGreaterThanOrEqual(left);
    expect(start?.[1]).toBeLessThanOrEqual(bottom + 1e-9);
    expect(ridge.y).toBeGreaterThan(top);
  });

  test("[Q2] a launch that reaches the roof stands on it, a slower one below, in proportion to its share", () => {
    const reached = { name: "on", intensity: 1, gflops: 10 };
    const slower = { name: "below", intensity: 1, gflops: 1 };
    const { points, yTicks } = layOut([reached, slower], roof, size);
    const [on, below] = points;
    expect(on?.x).toBeCloseTo(below?.x ?? 0);
    const decade = (yTicks[0]?.at ?? 0) - (yTicks[1]?.at ?? 0);
    expect((below?.y ?? 0) - (on?.y ?? 0)).toBeCloseTo(decade);
  });

  test("[Q3] every point lies inside of the axes, whose ends are powers of ten", () => {
    const wide = [
      { name: "a", intensity: 0.003, gflops: 0.0004 },
      { name: "b", intensity: 700, gflops: 250 },
    ];
    const { points, left, right, top, bottom, xTicks, yTicks } = layOut(wide, roof, size);
    for (const { x, y } of points) {
      expect(x).toBeGreaterThan(left);
      expect(x).toBeLessThan(right);
      expect(y).toBeGreaterThan(top);
      expect(y).toBeLessThan(bottom);
    }
    for (const { value } of [...xTicks, ...yTicks]) expect(Math.log10(value) % 1).toBeCloseTo(0);
  });

  test("[Q4] work without operations or without bytes has no place", () => {
    expect(hasPlace({ intensity: 1, gflops: 1 })).toBe(true);
    expect(hasPlace({ intensity: 0, gflops: 0 })).toBe(false);
    expect(hasPlace({ intensity: Infinity, gflops: 3 })).toBe(false);
  });
});
