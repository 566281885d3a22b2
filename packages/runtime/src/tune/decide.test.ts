import { describe, expect, test } from "vitest";
import { portableTarget } from "@tilebook/compiler";
import { scale } from "../testing/kernels.ts";
import { compare, isHopeless, median, whyPruned } from "./decide.ts";

describe("what is faster", () => {
  test("[U1] the median of an even number of samples lies between the two in the middle", () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([9, 1, 2])).toBe(2);
  });

  test("[U2] a challenger wins only beyond what measurements differ by", () => {
    expect(compare([9, 9.1, 9.2], [10, 10.1, 10.2])).toBe("faster");
    expect(compare([9.9, 9.95, 10], [10, 10.1, 10.2])).toBe("not faster");
    expect(compare([12, 12, 12], [10, 10, 10])).toBe("not faster");
  });

  test("[U3] one lucky sample does not win, nor does one unlucky sample lose", () => {
    expect(compare([5, 10, 10], [10, 10, 10])).toBe("not faster");
    expect(compare([8, 8, 30], [10, 10, 10])).toBe("faster");
    // The incumbent was as fast at its best: what slowed it down may have been something else.
    expect(compare([8, 8, 8], [8, 10, 10])).toBe("unsure");
  });

  test("[U4] nothing measured wins against nothing", () => {
    expect(compare([], [1])).toBe("not faster");
    expect(compare([1], [])).toBe("not faster");
  });

  test("[U5] three times the best is not hopeless, more is; the first of all never is", () => {
    expect(isHopeless(3, 1)).toBe(false);
    expect(isHopeless(3.1, 1)).toBe(true);
    expect(isHopeless(3.1, Infinity)).toBe(false);
  });
});

describe("what need not be tried", () => {
  const { counts } = scale;

  test("[U6] says why: long code, too many registers, too much workgroup memory", () => {
    expect(whyPruned(scale, portableTarget)).toBeUndefined();
    expect(whyPruned({ ...scale, wgsl: " ".repeat(65537) }, portableTarget)).toMatch(/65537 bytes of WGSL/);
    const large = { ...counts, registers: 2000 };
    expect(whyPruned({ ...scale, counts: large }, portableTarget)).toMatch(/2000 values/);
    const shared = { ...counts, workgroupBytes: 20_000 };
    expect(whyPruned({ ...scale, counts: shared }, portableTarget)).toMatch(/20000 bytes of workgroup/);
  });
});
