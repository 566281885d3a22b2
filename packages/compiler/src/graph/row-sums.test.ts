import { type Graph, type NodeId, type TensorType, verifyGraph } from "@tilebook/ir";
import { runGraph } from "@tilebook/interp";
import { describe, expect, test } from "vitest";
import { GraphMaker } from "../testing/graphs.ts";
import { normalisedError, randomNumbers } from "../testing/numbers.ts";
import { liveNodes } from "./regions.ts";
import { narrowRowSums } from "./row-sums.ts";

interface Case {
  readonly d?: number;
  readonly isTurned?: boolean;
  readonly isLate?: boolean;
  readonly isRead?: boolean;
  readonly isOther?: boolean;
}

/** sum(P (A Bᵀ)) beside P B, and where the factors of that sum are. */
function rowSums({ d = 3, isTurned = false, isLate = false, isRead = false, isOther = false }: Case): {
  readonly graph: Graph;
  readonly product: NodeId;
} {
  const g = new GraphMaker();
  const [p, a, b] = [g.input("p", [2, 5, 7]), g.input("a", [2, 5, d]), g.input("b", [2, 7, d])];
  const other = g.input("other", [2, 7, d]);
  const made = isLate ? undefined : g.matmul(p, isOther ? other : b);
  const pulled = isTurned ? g.matmul(a, g.permute(b, [0, 2, 1])) : g.matmul(a, b, true);
  const product = g.binary("mul", pulled, p);
  const sum = g.reduce("sum", product, 2);
  const graph = g.graph([sum, made ?? g.matmul(p, b), ...(isRead ? [g.unary("exp", product)] : [])]);
  return { graph, product };
}

function narrowed(graph: Graph): Graph {
  return narrowRowSums(graph, liveNodes(graph)).graph;
}

function valuesOf(graph: Graph): readonly (readonly number[])[] {
  const inputs = new Map(
    graph.nodes.flatMap((node, id) => {
      if (node.kind !== "input") return [];
      const type: TensorType = node.type;
      const size = type.shape.reduce((all, one) => all * one, 1);
      return [[node.tensor, { type, values: Float64Array.from(randomNumbers(size, id + 1)) }] as const];
    }),
  );
  return runGraph(graph, inputs).map((values) => Array.from(values));
}

describe("sums along rows of P times A Bᵀ are those of A times P B", () => {
  test.each([{}, { isTurned: true }, { d: 7 }])("where P B is there: %o", (which) => {
    const { graph, product } = rowSums(which);
    const after = narrowed(graph);
    verifyGraph(after);
    expect(after.nodes[product]?.type.shape).toEqual([2, 5, which.d ?? 3]);
    for (const [at, wanted] of valuesOf(graph).entries())
      expect(normalisedError(valuesOf(after)[at] ?? [], wanted)).toBeLessThan(1e-24);
  });

  test.each([{ isLate: true }, { isRead: true }, { isOther: true }, { d: 8 }])(
    "but not where it is not, or the wide product is wanted, or that is no wider: %o",
    (which) => {
      const { graph } = rowSums(which);
      expect(narrowed(graph)).toEqual(graph);
    },
  );
});
