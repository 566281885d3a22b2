import { GraphMaker } from "@tilebook/compiler/testing";
import { type Graph, type Layout, type NodeId, readTile } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { compared, nodeAt } from "../testing/compared.ts";
import { chooseSignatures } from "./choose.ts";
import type { Layouts } from "./layouts.ts";
import { lowerToRanks } from "./lower.ts";
import { at, broadcast, partial, type Sbp, sayOf, split } from "./sbp.ts";

/** Adds 1 to every element, by a kernel that works in place. */
const raising = readTile(
  [
    "kernel raise(%y.0: ptr<f32, readwrite>) {",
    "  %1: i32 = programId 0",
    "  %2: f32 = load %y.0[%1]",
    "  %3: f32 = const 1",
    "  %4: f32 = add %2, %3",
    "  store %y.0[%1], %4",
    "}",
  ].join("\n"),
  "cell",
);

function raised(g: GraphMaker, from: NodeId): NodeId {
  const type = g.typeOf(from);
  const start = { kind: "output", index: 0, from, over: true } as const;
  const call = g.call({ kernel: 0, grid: [type.shape[0] ?? 1, 1, 1], arguments: [start] }, [type]);
  return g.result(call, 0, type);
}

/** Where the nodes of a kind lie, in order. */
function whereOf(graph: Graph, layouts: Layouts, kind: string): readonly string[] {
  const chosen = chooseSignatures(graph, layouts);
  return graph.nodes.flatMap((node, id) =>
    node.kind === kind ? [sayOf(chosen?.signatures[id]?.output ?? broadcast)] : [],
  );
}

/** Chooses, runs and compares: bytes as they were foretold. */
function run(graph: Graph, layouts: Layouts): { readonly bytes: number; readonly good: boolean } {
  const chosen = chooseSignatures(graph, layouts);
  const signatures = chosen?.signatures ?? [];
  const outputs = graph.outputs.map(
    (id, index) => (layouts.outputs?.[index] as Sbp | undefined) ?? signatures[id]?.output ?? broadcast,
  );
  const { error, bytes } = compared(graph, signatures, { ranks: layouts.ranks, outputs });
  expect(bytes).toBe(chosen?.bytes);
  return { bytes, good: error < 1e-20 };
}

const lies =
  (by: Readonly<Record<string, Sbp>>) =>
  (tensor: string): readonly Sbp[] => [by[tensor] ?? broadcast];

const wished = (layout: Layout) => (): unknown => {
  const g = new GraphMaker();
  const graph = g.graph([g.place(g.input("x", [8, 3]), layout)]);
  return chooseSignatures(graph, { ranks: 4, inputs: lies({}) });
};

describe("a tensor at one rank", () => {
  test("[AT1] what reads it is computed there, and nothing moves", () => {
    const g = new GraphMaker();
    const hidden = g.unary("tanh", g.matmul(g.input("x", [8, 4]), g.input("w", [4, 4])));
    const graph = g.graph([g.reduce("sum", g.binary("add", hidden, g.fill(1, [8, 4])), 0)]);
    const layouts: Layouts = { ranks: 4, inputs: lies({ x: at(2), w: at(2) }) };
    expect(whereOf(graph, layouts, "matmul")).toEqual(["at 2"]);
    expect(run(graph, layouts)).toEqual({ bytes: 0, good: true });
    const signatures = chooseSignatures(graph, layouts)?.signatures ?? [];
    const plans = lowerToRanks(graph, signatures, { ranks: 4 });
    expect(plans.map(({ tasks, results }) => [tasks.length, results.length])).toEqual([
      [0, 0],
      [0, 0],
      [1, 1],
      [0, 0],
    ]);
  });

  test("[AT2] a wish moves a tensor from rank to rank, once for all who read it", () => {
    const g = new GraphMaker();
    const x = g.input("x", [8, 8]);
    const there = g.place(x, at(1));
    const graph = g.graph([
      g.matmul(there, g.input("w", [8, 8])),
      g.binary("add", g.place(x, at(1)), g.input("w", [8, 8])),
    ]);
    const layouts: Layouts = { ranks: 3, inputs: lies({ x: at(0), w: at(1) }) };
    expect(run(graph, layouts)).toEqual({ bytes: 8 * 8 * 4, good: true });
  });

  test.each([
    ["B", broadcast, 3 * 256],
    ["S(0)", split(0), (3 / 4) * 256],
    ["S(1)", split(1), (3 / 4) * 256],
    ["P", partial.sum, 0],
  ])("[AT3] a wish for %s spreads what lies at one rank", (_, layout, bytes) => {
    const g = new GraphMaker();
    const graph = g.graph([g.place(g.unary("exp", g.input("x", [8, 8])), layout)]);
    expect(run(graph, { ranks: 4, inputs: lies({ x: at(3) }) })).toEqual({ bytes, good: true });
  });

  test("[AT4] a wish for what can be computed so at once costs nothing", () => {
    const g = new GraphMaker();
    const graph = g.graph([g.place(g.matmul(g.input("x", [8, 4]), g.input("w", [4, 8])), split(0))]);
    expect(run(graph, { ranks: 4, inputs: lies({ x: split(0) }) })).toEqual({ bytes: 0, good: true });
    expect(run(graph, { ranks: 4, inputs: lies({}) })).toEqual({ bytes: 0, good: true });
  });

  test("[AT5] a kernel runs at the rank where its tensors are", () => {
    const g = new GraphMaker();
    const graph = g.graph(
      [g.unary("exp", g.place(raised(g, g.place(g.input("x", [8]), at(1))), at(0)))],
      [raising],
    );
    const layouts: Layouts = { ranks: 2, inputs: lies({}) };
    expect(whereOf(graph, layouts, "tileCall")).toEqual(["at 1"]);
    expect(run(graph, layouts)).toEqual({ bytes: 8 * 4, good: true });
  });

  test("[AT6] what meets what lies elsewhere is computed where that costs least", () => {
    const g = new GraphMaker();
    const graph = g.graph([g.matmul(g.input("x", [2, 16]), g.input("w", [16, 16]))]);
    const layouts: Layouts = { ranks: 2, inputs: lies({ x: at(0), w: at(1) }), outputs: [at(0)] };
    expect(whereOf(graph, layouts, "matmul")).toEqual(["at 1"]);
    expect(run(graph, layouts)).toEqual({ bytes: (2 * 16 + 2 * 16) * 4, good: true });
  });

  test("[AT7] a wish that the group cannot have is refused", () => {
    expect(wished(at(4))).toThrow(expect.objectContaining({ code: "mesh/layout" }));
    expect(wished(split(1))).toThrow(expect.objectContaining({ code: "mesh/layout" }));
  });

  test("[AT8] a pipeline of eight stages and eight pieces is planned in a moment, and moves what it must", () => {
    const g = new GraphMaker();
    const ranks = 8;
    const results = Array.from({ length: 8 }, (_, piece) => {
      let x = g.place(g.input(`x${piece}`, [4, 16]), at(0));
      for (let rank = 0; rank < ranks; rank++)
        x = g.unary("tanh", g.matmul(g.place(x, at(rank)), g.input(`w${rank}`, [16, 16])));
      return x;
    });
    const graph = g.graph(results);
    const layouts: Layouts = {
      ranks,
      inputs: (tensor) => (tensor.startsWith("w") ? [at(Number(tensor.slice(1)))] : [at(0)]),
    };
    expect(chooseSignatures(graph, layouts)?.exact).toBe(true);
    expect(run(graph, layouts)).toEqual({ bytes: 8 * 7 * 4 * 16 * 4, good: true });
    expect(nodeAt(graph, graph.outputs[0] ?? 0).kind).toBe("unary");
  });
});
