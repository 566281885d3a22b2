import { describe, expect, test } from "vitest";
import { printComparison } from "./print.ts";
import type { BenchResult, CaseResult, ClockName } from "./result.ts";
import { compareRows } from "./rows.ts";
import { compared, verdicts } from "./targets.ts";

const right = { error: 1e-7, recheck: 1e-7 };

/** All compared cases in `ours` milliseconds, one library in `theirs`, the hand in 97. */
function all(ours: number, theirs: number, ids: readonly string[] = compared): BenchResult {
  const entry: CaseResult = {
    spec: { flops: 2e9, bytes: 1e8 },
    engines: {
      tilebook: { gpuCpuMs: ours, wallMs: ours, ...right },
      jax: { gpuCpuMs: theirs, wallMs: theirs, ...right },
      "wgsl-sg": { gpuCpuMs: 97, ...right },
    },
  };
  return {
    limits: { gflopsCpu: 8, gbpsCpu: 2 },
    cases: Object.fromEntries(ids.map((id) => [id, entry])),
    cold: {},
  };
}

function passed(found: BenchResult, clock: ClockName): Readonly<Record<string, boolean>> {
  const { rows } = compareRows(found, "tilebook", clock);
  return Object.fromEntries(verdicts(rows, clock).map(({ target, passed: good }) => [target, good]));
}

describe("the verdicts", () => {
  test("[V1] twice as fast as the libraries and 3 % behind the hand pass", () => {
    expect(passed(all(100, 201), "gpuCpuMs")).toMatchObject({
      "right (error < 1e-5) in every case": true,
      "faster than the libraries in every case": true,
      "2x the fastest library per case, geometric mean": true,
      "no slower than the best hand-written WGSL, within 5 %": true,
      "matmul-512 at 50 % of the multiply-add limit": true,
    });
  });

  test("[V2] 1.6x passes on the wall clock only, and slower than a library nowhere", () => {
    expect(passed(all(100, 160), "gpuCpuMs")["2x the fastest library per case, geometric mean"]).toBe(false);
    expect(passed(all(100, 160), "wallMs")["1.5x the fastest library per case, geometric mean"]).toBe(true);
    expect(passed(all(100, 99), "wallMs")["faster than the libraries in every case"]).toBe(false);
  });

  test("[V3] what was not measured does not pass", () => {
    const found = passed(all(100, 300, ["sum-4M"]), "gpuCpuMs");
    expect(found["every compared case measured"]).toBe(false);
    expect(found["matmul-512 at 50 % of the multiply-add limit"]).toBe(false);
    expect(found["least GPU memory in every case"]).toBe(false);
  });

  test("[V5] every case means every one: where some have no cold run, memory does not pass", () => {
    const found = all(100, 300);
    const fresh = { peakBytes: 8, ...right };
    const cold = Object.fromEntries(compared.map((id) => [id, { tilebook: fresh, jax: fresh }]));
    const { "sum-4M": _, ...most } = cold;
    expect(passed({ ...found, cold }, "gpuCpuMs")["least GPU memory in every case"]).toBe(true);
    expect(passed({ ...found, cold: most }, "gpuCpuMs")["least GPU memory in every case"]).toBe(false);
  });

  test("[V4] the text says what passes and what is short", () => {
    const { rows, failed } = compareRows(all(100, 90), "tilebook", "gpuCpuMs");
    const text = printComparison({ rows, failed, verdicts: verdicts(rows, "gpuCpuMs") }, "gpuCpuMs");
    expect(text).toContain("matmul-512");
    expect(text).toContain("geometric mean: libraries 0.90x, hand-written 0.97x");
    expect(text).toContain("PASS  no slower than the best hand-written WGSL, within 5 %: 13 of 13");
    expect(text).toMatch(/BELOW faster than the libraries in every case: 0 of 13; short: matmul-256 0.90,/);
  });
});
