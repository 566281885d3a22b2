import { array, assert, boolean, constantFrom, property, record, uniqueArray } from "fast-check";
import { describe, expect, test } from "vitest";
import { merged, whyUntrue } from "./merge.ts";
import type { Candidate, KernelTuning } from "./tuning.ts";

const measured = (config: string, milliseconds: number): Candidate => ({
  config,
  status: "measured",
  milliseconds,
});

function tuning(
  winner: string,
  candidates: readonly Candidate[],
  more: Partial<KernelTuning> = {},
): KernelTuning {
  return { key: "k", kernel: "matmul", winner, clock: "gpu", complete: false, candidates, ...more };
}

const timeOf = ({ winner, candidates }: KernelTuning): number =>
  candidates.find(({ config }) => config === winner)?.milliseconds ?? Infinity;

describe("two tables of one class of devices", () => {
  const ours = tuning("a", [measured("a", 4)]);

  test("[U80] a faster config that was not tried here is used from then on, and its file is told", () => {
    const theirs = tuning("b", [measured("a", 9), measured("b", 3)], { complete: true, from: "x.json" });
    expect(merged(ours, theirs)).toEqual({
      ...theirs,
      candidates: [measured("a", 4), measured("b", 3)],
    });
  });

  test("[U81] what was tried here stands: what was wrong, and what lost", () => {
    const wrong: Candidate = { config: "b", status: "wrong", reason: "its normalised error is 1" };
    const own = tuning("a", [measured("a", 4), wrong, measured("c", 5)]);
    const told = [measured("a", 9), measured("b", 1), measured("c", 1), measured("d", 8)];
    for (const winner of ["b", "c"]) {
      const now = merged(own, tuning(winner, told, { from: "x" }));
      expect([now.winner, now.from]).toEqual(["a", undefined]);
      expect(now.candidates).toEqual([...own.candidates, measured("d", 8)]);
    }
  });

  test("[U82] times of another clock, and no times, replace nothing", () => {
    expect(merged(ours, tuning("b", [measured("b", 1)], { clock: "wall" })).winner).toBe("a");
    expect(merged(ours, tuning("b", [{ config: "b", status: "failed" }])).winner).toBe("a");
    expect(merged(tuning("a", []), tuning("b", [measured("b", 1)])).winner).toBe("b");
  });

  test("[U83] any two: never slower, nothing of ours is lost, and twice is as good as once", () => {
    const names = ["a", "b", "c", "d"];
    const candidates = uniqueArray(constantFrom(...names), { minLength: 1 }).chain((configs) =>
      array(constantFrom(1, 2, 3, 4), { minLength: 4, maxLength: 4 }).map((times) =>
        configs.map((config, at) => measured(config, times[at] ?? 1)),
      ),
    );
    const any = record({ all: candidates, complete: boolean(), wall: boolean() }).map(
      ({ all, complete, wall }) =>
        tuning(all[0]?.config ?? "a", all, { complete, clock: wall ? "wall" : "gpu" }),
    );
    assert(
      property(any, any, (one, other) => {
        const now = merged(one, other);
        expect(timeOf(now)).toBeLessThanOrEqual(timeOf(one));
        expect(now.candidates.slice(0, one.candidates.length)).toEqual(one.candidates);
        expect(merged(now, other)).toEqual(now);
        expect(merged(one, one)).toBe(one);
      }),
    );
  });

  test("[U84] what cannot be true is told", () => {
    expect(whyUntrue(ours)).toBeUndefined();
    const failed: Candidate = { config: "b", status: "failed", reason: "no" };
    expect(whyUntrue(tuning("b", [failed]))).toBeUndefined();
    expect(whyUntrue(tuning("b", [measured("a", 1), failed]))).toMatch(/has no time/);
    expect(whyUntrue(tuning("a", [measured("a", 1), measured("a", 2)]))).toMatch(/twice/);
    expect(whyUntrue(tuning("a", [{ ...measured("a", 1), samples: [2, 3] }]))).toMatch(/not among/);
  });
});
