import type { Graph, NodeId } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { agrees } from "../testing/agrees.ts";
import { GraphMaker } from "../testing/graphs.ts";

const [rows, columns] = [24, 64];

/** Weights [24, 64] of codes of four bits and a scale for each 32 of them. */
function weights(g: GraphMaker): NodeId {
  const codes = g.binary(
    "sub",
    g.cast(g.input("codes", [rows, columns], "u4"), "f32"),
    g.fill(8, [rows, columns]),
  );
  const scales = g.reshape(g.input("scales", [rows, 2]), [rows, 2, 1]);
  const spread = g.broadcast(scales, [rows, 2, 32]);
  return g.reshape(g.binary("mul", g.reshape(codes, [rows, 2, 32]), spread), [rows, columns]);
}

const codes = Array.from({ length: rows * columns }, (_, at) => (at * 7 + (at >> 3)) % 16);

/** How many bytes each buffer has that nobody gave and nobody wanted. */
async function between(graph: Graph): Promise<readonly number[]> {
  const { buffers, outputs } = await agrees(graph, { given: { codes } });
  return buffers.flatMap(({ tensor, bytes }, at) =>
    tensor === undefined && !outputs.includes(at) ? [bytes] : [],
  );
}

describe("weights of codes that several want", () => {
  test("[OS1] are codes to each product: there, back, and twice by one", async () => {
    const g = new GraphMaker();
    const w = weights(g);
    const there = g.matmul(g.input("x", [5, columns]), w, true);
    const back = g.matmul(g.input("y", [5, rows]), w);
    expect(await between(g.graph([there, back]))).toEqual([]);
    const twice = new GraphMaker();
    const both = weights(twice);
    expect(await between(twice.graph([twice.matmul(both, both, true)]))).toEqual([]);
  });

  test("[OS2] also where others take rows of them, or fold them", async () => {
    const g = new GraphMaker();
    const w = weights(g);
    const taken = g.take(w, g.input("index", [3], "i32"));
    const logits = g.matmul(g.unary("tanh", taken), w, true);
    // What is taken, by tanh, is the one side that is stored.
    expect(await between(g.graph([logits, g.reduce("sum", w, 1)]))).toEqual([3 * columns * 4]);
  });

  test("[OS3] are stored once where they are dear, or are wanted themselves", async () => {
    const dear = new GraphMaker();
    const w = dear.unary("exp", weights(dear));
    const there = dear.matmul(dear.input("x", [5, columns]), w, true);
    const back = dear.matmul(dear.input("y", [5, rows]), w);
    expect(await between(dear.graph([there, back]))).toEqual([rows * columns * 4]);
    const wanted = new GraphMaker();
    const shown = weights(wanted);
    expect(
      await between(wanted.graph([wanted.matmul(wanted.input("x", [5, columns]), shown, true), shown])),
    ).toEqual([]);
  });

  test("[OS4] numbers of fills keep their places, so that another number is no other program", async () => {
    const g = new GraphMaker();
    const w = weights(g);
    const graph = g.graph([
      g.matmul(g.input("x", [5, columns]), w, true),
      g.matmul(g.input("y", [5, rows]), w),
    ]);
    const { dispatches } = await agrees(graph, { given: { codes } });
    const filled = dispatches.flatMap(({ fills }) => (fills ?? []).filter((fill) => fill !== undefined));
    expect(filled.every((fill) => graph.nodes[fill ?? -1]?.kind === "fill")).toBe(true);
    expect(filled.length).toBe(2);
  });
});
