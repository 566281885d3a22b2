import { describe, expect, test } from "vitest";
import { LossPolicy, lossWindowMs } from "./loss.ts";

describe("LossPolicy", () => {
  test("[D1] the first loss is rebuilt, a second within two minutes is not, a later one is again", () => {
    const policy = new LossPolicy();
    const times = [0, 1000, 1000 + lossWindowMs, 1000 + 2 * lossWindowMs - 1];
    expect(times.map((now) => policy.mayRebuild(now))).toEqual([true, false, true, false]);
  });
});
