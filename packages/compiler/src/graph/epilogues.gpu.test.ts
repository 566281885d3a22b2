import type { Graph, NodeId } from "@tilebook/ir";
import { ofToday, partOfDay } from "@tilebook/ir/testing";
import { describe, expect, test } from "vitest";
import { portableTarget, type Target } from "../program.ts";
import { agrees } from "../testing/agrees.ts";
import { GraphMaker } from "../testing/graphs.ts";
import { runTiles } from "../testing/run-tiles.ts";

const processor: Target = { ...portableTarget, processor: true };

/** What comes after x w, for x [m, k]. */
function layer(
  [m, k, n]: readonly [number, number, number],
  after: (g: GraphMaker, product: NodeId, shape: readonly number[]) => NodeId,
): Graph {
  const g = new GraphMaker();
  const product = g.matmul(g.input("x", [m, k]), g.input("w", [k, n]));
  return g.graph([after(g, product, [m, n])]);
}

const bias = (g: GraphMaker, product: NodeId, shape: readonly number[]): NodeId =>
  g.binary("add", product, g.broadcast(g.reshape(g.input("b", [shape[1] ?? 1]), [1, shape[1] ?? 1]), shape));

const relu = (g: GraphMaker, x: NodeId, shape: readonly number[]): NodeId =>
  g.binary("max", x, g.fill(0, shape));

describe("a product and the map behind it are one kernel", () => {
  test.each([
    [32, 16, 64],
    [37, 19, 50],
    [1, 40, 33],
    [3, 8, 130],
    [70, 5, 6],
  ] as const)("[EP1] a bias and what is above 0, behind %i x %i x %i", async (m, k, n) => {
    const program = await agrees(
      layer([m, k, n], (g, product, shape) => relu(g, bias(g, product, shape), shape)),
    );
    expect(program.dispatches).toHaveLength(1);
    expect(program.remarks.map(({ code }) => code)).toEqual(["fused/epilogue"]);
  });

  test("[EP2] what is added to it is read where it lies, also what the product reads itself", async () => {
    const graph = layer([20, 24, 24], (g, product, shape) =>
      g.binary("add", g.binary("mul", product, g.fill(0.5, shape)), g.input("x", [20, 24])),
    );
    const program = await agrees(graph);
    expect(program.dispatches).toHaveLength(1);
  });

  test("[EP3] of many matrices, through a reshape, with a number for each of them", async () => {
    const g = new GraphMaker();
    const product = g.matmul(g.input("x", [6, 9, 7]), g.input("w", [6, 7, 10]));
    const apart = g.reshape(product, [2, 3, 9, 10]);
    const scale = g.broadcast(g.reshape(g.input("s", [2, 3]), [2, 3, 1, 1]), [2, 3, 9, 10]);
    const down = g.broadcast(g.input("d", [1, 1, 9, 1]), [2, 3, 9, 10]);
    const program = await agrees(g.graph([g.binary("add", g.binary("mul", apart, scale), down)]));
    expect(program.dispatches).toHaveLength(1);
  });

  test("[EP4] rows of all matrices times one, as a layer has them", async () => {
    const g = new GraphMaker();
    const w = g.broadcast(g.reshape(g.input("w", [8, 12]), [1, 8, 12]), [3, 8, 12]);
    const product = g.matmul(g.input("x", [3, 5, 8]), w);
    const b = g.broadcast(g.reshape(g.input("b", [12]), [1, 1, 12]), [3, 5, 12]);
    const program = await agrees(g.graph([g.binary("mul", product, b)]));
    expect(program.dispatches).toHaveLength(1);
  });

  test("[EP5] not where somebody else reads the product, where it is a result, or where it is read elsewhere", async () => {
    const both = layer([16, 16, 16], (g, product) => g.binary("add", product, g.permute(product, [1, 0])));
    expect((await agrees(both)).dispatches).toHaveLength(2);
    const g = new GraphMaker();
    const product = g.matmul(g.input("x", [16, 16]), g.input("w", [16, 16]));
    expect((await agrees(g.graph([product, g.unary("neg", product)]))).dispatches).toHaveLength(2);
    const two = new GraphMaker();
    const shared = two.matmul(two.input("x", [16, 16]), two.input("w", [16, 16]));
    const read = two.matmul(shared, two.input("v", [16, 16]));
    const program = await agrees(two.graph([two.binary("add", two.unary("neg", shared), read)]));
    expect(program.dispatches).toHaveLength(2);
  });

  test("[EP9] functions and longer code: on a graphics card, and not where a processor writes it out for many results", async () => {
    const erf = layer([16, 16, 16], (g, product, shape) => g.unary("erf", bias(g, product, shape)));
    const chain = (ops: number): Graph =>
      layer([16, 16, 16], (g, product, shape) => {
        let at = product;
        for (let op = 0; op < ops; op++) at = g.binary(op % 2 === 0 ? "add" : "mul", at, g.fill(0.5, shape));
        return at;
      });
    const many = chain(5);
    for (const graph of [erf, many]) {
      expect((await agrees(graph, { target: processor, run: runTiles })).dispatches).toHaveLength(2);
      expect((await agrees(graph, { target: portableTarget, run: runTiles })).dispatches).toHaveLength(1);
    }
    const longer = chain(17);
    expect((await agrees(longer, { target: portableTarget, run: runTiles })).dispatches).toHaveLength(2);
  });

  test("[EP6] products of f16, and a result of whole numbers", async () => {
    const g = new GraphMaker();
    const product = g.matmul(g.cast(g.input("x", [9, 8]), "f16"), g.cast(g.input("w", [8, 20]), "f16"));
    const program = await agrees(g.graph([g.compare("gt", product, g.fill(0, [9, 20], "f16"))]), {
      most: 0.02,
    });
    expect(program.remarks.map(({ code }) => code)).toContain("fused/epilogue");
  });

  test("[EP7] in every block", async () => {
    const graph = layer([37, 24, 50], (g, product, shape) =>
      g.binary("mul", bias(g, product, shape), g.input("gate", [37, 50])),
    );
    for (let at = 0; at < 17; at++) {
      const choose = ({ configs }: { readonly configs: readonly object[] }): object =>
        configs[at % configs.length] ?? {};
      const { dispatches } = await agrees(graph, { run: runTiles, most: 1e-20, choose });
      expect(dispatches).toHaveLength(1);
    }
  });

  test(`[EP8] on the GPU, too: ${partOfDay}`, async () => {
    const graph = layer([64, 24, 64], bias);
    for (const at of ofToday([...Array(17).keys()], 3)) {
      const choose = ({ configs }: { readonly configs: readonly object[] }): object =>
        configs[at % configs.length] ?? {};
      await agrees(graph, { choose });
    }
    expect(layer([64, 24, 64], bias).nodes.length).toBeGreaterThan(3);
  });
});
