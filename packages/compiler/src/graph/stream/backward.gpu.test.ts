import { type Graph, type NodeId, sizeOf } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { portableTarget, type Program } from "../../program.ts";
import { agrees } from "../../testing/agrees.ts";
import { GraphMaker } from "../../testing/graphs.ts";
import { runTiles } from "../../testing/run-tiles.ts";
import { compileGraph } from "../compile-graph.ts";

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
  const made = g.matmul(weights, v);
  const pulled = g.matmul(out, v, true);
  const delta = wide(g.reduce("sum", g.binary("mul", pulled, weights), 2));
  const ofSoftmax = g.binary("mul", weights, g.binary("sub", pulled, delta));
  const masked = isCausal ? g.select(seen, ofSoftmax, g.fill(0, shape)) : ofSoftmax;
  const ofScores = g.binary("mul", masked, scale);
  return g.graph([
    made,
    g.matmul(ofScores, k),
    g.permute(g.matmul(g.permute(q, [0, 2, 1]), ofScores), [0, 2, 1]),
    g.matmul(g.permute(weights, [0, 2, 1]), out),
  ]);
}

/** The largest buffer, in numbers. */
function largest({ buffers }: Program): number {
  return Math.max(...buffers.map(({ type }) => sizeOf(type.shape)));
}

/** The kernel of each launch, and how many buffers it binds. */
function namesOf({ dispatches, kernels }: Program): readonly string[] {
  return dispatches.map(({ kernel, buffers }) => `${kernels[kernel]?.name} ${buffers.length}`);
}

describe("the way back through softmax(q kᵀ) v holds no weights", () => {
  const sizes = { heads: 2, n: 90, m: 101, d: 5, isCausal: true };

  test.each([{ ...sizes, n: 96, m: 96, d: 4, isCausal: false }, sizes])(
    "[A30] $n by $m, $d wide, causal: $isCausal",
    async (some) => {
      const program = await agrees(gradients(some), { target: portableTarget });
      expect(largest(program)).toBeLessThan(some.n * some.m);
      // The result with maximum and sum in one buffer, the row sum, q', and k' with v', which is stored turned.
      expect(namesOf(program)).toEqual(["flash 5", "reduce_sum 3", "flash 7", "flash 8"]);
      expect(program.remarks.filter(({ code }) => code === "fusion/stream")).toEqual([]);
    },
  );

  test("[A32] a device that binds 7 buffers has a kernel each for k' and v'", async () => {
    const target = { ...portableTarget, storageBuffers: 7 };
    const program = await agrees(gradients(sizes), { target, run: runTiles, most: 1e-20 });
    const names = ["flash 5", "reduce_sum 3", "flash 7", "flash 7", "flash 5"];
    expect(namesOf(program)).toEqual(names);
  });

  test("[A33] the row sum is a walk where the result is not wanted: with maximum and sum in one", async () => {
    const graph = gradients(sizes);
    const program = await agrees(
      { ...graph, outputs: graph.outputs.slice(1) },
      { run: runTiles, most: 1e-20 },
    );
    expect(largest(program)).toBeLessThan(sizes.n * sizes.m);
    expect(namesOf(program)).toEqual(["flash 6", "flash 7", "flash 8"]);
  });

  test("[A34] numbers that are parameters are named by the nodes of the graph that was given", () => {
    const graph = gradients(sizes);
    const { dispatches } = compileGraph(graph, portableTarget);
    const named = dispatches.flatMap(({ fills = [], scalars }) =>
      fills.flatMap((id, at) => (id === undefined ? [] : [[graph.nodes[id], scalars[at]] as const])),
    );
    expect(named.length).toBeGreaterThan(0);
    for (const [node, value] of named) expect(node).toMatchObject({ kind: "fill", value });
  });

  test("[A31] in all blocks", async () => {
    const graph = gradients(sizes);
    for (let at = 0; at < 4; at++) {
      const program = await agrees(graph, {
        target: { ...portableTarget, storageBuffers: 10 },
        run: runTiles,
        most: 1e-20,
        choose: ({ configs }) => configs[(3 * at) % configs.length],
      });
      expect(largest(program)).toBeLessThan(sizes.n * sizes.m);
    }
  });
});
