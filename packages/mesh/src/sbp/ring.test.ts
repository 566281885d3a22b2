import { GraphMaker, normalisedError, randomNumbers } from "@tilebook/compiler/testing";
import { runGraph, type TensorValue } from "@tilebook/interp";
import { describe, expect, test } from "vitest";
import { runPlans } from "../testing/plans.ts";
import { ringAttention, ringBytes, stepsOf } from "../testing/ring-attention.ts";
import { chooseSignatures } from "./choose.ts";
import { lowerToRanks } from "./lower.ts";
import { at } from "./sbp.ts";

const [tokens, width] = [8, 4];

function valueOf(name: string, shape: readonly number[]): TensorValue {
  const seed = name.charCodeAt(0) * 100 + Number(name.slice(1));
  const count = shape.reduce((product, size) => product * size, 1);
  return { type: { dtype: "f32", shape }, values: Float64Array.from(randomNumbers(count, seed)) };
}

/** Attention of all tokens by its own node, in pieces. */
function dense(ranks: number): readonly ArrayLike<number>[] {
  const g = new GraphMaker();
  const [q, k, v] = ["q", "k", "v"].map((name) =>
    Array.from({ length: ranks }, (_, rank) => g.input(`${name}${rank}`, [tokens, width])).reduce(
      (into, piece, rank) => g.paste(piece, into, [rank * tokens, 0]),
      g.fill(0, [ranks * tokens, width]),
    ),
  );
  const all = g.attention({ q: q ?? 0, k: k ?? 0, v: v ?? 0 }, 1 / Math.sqrt(width), true);
  const pieces = Array.from({ length: ranks }, (_, rank) =>
    g.slice(all, [rank * tokens, 0], [tokens, width]),
  );
  return runGraph(
    g.graph(pieces),
    new Map(namesOf(ranks).map((name) => [name, valueOf(name, [tokens, width])])),
  );
}

function namesOf(ranks: number): readonly string[] {
  return ["q", "k", "v"].flatMap((name) => Array.from({ length: ranks }, (_, rank) => `${name}${rank}`));
}

describe("attention around a ring", () => {
  test.each([2, 3, 4, 5, 8])(
    "[RA1] %i ranks: what the attention node gives, for the bytes of the formula",
    (ranks) => {
      const graph = ringAttention({ ranks, tokens, width });
      const chosen = chooseSignatures(graph, { ranks, inputs: (name) => [at(Number(name.slice(1)))] });
      const plans = lowerToRanks(graph, chosen?.signatures ?? [], { ranks });
      const inputs = plans.map(
        (_, rank) =>
          new Map(
            namesOf(ranks)
              .filter((name) => Number(name.slice(1)) === rank)
              .map((name) => [name, valueOf(name, [tokens, width])]),
          ),
      );
      const { results, bytes } = runPlans(plans, inputs);
      for (const [rank, wanted] of dense(ranks).entries())
        expect(
          normalisedError(Array.from(results[rank]?.[0]?.values ?? []), Array.from(wanted)),
        ).toBeLessThan(1e-20);
      expect([bytes, chosen?.bytes]).toEqual([ringBytes({ ranks, tokens, width }), bytes]);
    },
  );

  test("[RA2] every pair once, in half as many steps; ranks rest only in the last, where their number is even", () => {
    for (const ranks of [3, 4, 5, 8]) {
      const steps = stepsOf(ranks);
      const pairs = new Set(steps.flat().map(({ queries, keys }) => `${queries} ${keys}`));
      expect([pairs.size, steps.flat().length]).toEqual(Array(2).fill((ranks * (ranks - 1)) / 2));
      const rest = steps.reduce((sum, step) => sum + ranks - step.length, 0);
      expect([steps.length + 1, rest]).toEqual([Math.floor(ranks / 2) + 1, ranks % 2 === 0 ? ranks / 2 : 0]);
    }
  });
});
