import { GraphMaker } from "@tilebook/compiler/testing";
import { type Graph, type NodeId, readsOf } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { compared, nodeAt } from "../testing/compared.ts";
import { boxingBytes, canBox } from "./boxing.ts";
import { at, broadcast, partial, type Sbp, sayOf, split } from "./sbp.ts";
import type { Signature } from "./signature.ts";
import { signaturesOf } from "./signatures.ts";

const ranksTried = [2, 3, 4];

/** One node of every kind whose rules say something, over inputs whose sizes the groups divide or not. */
const kinds: Record<string, (g: GraphMaker) => NodeId> = {
  fill: (g) => g.binary("add", g.input("a", [7, 8]), g.fill(3, [7, 8])),
  neg: (g) => g.unary("neg", g.input("a", [7, 8])),
  exp: (g) => g.unary("exp", g.input("a", [7, 8])),
  add: (g) => g.binary("add", g.input("a", [7, 8]), g.input("b", [7, 8])),
  mul: (g) => g.binary("mul", g.input("a", [7, 8]), g.input("b", [7, 8])),
  max: (g) => g.binary("max", g.input("a", [7, 8]), g.input("b", [7, 8])),
  select: (g) =>
    g.select(
      g.compare("lt", g.input("c", [7, 8]), g.fill(0, [7, 8])),
      g.input("a", [7, 8]),
      g.input("b", [7, 8]),
    ),
  sum: (g) => g.reduce("sum", g.input("a", [7, 8, 5]), 1),
  largest: (g) => g.reduce("max", g.input("a", [7, 8]), 0),
  product: (g) => g.reduce("prod", g.input("a", [7, 8]), 0),
  argmax: (g) => g.reduce("argmax", g.input("a", [7, 8]), 1),
  "reshape that splits": (g) => g.reshape(g.input("a", [12, 8]), [4, 3, 8]),
  "reshape that joins": (g) => g.reshape(g.input("a", [12, 3, 8]), [36, 8]),
  "reshape of ones": (g) => g.reshape(g.input("a", [7, 8]), [7, 1, 8]),
  permute: (g) => g.permute(g.input("a", [4, 7, 8]), [2, 0, 1]),
  broadcast: (g) => g.broadcast(g.input("a", [7, 1, 8]), [7, 6, 8]),
  slice: (g) => g.slice(g.input("a", [7, 8]), [0, 2], [7, 5]),
  take: (g) => g.take(g.input("a", [3, 8]), g.input("i", [9], "i32")),
  matmul: (g) => g.matmul(g.input("a", [3, 7, 8]), g.input("b", [3, 8, 5])),
  "matmul by rows": (g) => g.matmul(g.input("a", [3, 7, 8]), g.input("b", [3, 5, 8]), true),
  attention: (g) =>
    g.attention(
      { q: g.input("q", [3, 4, 6, 8]), k: g.input("k", [3, 4, 5, 8]), v: g.input("v", [3, 4, 5, 8]) },
      0.5,
      false,
    ),
  "causal attention": (g) =>
    g.attention(
      { q: g.input("q", [3, 4, 6, 8]), k: g.input("k", [3, 4, 6, 8]), v: g.input("v", [3, 4, 6, 8]) },
      0.5,
      true,
    ),
  "attention, tokens first": (g) =>
    g.attention(
      { q: g.input("q", [3, 6, 4, 8]), k: g.input("k", [3, 5, 4, 8]), v: g.input("v", [3, 5, 4, 8]) },
      0.5,
      false,
      true,
    ),
  paste: (g) => g.paste(g.input("a", [7, 3]), g.input("b", [7, 8]), [0, 4]),
  window: (g) => g.window(g.input("a", [7, 9, 4]), 1, 3, [2, 1]),
  "attention with fewer keys' heads": (g) =>
    g.attention(
      { q: g.input("q", [3, 8, 6, 4]), k: g.input("k", [3, 4, 6, 4]), v: g.input("v", [3, 4, 6, 4]) },
      0.5,
      true,
    ),
  "attention with one head of keys": (g) =>
    g.attention(
      { q: g.input("q", [3, 8, 6, 4]), k: g.input("k", [3, 1, 6, 4]), v: g.input("v", [3, 1, 6, 4]) },
      0.5,
      true,
    ),
};

describe("signatures", () => {
  test.each(Object.entries(kinds))("[SP4] %s: each computes what one device does", (_, make) => {
    const g = new GraphMaker();
    const node = make(g);
    const graph = g.graph([node]);
    for (const ranks of ranksTried) {
      const all = signaturesOf(graph, node, ranks);
      expect(all.length).toBeGreaterThan(1);
      for (const signature of all) {
        const signatures = graph.nodes.map((__, id) =>
          id === node ? signature : inputSignature(graph, id, node, signature),
        );
        expect([sayAll(signature), compared(graph, signatures, { ranks }).error < 1e-20]).toEqual([
          sayAll(signature),
          true,
        ]);
      }
    }
  });
});

/** Inputs lie as the node reads them; what is between is whole. */
function inputSignature(graph: Graph, id: NodeId, node: NodeId, signature: Signature): Signature {
  const reads = readsOf(nodeAt(graph, node));
  const place = reads.indexOf(id);
  const output =
    graph.nodes[id]?.kind === "input" && place >= 0 ? (signature.inputs[place] ?? broadcast) : broadcast;
  const inputs = readsOf(nodeAt(graph, id)).map(() => broadcast);
  return { inputs, output };
}

function sayAll({ inputs, output }: Signature): string {
  return `${inputs.map(sayOf).join(", ")} -> ${sayOf(output)}`;
}

describe("boxing", () => {
  const layouts: readonly Sbp[] = [
    split(0),
    split(1),
    broadcast,
    partial.sum,
    partial.max,
    partial.min,
    at(0),
    at(1),
  ];
  const pairs = layouts.flatMap((from) => layouts.map((to) => [sayOf(from), sayOf(to), from, to] as const));
  test.each(pairs.filter(([, , from, to]) => canBox(from, to)))(
    "[SP5] %s to %s: the same tensor, and the bytes of the formula",
    (_, __, from, to) => {
      for (const ranks of ranksTried) {
        const g = new GraphMaker();
        const graph = g.graph([g.input("a", [12, 24])]);
        const { error, bytes } = compared(graph, [{ inputs: [], output: from }], { ranks, outputs: [to] });
        expect(error).toBeLessThan(1e-20);
        expect(bytes).toBe(boxingBytes(from, to, 12 * 24 * 4, ranks));
      }
    },
  );

  test("[SP6] what is too small to be cut is put together by rank 0, for as many bytes", () => {
    for (const ranks of ranksTried) {
      const g = new GraphMaker();
      const graph = g.graph([g.input("a", [1])]);
      const { error, bytes } = compared(graph, [{ inputs: [], output: partial.sum }], {
        ranks,
        outputs: [broadcast],
      });
      expect(error).toBeLessThan(1e-20);
      expect(bytes).toBe(boxingBytes(partial.sum, broadcast, 4, ranks));
    }
  });

  test("[SP7] parts that are not equal lose nothing", () => {
    const g = new GraphMaker();
    const graph = g.graph([g.input("a", [7, 5])]);
    for (const [from, to] of [
      [split(0), split(1)],
      [partial.sum, split(1)],
      [split(1), broadcast],
      [partial.sum, broadcast],
    ] as const) {
      expect(compared(graph, [{ inputs: [], output: from }], { ranks: 3, outputs: [to] }).error).toBeLessThan(
        1e-20,
      );
    }
  });
});
