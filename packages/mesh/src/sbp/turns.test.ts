import { GraphMaker } from "@tilebook/compiler/testing";
import type { Graph, NodeId } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { chooseSignatures } from "./choose.ts";
import { lowerToRanks } from "./lower.ts";
import { inputNames, type PeerPlan } from "./peer-plan.ts";
import { at } from "./sbp.ts";

const size = 64;

function plansOf(graph: Graph, ranks: number, rankOf: (tensor: string) => number): readonly PeerPlan[] {
  const chosen = chooseSignatures(graph, { ranks, inputs: (tensor) => [at(rankOf(tensor))] });
  return lowerToRanks(graph, chosen?.signatures ?? [], { ranks });
}

/** Chunk after chunk, terms x[rank].chunk · w[rank] are added around a ring; chunk c begins at rank c + 1 and ends at rank c. */
function scatteredAround(ranks: number): Graph {
  const g = new GraphMaker();
  const sums = Array.from({ length: ranks }, (_, chunk) => {
    let sum: NodeId | undefined;
    for (let step = 1; step <= ranks; step++) {
      const rank = (chunk + step) % ranks;
      const term = g.matmul(g.input(`x${rank}.${chunk}`, [size, size]), g.input(`w${rank}`, [size, size]));
      sum = sum === undefined ? term : g.binary("add", g.place(sum, at(rank)), term);
    }
    return sum ?? 0;
  });
  return g.graph(sums);
}

describe("turns", () => {
  test("[TU1] around a ring each rank begins with the chunk that has the longest way to go, whatever was asked for first", () => {
    const plans = plansOf(scatteredAround(4), 4, (tensor) => Number(tensor[1]));
    const chunks = plans.map(({ tasks }) =>
      tasks
        .filter(({ graph }) => graph.nodes.some(({ kind }) => kind === "matmul"))
        .map(({ graph }) => inputNames(graph).find((name) => name.startsWith("x"))?.[3]),
    );
    // Of its own chunk a rank has the last term.
    expect(chunks).toEqual([
      ["3", "2", "1", "0"],
      ["0", "3", "2", "1"],
      ["1", "0", "3", "2"],
      ["2", "1", "0", "3"],
    ]);
  });

  test("[TU2] of two values that go to one rank, the one that goes on from there is sent first", () => {
    const g = new GraphMaker();
    const [near, far] = ["near", "far"].map((name) => g.place(g.input(name, [size, size]), at(1)));
    const on = g.place(g.unary("exp", far ?? 0), at(2));
    const [first] = plansOf(g.graph([near ?? 0, on]), 3, () => 0);
    expect(first?.sends.map(({ value }) => value)).toEqual(["far", "near"]);
  });

  test("[TU3] of equals what needs least work until bytes leave goes first, and stands after what it reads", () => {
    const g = new GraphMaker();
    const input = (name: string): NodeId => g.input(name, [size, size]);
    const long = g.place(g.matmul(g.matmul(input("a"), input("b")), input("b")), at(1));
    const short = g.place(g.unary("exp", input("c")), at(1));
    const [first] = plansOf(g.graph([long, short]), 2, () => 0);
    expect(first?.tasks.map(({ graph }) => inputNames(graph))).toEqual([["c"], ["a", "b"]]);
    expect(first?.tasks.map(({ turn }) => turn)).toEqual([
      { ahead: size * size * 4 + 65_536, until: size * size, place: 1 },
      { ahead: size * size * 4 + 65_536, until: 4 * size ** 3, place: 0 },
    ]);
  });
});
