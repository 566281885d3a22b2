// The interpreter is the truth here, and only here: the compiler itself never looks at it.
import { runGraph, type TensorValue } from "@tilebook/interp";
import { type DType, type Graph, sizeOf, verifyGraph, verifyTile } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { type Config, portableTarget, type Target } from "../program.ts";
import { decodeElements, encodeElements } from "../testing/elements.ts";
import { GraphMaker } from "../testing/graphs.ts";
import { normalisedError, randomNumbers } from "../testing/numbers.ts";
import { runOnGpu } from "../testing/run-program.ts";
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

/** Runs it as `config` says, compares with the interpreter, and says how many launches that took. */
async function agrees(graph: Graph, config: Config, most = 1e-10): Promise<number> {
  const inputs = new Map<string, readonly number[]>();
  const values = new Map<string, TensorValue>();
  for (const [id, node] of graph.nodes.entries()) {
    if (node.kind !== "input") continue;
    const { dtype, shape } = node.type;
    const bytes = encodeElements(randomNumbers(sizeOf(shape), id + 1), dtype);
    const numbers = decodeElements(bytes, dtype, sizeOf(shape));
    inputs.set(node.tensor, numbers);
    values.set(node.tensor, { type: node.type, values: Float64Array.from(numbers) });
  }
  const { program, outputs } = await runOnGpu(graph, inputs, { target: card, choose: () => config });
  for (const { tile } of program.kernels) verifyTile(tile);
  const wanted = Array.from(runGraph(graph, values)[0] ?? []);
  expect(normalisedError(outputs[0] ?? [], wanted)).toBeLessThan(most);
  return program.dispatches.length;
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
      expect(await agrees(product(left, right), config)).toBe(2);
    const turned = [...right.slice(0, -2), right.at(-1) ?? 1, right.at(-2) ?? 1];
    expect(await agrees(product(left, turned, { transposed: true }), inParts(4))).toBe(2);
  });

  test("[G29] parts of products of halves are added up in f32", async () => {
    const graph = product([6, 700], [700, 10], { dtype: "f16" });
    await agrees(graph, inParts(8), 1e-6);
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
    for (const config of split) expect(await agrees(graph, config)).toBe(2);
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
