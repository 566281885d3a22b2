import { seeded } from "@tilebook/base";
import { GraphMaker } from "@tilebook/compiler/testing";
import type { Graph, NodeId } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { compared } from "../testing/compared.ts";
import { chooseSignatures } from "./choose.ts";
import { Costs } from "./costs.ts";
import type { Layouts } from "./layouts.ts";
import { broadcast, partial, type Sbp, sayOf, split } from "./sbp.ts";
import type { Signature } from "./signature.ts";

/** One step of training a network of two layers: the weights after it. */
function trainingStep(batch: number, width: number): Graph {
  const g = new GraphMaker();
  const [x, target] = [g.input("x", [batch, width]), g.input("target", [batch, width])];
  const [w1, w2] = [g.input("w1", [width, width]), g.input("w2", [width, width])];
  const hidden = g.unary("tanh", g.matmul(x, w1));
  const error = g.binary("sub", g.matmul(hidden, w2), target);
  const across = (left: NodeId, right: NodeId): NodeId => g.matmul(g.permute(left, [1, 0]), right);
  const back = g.select(
    g.compare("gt", hidden, g.fill(0, [batch, width])),
    g.matmul(error, w2, true),
    g.fill(0, [batch, width]),
  );
  return g.graph([g.binary("sub", w1, across(x, back)), g.binary("sub", w2, across(hidden, error))]);
}

/** A transformer's block: norm, attention in heads, projection, residual, norm, two layers, residual. */
function block({
  tokens,
  heads,
  width,
}: {
  readonly tokens: number;
  readonly heads: number;
  readonly width: number;
}): Graph {
  const g = new GraphMaker();
  const shape = [tokens, heads * width];
  const x = g.input("x", shape);
  const norm = (input: NodeId): NodeId => {
    const squares = g.reduce("sum", g.binary("mul", input, input), 1);
    const scale = g.unary("rsqrt", g.binary("add", squares, g.fill(1e-6, [tokens, 1])));
    return g.binary("mul", input, g.broadcast(scale, shape));
  };
  const inHeads = (input: NodeId): NodeId => g.permute(g.reshape(input, [tokens, heads, width]), [1, 0, 2]);
  const normed = norm(x);
  const [q, k, v] = ["wq", "wk", "wv"].map((name) =>
    inHeads(g.matmul(normed, g.input(name, [heads * width, heads * width]))),
  );
  const seen = g.attention({ q: q ?? 0, k: k ?? 0, v: v ?? 0 }, 0.3, true);
  const joined = g.reshape(g.permute(seen, [1, 0, 2]), shape);
  const mixed = g.binary("add", x, g.matmul(joined, g.input("wo", [heads * width, heads * width])));
  const up = g.unary("tanh", g.matmul(norm(mixed), g.input("w1", [heads * width, 4 * heads * width])));
  const down = g.matmul(up, g.input("w2", [4 * heads * width, heads * width]));
  return g.graph([g.binary("add", mixed, down)]);
}

const anywhere: readonly Sbp[] = [broadcast, split(0), split(1)];

/** Every assignment there is. */
function* assignments({ candidates }: Costs): Generator<readonly Signature[]> {
  const places = candidates.map(() => 0);
  for (;;) {
    yield candidates.map(
      (signatures, id) => signatures[places[id] ?? 0] ?? { inputs: [], output: broadcast },
    );
    let at = places.length - 1;
    while (at >= 0 && (places[at] = (places[at] ?? 0) + 1) >= (candidates[at]?.length ?? 0)) places[at--] = 0;
    if (at < 0) return;
  }
}

/** Two layers; the batch lies cut, or everywhere, the weights as is best. */
function twoLayers(batch: number, width: number): Graph {
  const g = new GraphMaker();
  const hidden = g.unary("tanh", g.matmul(g.input("x", [batch, width]), g.input("w1", [width, 2 * width])));
  return g.graph([g.matmul(hidden, g.input("w2", [2 * width, width]))]);
}

/** A step of training whose weights end as they began. */
function training(batch: number, width: number): readonly [Graph, Layouts] {
  return [
    trainingStep(batch, width),
    {
      ranks: 4,
      inputs: (tensor) => (tensor.startsWith("w") ? anywhere : [split(0)]),
      outputs: [
        { kind: "as", tensor: "w1" },
        { kind: "as", tensor: "w2" },
      ],
      operationsPerByte: 16,
    },
  ];
}

/** How the inputs of what is chosen for training lie. */
function layoutsOf(batch: number, width: number): readonly string[] {
  const [graph, layouts] = training(batch, width);
  const chosen = chooseSignatures(graph, layouts);
  return graph.nodes.flatMap((node, id) =>
    node.kind === "input" ? [`${node.tensor} ${sayOf(chosen?.signatures[id]?.output ?? broadcast)}`] : [],
  );
}

describe("choosing signatures", () => {
  test.each([
    ["a big batch", 64, 4],
    ["big weights", 4, 32],
    ["between", 16, 8],
  ])("[SP8] %s: the least of all there are, by bytes alone and with work", (_, batch, width) => {
    const graph = twoLayers(batch, width);
    for (const operationsPerByte of [Infinity, 50, 1]) {
      const layouts: Layouts = {
        ranks: 4,
        inputs: (tensor) => (tensor === "x" ? [split(0)] : [split(0), split(1)]),
        outputs: [split(0)],
        operationsPerByte,
      };
      const costs = new Costs(graph, layouts);
      let least = Infinity;
      for (const signatures of assignments(costs)) least = Math.min(least, costs.total(signatures));
      const chosen = chooseSignatures(graph, layouts);
      expect(chosen?.cost).toBeCloseTo(least, 6);
      expect(chosen?.exact).toBe(true);
      expect(costs.total(chosen?.signatures ?? [])).toBe(chosen?.cost);
    }
  });

  test("[SP9] every assignment gives what one device gives, for the bytes that were foretold", () => {
    const graph = twoLayers(8, 4);
    const costs = new Costs(graph, { ranks: 4, inputs: () => anywhere, outputs: [split(0)] });
    let count = 0;
    for (const signatures of assignments(costs)) {
      const foretold = costs.bytes(signatures);
      if (foretold === Infinity || (count += 1) % 7 !== 0) continue;
      const { error, bytes } = compared(graph, signatures, { ranks: 4, outputs: [split(0)] });
      expect([bytes, error < 1e-20]).toEqual([foretold, true]);
    }
    expect(count).toBeGreaterThan(500);
  });

  test("[SP10] training is data parallel for a big batch, tensor parallel for big weights", () => {
    expect(layoutsOf(4_096, 64)).toEqual(["x S(0)", "target S(0)", "w1 B", "w2 B"]);
    expect(layoutsOf(64, 4_096)).toEqual(["x S(0)", "target S(0)", "w1 S(1)", "w2 S(0)"]);
  });

  test("[SP11] what was chosen for training runs, and gives what one device gives, for the bytes that were foretold", () => {
    for (const [batch, width] of [
      [32, 4],
      [4, 16],
    ] as const) {
      const [graph, layouts] = training(batch, width);
      const chosen = chooseSignatures(graph, layouts);
      const weights = graph.nodes.flatMap((node, id) =>
        node.kind === "input" && node.tensor.startsWith("w")
          ? [chosen?.signatures[id]?.output ?? broadcast]
          : [],
      );
      const { error, bytes } = compared(graph, chosen?.signatures ?? [], { ranks: 4, outputs: weights });
      expect([bytes, error < 1e-20]).toEqual([chosen?.bytes, true]);
    }
  });

  test("[SP12] a transformer's block: the chosen, and 60 drawn by chance, none of which is cheaper", () => {
    const graph = block({ tokens: 8, heads: 4, width: 4 });
    const layouts: Layouts = {
      ranks: 4,
      inputs: () => anywhere,
      outputs: [broadcast],
      operationsPerByte: 20,
    };
    const costs = new Costs(graph, layouts);
    const random = seeded(2);
    const drawn = Array.from({ length: 60 }, () =>
      costs.picked(costs.candidates.map(({ length }) => Math.floor(random() * length))),
    );
    const chosen = chooseSignatures(graph, layouts);
    expect(chosen?.exact).toBe(true);
    for (const signatures of [...drawn, chosen?.signatures ?? []]) {
      const foretold = costs.bytes(signatures);
      if (foretold === Infinity) continue;
      const { error, bytes } = compared(graph, signatures, { ranks: 4, outputs: [broadcast] });
      expect([bytes, error < 1e-18]).toEqual([foretold, true]);
      expect(chosen?.cost).toBeLessThanOrEqual(costs.total(signatures));
    }
  });

  test("[SP13] a tensor with very many readers is still placed, and says that it may not be the best", () => {
    const g = new GraphMaker();
    const x = g.input("x", [8, 8]);
    const read = Array.from({ length: 14 }, (_, index) => g.matmul(x, g.input(`w${index}`, [8, 8])));
    const graph = g.graph(read);
    const chosen = chooseSignatures(graph, { ranks: 4, inputs: () => [split(0), split(1)] });
    expect(chosen?.exact).toBe(false);
    expect(compared(graph, chosen?.signatures ?? [], { ranks: 4 }).error).toBeLessThan(1e-20);
  });

  test("[SP14] where terms of a sum have to be terms of a maximum, there is no plan", () => {
    const g = new GraphMaker();
    const graph = g.graph([g.input("a", [4])]);
    expect(
      chooseSignatures(graph, { ranks: 2, inputs: () => [partial.sum], outputs: [partial.max] }),
    ).toBeUndefined();
  });
});
