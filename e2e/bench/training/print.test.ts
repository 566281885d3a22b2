import { describe, expect, test } from "vitest";
import { printTraining } from "./print.ts";
import { compareLosses, type TrainingResult } from "./result.ts";
import type { Measured } from "./rounds.ts";

function took(ms: number, losses: readonly number[]): Measured {
  return {
    firstMs: 1000,
    pipelines: 7,
    losses: [...losses],
    gpuCpuMs: [ms, ms * 3, ms * 2],
    pageCpuMs: [10],
    wallMs: [ms],
    dispatches: 298,
    submits: 2,
    peakBytes: 3 * 2 ** 20,
    errors: [],
  };
}

function resultOf(ours: Measured, theirs: Measured): TrainingResult {
  return {
    at: "",
    chromium: "156",
    load: [0],
    size: "sketch",
    sizes: { width: 32, layers: 2, heads: 2, length: 32, batch: 8 },
    tuneSeconds: 0,
    engines: { tilebook: ours, jax: theirs },
  };
}

describe("the bench of a training step", () => {
  test("[TB1] a row has medians, and how many times as long as ours it took", () => {
    const lines = printTraining(resultOf(took(100, [5.5]), took(250, [5.5]))).split("\n");
    expect(lines[2]).toMatch(/^tilebook +200 +10 +100 +1\.00x 1\.00x +298 +2\.0 +3\.0 +7 +1000$/);
    expect(lines[3]).toMatch(/^jax +500 +10 +250 +2\.50x 2\.50x /);
    expect(lines[4]).toMatch(/^PASS/);
  });

  test("[TB2] losses further apart than a thousandth, or none at all, are those of different things", () => {
    const ours = took(1, [5.5, 5.4]);
    expect(compareLosses(resultOf(ours, took(1, [5.5, 5.4005])))).toMatchObject({ agree: true, steps: 2 });
    expect(compareLosses(resultOf(ours, took(1, [5.5, 5.402])))).toMatchObject({ agree: false });
    expect(compareLosses(resultOf(ours, took(1, [5.5, Number.NaN])))).toMatchObject({ agree: false });
    expect(compareLosses(resultOf(ours, took(1, [])))).toMatchObject({ agree: false });
    expect(printTraining(resultOf(ours, took(1, [5.5, 6])))).toContain("WRONG");
  });
});
