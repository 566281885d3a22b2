import { type DType, type Graph, verifyGraph } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { type Config, portableTarget, type Target } from "../program.ts";
import { agrees } from "../testing/agrees.ts";
import { GraphMaker } from "../testing/graphs.ts";
import { compileGraph } from "./compile-graph.ts";

type Shape = readonly number[];

const card: Target = { ...portableTarget, subgroup: 4 };

function product(left: Shape, right: Shape, how: { transposed?: boolean; dtype?: DType } = {}): Graph {
  const { transposed = false, dtype = "f32" } = how;
  const g = new GraphMaker();
  const graph = g.graph([g.matmul(g.input("a", left, dtype), g.input("b", right, dtype), transposed)]);
  verifyGraph(graph);
  return graph;
}

/** Runs it as `config` says, and says how many launches that took. */
async function launches(graph: Graph, config: Config, most?: number): Promise<number> {
  const how = { target: card, choose: () => config };
  return (await agrees(graph, most === undefined ? how : { ...how, most })).dispatches.length;
}

const inParts = (
  parts: number,
  blocks: Readonly<Record<string, number>> = { m: 16, n: 16, k: 4 },
): Config => ({
  blocks: { ...blocks, parts },
});

/** In how many parts each of the ways of such a product goes. */
function partsOf(
  target: Target,
  [m, n, k]: readonly [number, number, number],
): readonly (number | undefined)[] {
  const { choice } = compileGraph(product([m, k], [k, n]), target).dispatches[0] ?? {};
  return (choice?.configs ?? []).map(({ blocks }) => blocks?.["parts"]);
}

describe("products with k in parts, by two launches", () => {
  test.each([
    ["aligned", [32, 512], [512, 16]],
    ["ragged", [5, 301], [301, 19]],
    ["batched", [3, 17, 130], [3, 130, 9]],
    ["one row", [1, 1000], [1000, 70]],
    ["k shorter than the parts", [4, 3], [3, 5]],
  ] as const)("[G28] %s", async (_, left, right) => {
    for (const config of [inParts(4), inParts(16), inParts(8, { m: 1, n: 64, k: 4 })])
      expect(await launches(product(left, right), config)).toBe(2);
    const turned = [...right.slice(0, -2), right.at(-1) ?? 1, right.at(-2) ?? 1];
    expect(await launches(product(left, turned, { transposed: true }), inParts(4))).toBe(2);
  });

  test("[G29] parts of products of halves are added up in f32", async () => {
    const graph = product([6, 700], [700, 10], { dtype: "f16" });
    await launches(graph, inParts(8), 1e-6);
    const { buffers } = compileGraph(graph, card, { choose: () => inParts(8) });
    expect(buffers.map(({ type }) => type)).toContainEqual({ dtype: "f32", shape: [8, 60] });
  });

  test.each([
    [1, 96, 4096],
    [16, 20, 2050],
  ])("[G30] every way that is offered for %i rows of %i and k of %i gives the same", async (m, n, k) => {
    const graph = product([m, k], [k, n]);
    const { choice } = compileGraph(graph, card).dispatches[0] ?? {};
    const split = (choice?.configs ?? []).filter(({ blocks }) => blocks?.["parts"] !== undefined);
    expect(split.length).toBeGreaterThan(1);
    for (const config of split) expect(await launches(graph, config)).toBe(2);
  });

  test("[G31] a card begins so where blocks are few and k is long; SwiftShader never goes so", () => {
    expect(partsOf(card, [32, 64, 8192])[0]).toBe(16);
    expect(partsOf(card, [1, 2048, 2048])[0]).toBe(8);
    // A candidate only: k is not that long, or there are blocks enough.
    expect(partsOf(card, [32, 64, 1024])[0]).toBeUndefined();
    expect(partsOf(card, [32, 64, 1024])).toContain(4);
    expect(partsOf(card, [1, 8192, 4096])[0]).toBeUndefined();
    // Nothing to gain.
    expect(partsOf(card, [512, 512, 4096]).filter((parts) => parts !== undefined)).toEqual([]);
    expect(partsOf(card, [32, 64, 512]).filter((parts) => parts !== undefined)).toEqual([]);
    const processor: Target = { ...portableTarget, processor: true };
    expect(partsOf(processor, [32, 64, 8192])[0]).toBeUndefined();
    expect(partsOf(processor, [32, 64, 8192])).toContain(8);
    const swiftShader = partsOf({ ...processor, subgroup: 4 }, [32, 64, 8192]);
    expect(swiftShader.filter((parts) => parts !== undefined)).toEqual([]);
  });
});
