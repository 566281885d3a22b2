import type { NodeId } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import type { Program } from "../../program.ts";
import { agrees } from "../../testing/agrees.ts";
import { GraphMaker } from "../../testing/graphs.ts";

const [batch, heads, n, d] = [2, 3, 37, 8];
const width = heads * d;

/** The heads of a layer's attention, [batch, heads, n, d], of tokens [batch, n, width]. */
function attended(g: GraphMaker, x: NodeId): NodeId {
  const all = g.matmul(
    x,
    g.broadcast(g.reshape(g.input("in", [width, 3 * width]), [1, width, 3 * width]), [
      batch,
      width,
      3 * width,
    ]),
  );
  const parts = g.permute(g.reshape(all, [batch, n, 3, heads, d]), [2, 0, 3, 1, 4]);
  const [q = -1, k = -1, v = -1] = [0, 1, 2].map((at) =>
    g.reshape(g.slice(parts, [at, 0, 0, 0, 0], [1, batch, heads, n, d]), [batch, heads, n, d]),
  );
  const scores = g.matmul(q, k, true);
  const shape = [batch, heads, n, n];
  const raised = g.unary("exp", g.binary("sub", scores, g.broadcast(g.reduce("max", scores, 3), shape)));
  return g.matmul(g.binary("div", raised, g.broadcast(g.reduce("sum", raised, 3), shape)), v);
}

/** Heads beside each other again, times a matrix. */
function out(g: GraphMaker, result: NodeId): NodeId {
  const joined = g.reshape(g.permute(result, [0, 2, 1, 3]), [batch, n, width]);
  const w = g.reshape(g.input("out", [width, width]), [1, width, width]);
  return g.matmul(joined, g.broadcast(w, [batch, width, width]));
}

const namesOf = ({ dispatches, kernels }: Program): readonly string[] =>
  dispatches.map(({ kernel }) => kernels[kernel]?.name ?? "");

describe("attention stores its result as its reader wants it", () => {
  test("[TR1] a layer's heads beside each other: no kernel between attention and the next product", async () => {
    const g = new GraphMaker();
    const x = g.input("x", [batch, n, width]);
    const program = await agrees(g.graph([out(g, attended(g, x))]));
    expect(namesOf(program)).toEqual(["matmul", "flash", "matmul"]);
  });

  test("[TR2] folds and maps read it where it lies now", async () => {
    const g = new GraphMaker();
    const result = attended(g, g.input("x", [batch, n, width]));
    const delta = g.reduce("sum", g.binary("mul", result, g.input("g", [batch, heads, n, d])), 3);
    const program = await agrees(g.graph([out(g, result), delta, g.unary("exp", result)]));
    expect(namesOf(program).filter((name) => name.includes("permute"))).toEqual([]);
    expect(namesOf(program).filter((name) => name === "flash")).toHaveLength(1);
  });

  test.each(["a result", "a product"])("[TR3] where it is read as it was, by %s, it stays so", async (by) => {
    const g = new GraphMaker();
    const result = attended(g, g.input("x", [batch, n, width]));
    const other = by === "a result" ? result : g.matmul(result, g.input("other", [batch, heads, d, 5]));
    const program = await agrees(g.graph([out(g, result), other]));
    expect(namesOf(program).filter((name) => name.includes("permute"))).toHaveLength(1);
  });

  test.each([true, false])("[TR5] so it is of an attention node, causal: %s", async (isCausal) => {
    const g = new GraphMaker();
    const parts = g.input("x", [3, batch, heads, n, d]);
    const [q = -1, k = -1, v = -1] = [0, 1, 2].map((at) =>
      g.reshape(g.slice(parts, [at, 0, 0, 0, 0], [1, batch, heads, n, d]), [batch, heads, n, d]),
    );
    const result = g.attention({ q, k, v }, 0.3, isCausal);
    const delta = g.reduce("sum", g.binary("mul", result, g.input("g", [batch, heads, n, d])), 3);
    const program = await agrees(g.graph([out(g, result), delta]));
    expect(namesOf(program).filter((name) => name.includes("permute"))).toEqual([]);
    const first = (side: NodeId): NodeId =>
      g.reshape(g.slice(side, [0, 0, 0, 0], [1, heads, n, d]), [heads, n, d]);
    const alone = g.attention({ q: first(q), k: first(k), v: first(v) }, 0.3, isCausal);
    const turned = await agrees(g.graph([g.permute(alone, [1, 0, 2])]));
    expect(namesOf(turned).filter((name) => name.includes("permute"))).toEqual([]);
  });

  test("[TR4] groups of heads that are joined before, and a result that is wanted turned", async () => {
    const g = new GraphMaker();
    const result = g.reshape(attended(g, g.input("x", [batch, n, width])), [batch, heads, 1, n, d]);
    const program = await agrees(g.graph([g.permute(g.reshape(result, [batch * heads, n, d]), [1, 2, 0])]));
    expect(namesOf(program)).toEqual(["matmul", "flash"]);
  });
});
