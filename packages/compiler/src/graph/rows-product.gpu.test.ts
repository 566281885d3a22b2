import type { Graph } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { type Choice, type Config, portableTarget, type Target } from "../program.ts";
import { agrees } from "../testing/agrees.ts";
import { type CodedWeights, codedWeights, codesOf, numbersOfCoded } from "../testing/coded-weights.ts";
import { GraphMaker } from "../testing/graphs.ts";
import { compileGraph } from "./compile-graph.ts";

const card: Target = { ...portableTarget, subgroup: 4 };

function product([m, n, k]: readonly [number, number, number], kind: CodedWeights): Graph {
  const g = new GraphMaker();
  return g.graph([g.matmul(g.input("x", [m, k]), codedWeights(g, [n, k], kind), true)]);
}

function isFolded({ blocks }: Config): boolean {
  return blocks?.["folded"] !== undefined;
}

/** The ways along rows that there are, each of them run. */
async function foldedWays(
  graph: Graph,
  given: Readonly<Record<string, readonly number[]>> = {},
): Promise<number> {
  const { choice } = compileGraph(graph, card).dispatches.at(-1) ?? {};
  const { choice: first = choice } = compileGraph(graph, card).dispatches[0] ?? {};
  const ways = (first?.configs ?? []).filter((one) => isFolded(one));
  for (const way of ways) {
    const choose = ({ configs }: Choice): Config | undefined =>
      configs.find((one) => JSON.stringify(one) === JSON.stringify(way));
    await agrees(graph, {
      given,
      target: card,
      choose,
      most: graph.nodes[0]?.type.dtype === "f16" ? 1e-6 : 1e-10,
    });
  }
  return ways.length;
}

describe("few rows times a turned matrix are summed along its rows", () => {
  test.each([
    ["one row of codes", [1, 40, 64], {}],
    ["three rows, ragged", [3, 33, 96], {}],
    ["mins", [2, 20, 64], { hasMin: true }],
    ["the scale first", [1, 20, 64], { scale: "first" }],
    ["bytes, one scale a row", [1, 24, 80], { dtype: "i8", group: 80 }],
    ["groups of 16", [1, 20, 64], { group: 16 }],
    ["groups of 128", [4, 20, 256], { group: 128, hasMin: true }],
    ["no scales", [1, 20, 64], { scale: "none" }],
    ["scales and mins of two levels", [1, 20, 512], { block: 8, hasMin: true }],
    ["codes of six bits in two parts", [2, 20, 256], { block: 16, group: 16, isWide: true }],
  ] as const)("[RP1] %s", async (_, sizes, kind) => {
    const given = numbersOfCoded(sizes[1] * sizes[2]);
    expect(await foldedWays(product(sizes, kind), given)).toBeGreaterThan(0);
  });

  test("[RP2] with k in parts", async () => {
    const sizes = [1, 24, 1056] as const;
    for (const kind of [{}, { hasMin: true }]) {
      const graph = product(sizes, kind);
      const { choice } = compileGraph(graph, card).dispatches[0] ?? {};
      const inParts = choice?.configs.find((one) => isFolded(one) && one.blocks?.["parts"] !== undefined);
      expect(inParts).toBeDefined();
      const { dispatches } = await agrees(graph, {
        given: { codes: codesOf(sizes[1] * sizes[2]) },
        target: card,
        choose: () => inParts,
      });
      expect(dispatches).toHaveLength(2);
    }
  });

  test("[RP3] of plain numbers, of many matrices, and of heads as they lie", async () => {
    const g = new GraphMaker();
    expect(
      await foldedWays(g.graph([g.matmul(g.input("x", [2, 64]), g.input("w", [20, 64]), true)])),
    ).toBeGreaterThan(0);
    const many = new GraphMaker();
    const keys = many.permute(many.input("k", [9, 3, 32]), [1, 0, 2]);
    expect(
      await foldedWays(many.graph([many.matmul(many.input("q", [3, 1, 32]), keys, true)])),
    ).toBeGreaterThan(0);
    const halves = new GraphMaker();
    const w = halves.input("w", [20, 64], "f16");
    expect(
      await foldedWays(halves.graph([halves.matmul(halves.input("x", [1, 64], "f16"), w, true)])),
    ).toBeGreaterThan(0);
  });

  test("[RP4] not where steps do not go up in k or in groups, rows are many, or the right side is not turned", async () => {
    const counts = [
      product([1, 20, 72], { group: 72 }),
      product([1, 20, 64], { group: 8 }),
      product([5, 20, 64], {}),
    ];
    for (const graph of counts)
      expect(
        await foldedWays(graph, {
          codes: codesOf(20 * 72).slice(0, 20 * (graph.nodes[0]?.type.shape[1] ?? 0)),
        }),
      ).toBe(0);
    const g = new GraphMaker();
    expect(await foldedWays(g.graph([g.matmul(g.input("x", [1, 64]), g.input("w", [64, 20]))]))).toBe(0);
  });
});
