import { type Graph, type NodeId, sizeOf } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import type { Program } from "../../program.ts";
import { agrees } from "../../testing/agrees.ts";
import { GraphMaker } from "../../testing/graphs.ts";
import { runTiles } from "../../testing/run-tiles.ts";

interface Sizes {
  readonly heads: number;
  readonly n: number;
  readonly m: number;
  readonly d: number;
  readonly isCausal: boolean;
}

/**
 * The gradients of sum(softmax(change(q kᵀ)) v * g) for q, k and v, as `grad` writes them: P = softmax(S), v' = Pᵀ g,
 * P' = g vᵀ, S' = P (P' - rowsum(P' P)), q' = S' k, k' = (qᵀ S')ᵀ. The first result is softmax(S) v itself.
 */
function gradients({ heads, n, m, d, isCausal }: Sizes): Graph {
  const g = new GraphMaker();
  const shape = [heads, n, m];
  const wide = (x: NodeId): NodeId => g.broadcast(x, shape);
  const [q, k] = [g.input("q", [heads, n, d]), g.input("k", [heads, m, d])];
  const [v, out] = [g.input("v", [heads, m, d]), g.input("g", [heads, n, d])];
  const scale = g.fill(0.5, shape);
  const all = g.binary("mul", g.matmul(q, g.permute(k, [0, 2, 1])), scale);
  const [row, column] = [g.reshape(g.iota([n]), [1, n, 1]), g.reshape(g.iota([m]), [1, 1, m])];
  const seen = g.compare("le", wide(column), wide(row));
  const scores = isCausal ? g.select(seen, all, g.fill(-Infinity, shape)) : all;
  const raised = g.unary("exp", g.binary("sub", scores, wide(g.reduce("max", scores, 2))));
  const weights = g.binary("div", raised, wide(g.reduce("sum", raised, 2)));
  const pulled = g.matmul(out, v, true);
  const delta = wide(g.reduce("sum", g.binary("mul", pulled, weights), 2));
  const ofSoftmax = g.binary("mul", weights, g.binary("sub", pulled, delta));
  const masked = isCausal ? g.select(seen, ofSoftmax, g.fill(0, shape)) : ofSoftmax;
  const ofScores = g.binary("mul", masked, scale);
  return g.graph([
    g.matmul(weights, v),
    g.matmul(ofScores, k),
    g.permute(g.matmul(g.permute(q, [0, 2, 1]), ofScores), [0, 2, 1]),
    g.matmul(g.permute(weights, [0, 2, 1]), out),
  ]);
}

/** The largest buffer, in numbers. */
function largest({ buffers }: Program): number {
  return Math.max(...buffers.map(({ type }) => sizeOf(type.shape)));
}

describe("the way back through softmax(q kᵀ) v holds no weights", () => {
  test.each([
    { heads: 1, n: 96, m: 96, d: 4, isCausal: false },
    { heads: 2, n: 90, m: 101, d: 5, isCausal: true },
  ])("[A30] $heads heads, $n by $m, $d wide, causal: $isCausal", async (sizes) => {
    const program = await agrees(gradients(sizes));
    expect(largest(program)).toBeLessThan(sizes.n * sizes.m);
    expect(program.dispatches).toHaveLength(8);
    expect(program.remarks.filter(({ code }) => code === "fusion/stream")).toEqual([]);
  });

  test("[A31] in all blocks", async () => {
    const graph = gradients({ heads: 2, n: 90, m: 101, d: 5, isCausal: true });
    for (let at = 0; at < 4; at++) {
      const program = await agrees(graph, {
        run: runTiles,
        most: 1e-20,
        choose: ({ configs }) => configs[(3 * at) % configs.length],
      });
      expect(largest(program)).toBeLessThan(90 * 101);
    }
  });
});
