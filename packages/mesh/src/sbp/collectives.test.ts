import { GraphMaker } from "@tilebook/compiler/testing";
import { describe, expect, test } from "vitest";
import { partsOf, runPlans } from "../testing/plans.ts";
import { boxingOf } from "./boxing.ts";
import { harmlessWays, rootOf } from "./harmless.ts";
import { fastest, fastestHarmless, type LinkCosts, timeOf } from "./link-costs.ts";
import { lowerToRanks } from "./lower.ts";
import { type Algorithm, algorithmsOf, stepsAt, stepsOf } from "./schedule.ts";
import { at, broadcast, liesOn, partial, type Sbp, sayOf, split } from "./sbp.ts";

const [rows, columns] = [40, 24];
const type = { dtype: "f32", shape: [rows, columns] } as const;
const bytes = rows * columns * 4;

/** What the ranks have when a tensor was brought from one layout to another, and the bytes that moved. */
function boxed(
  [from, to]: readonly [Sbp, Sbp],
  ranks: number,
  algorithm: Algorithm,
): { readonly seen: readonly (readonly number[])[]; readonly moved: number } {
  const g = new GraphMaker();
  const graph = g.graph([g.input("a", type.shape)]);
  let seed = 1;
  const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  const values = Float64Array.from({ length: rows * columns }, random);
  const inputs = partsOf({ type, values }, from, ranks, random).map(
    (part, rank) => new Map(liesOn(from, rank) ? [["a", part]] : []),
  );
  const plans = lowerToRanks(graph, [{ inputs: [], output: from }], {
    ranks,
    outputs: [to],
    algorithmOf: () => algorithm,
  });
  const { results, bytes: moved } = runPlans(plans, inputs);
  return { seen: results.map(([one]) => Array.from(one?.values ?? [])), moved };
}

/** The greatest difference. */
function apart(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number {
  expect(a.map(({ length }) => length)).toEqual(b.map(({ length }) => length));
  return Math.max(
    0,
    ...a.flatMap((mine, rank) => mine.map((value, index) => Math.abs(value - (b[rank]?.[index] ?? NaN)))),
  );
}

const boxings: readonly (readonly [Sbp, Sbp])[] = [
  [split(0), broadcast],
  [split(1), broadcast],
  [partial.sum, broadcast],
  [partial.max, broadcast],
  [partial.sum, split(0)],
  [partial.sum, at(0)],
  [at(0), broadcast],
];

describe("collectives", () => {
  const cases = boxings.flatMap((pair) =>
    algorithmsOf(boxingOf(...pair)).map(
      (algorithm) => [algorithm, sayOf(pair[0]), sayOf(pair[1]), pair] as const,
    ),
  );
  test.each(cases)(
    "[CO1] %s, %s to %s: the same tensor, for the bytes of the steps",
    (algorithm, from, __, pair) => {
      for (const ranks of [2, 3, 4, 5, 8]) {
        const direct = boxed(pair, ranks, "direct");
        const { seen, moved } = boxed(pair, ranks, algorithm);
        // Halves are added first in a tree, so its sums are rounded otherwise.
        if (algorithm === "tree" && from === "P") expect(apart(seen, direct.seen)).toBeLessThan(1e-12);
        else expect(apart(seen, direct.seen)).toBe(0);
        const steps = stepsOf(boxingOf(...pair), algorithm, ranks) ?? [];
        const formula = bytes * steps.reduce((sum, { share }) => sum + share, 0);
        // Parts are as equal as whole numbers can be.
        if (rows % ranks === 0 && columns % ranks === 0) expect(moved).toBeCloseTo(formula, 6);
        else expect(Math.abs(moved - formula) / formula).toBeLessThan(0.2);
      }
    },
  );

  test("[CO2] roots other than rank 0", () => {
    for (const algorithm of ["ring", "tree"] as const)
      for (const pair of [
        [at(2), broadcast],
        [partial.sum, at(2)],
        [partial.sum, at(3)],
      ] as const)
        expect(apart(boxed(pair, 4, algorithm).seen, boxed(pair, 4, "direct").seen)).toBeLessThan(1e-12);
  });

  test("[CO3] tensors that are too small to be cut go through as well", () => {
    const g = new GraphMaker();
    const graph = g.graph([g.input("a", [1])]);
    for (const algorithm of ["ring", "tree"] as const) {
      const plans = lowerToRanks(graph, [{ inputs: [], output: partial.sum }], {
        ranks: 3,
        outputs: [broadcast],
        algorithmOf: () => algorithm,
      });
      const inputs = [1, 2, 4].map(
        (value) =>
          new Map([["a", { type: { dtype: "f32", shape: [1] } as const, values: Float64Array.of(value) }]]),
      );
      expect(runPlans(plans, inputs).results.map(([one]) => one?.values[0])).toEqual([7, 7, 7]);
    }
  });
});

const alike = (more: Partial<LinkCosts> = {}): LinkCosts => ({
  latency: () => 1,
  perByte: () => 1e-4,
  ...more,
});

describe("the choice of an algorithm", () => {
  test("[CO4] the time of steps: edges beside each other, a rank's way out one after the other", () => {
    const steps = stepsOf("broadcast", "direct", 4) ?? [];
    expect(timeOf(steps, 1e6, alike())).toBeCloseTo(101, 6);
    expect(timeOf(steps, 1e6, alike({ up: () => 1e-4 }))).toBeCloseTo(301, 6);
  });

  test("[CO5] edges of their own: direct, whatever the size", () => {
    for (const size of [1e3, 1e6, 1e8])
      for (const boxing of ["all-gather", "all-reduce", "broadcast", "reduce", "reduce-scatter"] as const)
        expect(fastest(boxing, size, 8, alike())).toBe("direct");
  });

  test("[CO6] one way out for all that a rank sends: large tensors go around, small ones by a tree", () => {
    const shared = alike({ up: () => 1e-4, down: () => 1e-4 });
    expect(fastest("broadcast", 1e8, 8, shared)).toBe("ring");
    expect(fastest("broadcast", 2e4, 8, shared)).toBe("tree");
    expect(fastest("broadcast", 1e2, 8, shared)).toBe("direct");
  });

  test("[CO7] one slow edge is gone around", () => {
    const slow = alike({ perByte: (from, to) => (Math.abs(from - to) === 2 ? 1e-2 : 1e-4) });
    expect(fastest("all-gather", 1e7, 4, slow)).toBe("ring");
    expect(fastest("all-reduce", 1e7, 4, slow)).toBe("ring");
  });

  test("[CO8] in one air everything takes its turn, and the way with the fewest bytes through it wins", () => {
    const hall = alike({ air: () => "hall" });
    const times = algorithmsOf("reduce-scatter").map((one) =>
      timeOf(stepsOf("reduce-scatter", one, 4) ?? [], 1e6, hall),
    );
    expect(fastest("reduce-scatter", 1e6, 4, hall)).toBe("direct");
    // Twice in the air: (p - 1) T and (p - 1) T + (p - 1) / p T.
    expect(times[0]).toBeCloseTo(2 * 3 * 100 + 1, 3);
    expect(times[1]).toBeGreaterThan(2 * 3.75 * 100);
    expect(times[1]).toBeLessThan(2 * 3.75 * 100 + 20);
  });

  test("[CO9] by measurement only ways are taken that give the same numbers for the same bytes", () => {
    const ranks = 4;
    for (const [from, to] of [
      ...boxings,
      [partial.sum, at(3)],
      [partial.max, at(2)],
      [at(2), broadcast],
    ] as const) {
      const ways = harmlessWays({ from, to, ranks });
      const direct = boxed([from, to], ranks, "direct");
      for (const algorithm of ["ring", "tree"] as const) {
        const { seen, moved } = boxed([from, to], ranks, algorithm);
        const isSame = apart(seen, direct.seen) === 0 && moved === direct.moved;
        expect([sayOf(from), sayOf(to), algorithm, ways.includes(algorithm)]).toEqual([
          sayOf(from),
          sayOf(to),
          algorithm,
          isSame && algorithmsOf(boxingOf(from, to)).includes(algorithm),
        ]);
      }
    }
  });

  test("[CO10] the steps are those of the root that there is: who is behind a slow edge is reached by another", () => {
    const moving = { from: at(2), to: broadcast, ranks: 4 } as const;
    expect(stepsAt(rootOf(moving), "broadcast", "direct", 4).map(({ from, to }) => [from, to])).toEqual([
      [2, 3],
      [2, 0],
      [2, 1],
    ]);
    const behind = alike({ perByte: (from, to) => (from === 2 && to === 0 ? 1e-2 : 1e-4) });
    expect(fastestHarmless(moving, 1e7, behind)).toBe("ring");
    expect(fastestHarmless({ ...moving, from: at(0) }, 1e7, behind)).toBe("direct");
  });

  test("[CO11] names of what travels say in which way", () => {
    const g = new GraphMaker();
    const graph = g.graph([g.input("a", type.shape)]);
    const whatIs = (algorithmOf: () => Algorithm): readonly string[] => {
      const plans = lowerToRanks(graph, [{ inputs: [], output: split(0) }], {
        ranks: 3,
        outputs: [broadcast],
        algorithmOf,
      });
      return plans.flatMap(({ sends }) => sends.map(({ as }) => as.split(" ")[0] ?? ""));
    };
    expect(new Set(whatIs(() => "ring"))).toEqual(new Set(["all-gather.ring"]));
    expect(new Set(whatIs(() => "direct"))).toEqual(new Set(["all-gather.direct"]));
  });
});
