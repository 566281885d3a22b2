import type { Graph, NodeId } from "@tilebook/ir";
import { ofToday, partOfDay } from "@tilebook/ir/testing";
import { describe, expect, test } from "vitest";
import { portableTarget } from "../../program.ts";
import { agrees } from "../../testing/agrees.ts";
import { GraphMaker } from "../../testing/graphs.ts";
import { randomNumbers } from "../../testing/numbers.ts";
import { compileGraph } from "../compile-graph.ts";

type Change = (g: GraphMaker, scores: NodeId, shape: readonly number[]) => NodeId;

const softmax = (g: GraphMaker, x: NodeId): NodeId => {
  const { shape } = g.typeOf(x);
  const axis = shape.length - 1;
  const most = g.broadcast(g.reduce("max", x, axis), shape);
  const raised = g.unary("exp", g.binary("sub", x, most));
  return g.binary("div", raised, g.broadcast(g.reduce("sum", raised, axis), shape));
};

interface Sizes {
  readonly heads: number;
  readonly n: number;
  readonly m: number;
  readonly d: number;
  readonly e: number;
}

/** softmax(change(q kᵀ)) v, as one writes it who never heard of fusion. */
function attention({ heads, n, m, d, e }: Sizes, change: Change = (_, scores) => scores): Graph {
  const g = new GraphMaker();
  const [q, k, v] = [g.input("q", [heads, n, d]), g.input("k", [heads, m, d]), g.input("v", [heads, m, e])];
  const scores = g.matmul(q, g.permute(k, [0, 2, 1]));
  return g.graph([g.matmul(softmax(g, change(g, scores, [heads, n, m])), v)]);
}

/** Where each element lies along the last two axes. */
function places(g: GraphMaker, shape: readonly number[]): readonly [NodeId, NodeId] {
  const [heads = 1, n = 1, m = 1] = shape;
  const rows = g.broadcast(g.reshape(g.iota([n]), [1, n, 1]), [heads, n, m]);
  const columns = g.broadcast(g.reshape(g.iota([m]), [1, 1, m]), [heads, n, m]);
  return [rows, columns];
}

const causal: Change = (g, scores, shape) => {
  const [rows, columns] = places(g, shape);
  return g.select(g.compare("le", columns, rows), scores, g.fill(-Infinity, shape));
};

describe("plain maths becomes one flash kernel", () => {
  test.each([
    { heads: 2, n: 64, m: 64, d: 16, e: 16 },
    { heads: 3, n: 37, m: 51, d: 12, e: 20 },
    { heads: 1, n: 1, m: 200, d: 64, e: 64 },
  ])("[A1] softmax(q kᵀ) v: $heads heads, $n by $m, $d and $e wide", async (sizes) => {
    const program = await agrees(attention(sizes));
    expect(program.dispatches).toHaveLength(1);
    expect(program.buffers).toHaveLength(4);
    expect(program.remarks.map(({ code, message }) => `${code}: ${message}`)).toEqual([
      `fused/stream: this product and the product before it, with max and sum carried along its rows, are one kernel: the ${sizes.heads} × ${sizes.n} × ${sizes.m} numbers between them are nowhere stored`,
    ]);
  });

  test("[A2] scaled, causal, with a slope a head and a soft cap", async () => {
    const shape = [2, 48, 48];
    const graph = attention({ heads: 2, n: 48, m: 48, d: 16, e: 16 }, (g, scores) => {
      const scaled = g.binary("mul", scores, g.fill(0.25, shape));
      const capped = g.binary(
        "mul",
        g.unary("tanh", g.binary("div", scaled, g.fill(5, shape))),
        g.fill(5, shape),
      );
      const [rows, columns] = places(g, shape);
      const slope = g.broadcast(g.reshape(g.input("slope", [2]), [2, 1, 1]), shape);
      const distance = g.cast(g.binary("sub", columns, rows), "f32");
      return causal(g, g.binary("add", capped, g.binary("mul", slope, distance)), shape);
    });
    const program = await agrees(graph);
    expect(program.dispatches).toHaveLength(1);
  });

  test("[A3] heads that share keys, a table of relative places, and queries at the end of longer keys", async () => {
    const [b, h, shared, n, m, d] = [2, 4, 2, 20, 36, 16];
    const g = new GraphMaker();
    const q = g.input("q", [b, h, n, d]);
    const spread = (name: string): NodeId => {
      const one = g.reshape(g.input(name, [b, shared, m, d]), [b, shared, 1, m, d]);
      return g.reshape(g.broadcast(one, [b, shared, h / shared, m, d]), [b, h, m, d]);
    };
    const [k, v] = [spread("k"), spread("v")];
    const shape = [b, h, n, m];
    const rows = g.broadcast(g.reshape(g.iota([n]), [1, 1, n, 1]), shape);
    const columns = g.broadcast(g.reshape(g.iota([m]), [1, 1, 1, m]), shape);
    const last = g.binary("add", rows, g.fill(m - n, shape, "i32"));
    const scores = g.matmul(q, k, true);
    const seen = g.select(g.compare("le", columns, last), scores, g.fill(-1e30, shape));
    const table = g.broadcast(g.input("bias", [1, h, n, m]), shape);
    const program = await agrees(g.graph([g.matmul(softmax(g, g.binary("add", seen, table)), v)]));
    expect(program.dispatches).toHaveLength(1);
  });

  test("[A4] a sink beside the keys, and a mask behind the softmax", async () => {
    const [h, n, m, d] = [2, 24, 40, 8];
    const shape = [h, n, m];
    const g = new GraphMaker();
    const scores = g.matmul(g.input("q", [h, n, d]), g.input("k", [h, m, d]), true);
    const sink = g.broadcast(g.reshape(g.input("sink", [h]), [h, 1, 1]), [h, n, 1]);
    const most = g.binary("max", g.reduce("max", scores, 2), sink);
    const raised = g.unary("exp", g.binary("sub", scores, g.broadcast(most, shape)));
    const total = g.binary("add", g.reduce("sum", raised, 2), g.unary("exp", g.binary("sub", sink, most)));
    const weights = g.binary("div", raised, g.broadcast(total, shape));
    const kept = g.compare("gt", g.input("drop", shape), g.fill(-0.5, shape));
    const shown = g.select(kept, weights, g.fill(0, shape));
    const program = await agrees(g.graph([g.matmul(shown, g.input("v", [h, m, d]))]));
    expect(program.dispatches).toHaveLength(1);
  });

  test("[A5] the gradient for keys: the transposed weights from kept sums of rows", async () => {
    const [h, n, m, d] = [2, 72, 88, 8];
    const shape = [h, n, m];
    const g = new GraphMaker();
    const [q, k, dOut] = [g.input("q", [h, n, d]), g.input("k", [h, m, d]), g.input("dOut", [h, n, d])];
    const scores = g.matmul(q, k, true);
    const weights = g.unary("exp", g.binary("sub", scores, g.broadcast(g.input("lse", [h, n, 1]), shape)));
    const program = await agrees(g.graph([g.matmul(g.permute(weights, [0, 2, 1]), dOut)]));
    expect(program.dispatches).toHaveLength(1);
  });

  test("[A6] keys under a causal mask that no query of a program sees are left out, and the panel is told", async () => {
    const program = await agrees(attention({ heads: 1, n: 128, m: 128, d: 8, e: 8 }, causal));
    expect(program.remarks.map(({ code }) => code)).toEqual(["fused/stream", "loop/shortened"]);
  });

  test("[A15] where an axis ends, exp and log of nothing add nothing to a product, nor does what is repeated", async () => {
    const [h, n, m, d] = [2, 9, 11, 5];
    const g = new GraphMaker();
    const positive = (name: string, shape: readonly number[]): NodeId => g.unary("exp", g.input(name, shape));
    const repeated = g.broadcast(g.input("k1", [h, m, 1]), [h, m, d]);
    const scores = [
      g.matmul(positive("q", [h, n, d]), positive("k", [h, m, d]), true),
      g.matmul(g.broadcast(g.input("q1", [h, n, 1]), [h, n, d]), repeated, true),
    ];
    const outputs = scores.map((one) => g.matmul(softmax(g, one), g.unary("log", g.input("v", [h, m, d]))));
    const given = { v: randomNumbers(h * m * d, 7).map((x) => 1 + x * x) };
    const program = await agrees(g.graph(outputs), { given });
    expect(program.dispatches).toHaveLength(2);
  });
});

describe("each config computes the same", () => {
  test.each([false, true])(
    `[A10] causal: %s; some of them, ${partOfDay}`,
    async (isCausal) => {
      const graph = attention({ heads: 2, n: 70, m: 83, d: 6, e: 8 }, isCausal ? causal : undefined);
      const target = { ...portableTarget, subgroup: 4 };
      const [dispatch] = compileGraph(graph, target).dispatches;
      const configs = dispatch?.choice?.configs ?? [];
      expect(configs.length).toBeGreaterThan(8);
      for (const config of ofToday(configs, 6)) await agrees(graph, { target, choose: () => config });
    },
    240_000,
  );
});

describe("what cannot be one kernel is several, and says why", () => {
  test("[A7] somebody wants the weights", async () => {
    const g = new GraphMaker();
    const [q, k, v] = [g.input("q", [1, 16, 8]), g.input("k", [1, 16, 8]), g.input("v", [1, 16, 8])];
    const weights = softmax(g, g.matmul(q, k, true));
    const program = await agrees(g.graph([g.matmul(weights, v), weights]));
    expect(program.dispatches.length).toBeGreaterThan(1);
    expect(program.remarks.map(({ code, message }) => `${code}: ${message}`)).toContainEqual(
      expect.stringMatching(/^fusion\/stream: .*wanted as a result, too/),
    );
  });

  test("[A9] another kernel reads the scores", async () => {
    const g = new GraphMaker();
    const [q, k, v] = [g.input("q", [1, 16, 8]), g.input("k", [1, 16, 8]), g.input("v", [1, 16, 8])];
    const scores = g.matmul(q, k, true);
    const program = await agrees(g.graph([g.matmul(softmax(g, scores), v), g.reduce("max", scores, 1)]));
    expect(program.remarks.map(({ message }) => message).join()).toMatch(/max reads what it would compute/);
  });

  test("[A8] a softmax of a softmax", async () => {
    const graph = attention({ heads: 1, n: 16, m: 16, d: 8, e: 8 }, (g, scores) => softmax(g, scores));
    const program = await agrees(graph);
    expect(program.remarks.map(({ message }) => message).join()).toMatch(
      /folds along that axis can be added and subtracted only/,
    );
  });

  test("[A11] another stream multiplies by what one would compute on the way", async () => {
    const g = new GraphMaker();
    const [q, k, v] = [g.input("q", [1, 32, 8]), g.input("k", [1, 32, 8]), g.input("v", [1, 32, 8])];
    const weights = softmax(g, g.matmul(q, k, true));
    const [one, two] = [g.matmul(weights, v), g.matmul(softmax(g, g.matmul(q, v, true)), weights)];
    const program = await agrees(g.graph([one, two]));
    expect(program.remarks.map(({ message }) => message).join()).toMatch(
      /matmul reads what it would compute on the way/,
    );
  });

  test("[A12] another stream multiplies its scores further, and reads them from memory", async () => {
    const g = new GraphMaker();
    const [q, k, v] = [g.input("q", [1, 16, 8]), g.input("k", [1, 16, 8]), g.input("v", [1, 16, 8])];
    const scores = g.matmul(q, k, true);
    const next = softmax(g, g.matmul(scores, g.input("w", [1, 16, 16])));
    const program = await agrees(g.graph([g.matmul(softmax(g, scores), v), g.matmul(next, v)]));
    expect(program.remarks.map(({ message }) => message).join()).toMatch(
      /matmul reads what it would compute on the way/,
    );
  });

  test("[A13] more between two products than a kernel fuses", async () => {
    const graph = attention({ heads: 1, n: 16, m: 16, d: 8, e: 8 }, (g, scores) => {
      let made = scores;
      for (let count = 0; count < 70; count++) made = g.unary(count % 2 === 0 ? "tanh" : "neg", made);
      return made;
    });
    const program = await agrees(graph);
    expect(program.remarks.map(({ message }) => message).join()).toMatch(/it would fuse \d+ operations/);
  });

  test("[A14] what is multiplied is one number a row", async () => {
    const [h, n, m] = [2, 24, 16];
    const g = new GraphMaker();
    const scores = g.matmul(g.input("q", [h, n, 8]), g.input("k", [h, m, 8]), true);
    const most = g.broadcast(g.reduce("max", scores, 2), [h, n, m]);
    const program = await agrees(g.graph([g.matmul(most, g.input("v", [h, m, 8]))]));
    expect(program.dispatches).toHaveLength(1);
  });
});
