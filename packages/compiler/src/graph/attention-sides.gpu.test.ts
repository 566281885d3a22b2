import type { NodeId } from "@tilebook/ir";
import { ofToday, partOfDay } from "@tilebook/ir/testing";
import { describe, expect, test } from "vitest";
import type { Choice, Config } from "../program.ts";
import { agrees } from "../testing/agrees.ts";
import { GraphMaker } from "../testing/graphs.ts";
import { runTiles } from "../testing/run-tiles.ts";

/** The names of the kernels of each launch. In f64 on the tiles, so that only what is read is asked about. */
async function launches(g: GraphMaker, output: NodeId): Promise<readonly (string | undefined)[]> {
  const { dispatches, kernels } = await agrees(g.graph([output]), { run: runTiles, most: 1e-20 });
  return dispatches.map(({ kernel }) => kernels[kernel]?.name);
}

/** Queries, keys and values as parts of one tensor [tokens, 3 heads width], as a product makes them. */
function parts(g: GraphMaker, [tokens, heads, width]: readonly [number, number, number]): readonly NodeId[] {
  const together = g.input("together", [tokens, 3 * heads * width]);
  return [0, 1, 2].map((part) => {
    const own = g.slice(together, [0, part * heads * width], [tokens, heads * width]);
    return g.reshape(own, [tokens, heads, width]);
  });
}

/** The same for a batch, heads before tokens, as `reshape(batch, tokens, 3, heads, width).permute(2, 0, 3, 1, 4)` has them. */
function headsFirst(
  g: GraphMaker,
  [batch, tokens, heads, width]: readonly [number, number, number, number],
): readonly NodeId[] {
  const together = g.input("together", [batch, tokens, 3, heads, width]);
  const turned = g.permute(together, [2, 0, 3, 1, 4]);
  return [0, 1, 2].map((part) => {
    const own = g.slice(turned, [part, 0, 0, 0, 0], [1, batch, heads, tokens, width]);
    return g.reshape(own, [batch, heads, tokens, width]);
  });
}

function attention(
  g: GraphMaker,
  [q = -1, k = -1, v = -1]: readonly NodeId[],
  { causal = false, tokensFirst = false } = {},
): NodeId {
  return g.attention({ q, k, v }, 0.4, causal, tokensFirst);
}

describe("attention reads queries, keys and values as they lie", () => {
  test.each([
    [19, 2, 8],
    [33, 3, 5],
    [5, 1, 16],
  ] as const)("[AS1] parts of one product: %i tokens, %i heads of %i", async (tokens, heads, width) => {
    for (const causal of [false, true]) {
      const g = new GraphMaker();
      const names = await launches(
        g,
        attention(g, parts(g, [tokens, heads, width]), { causal, tokensFirst: true }),
      );
      expect(names).toEqual([causal ? "attention_causal_apart" : "attention_apart"]);
    }
  });

  test("[AS2] heads of a batch, before the tokens; keys that all heads share are not repeated", async () => {
    const g = new GraphMaker();
    expect(await launches(g, attention(g, headsFirst(g, [2, 18, 3, 4])))).toEqual(["attention_apart"]);
    const shared = new GraphMaker();
    const q = shared.input("q", [2, 3, 20, 4]);
    const [k, v] = ["k", "v"].map((name) =>
      shared.broadcast(shared.input(name, [2, 1, 20, 4]), [2, 3, 20, 4]),
    );
    const names = await launches(shared, attention(shared, [q, k ?? -1, v ?? -1], { causal: true }));
    expect(names).toEqual(["attention_causal_apart"]);
  });

  test("[AS3] few queries whose heads are taken together are copied; what they share is read as it lies", async () => {
    const g = new GraphMaker();
    const q = g.permute(g.input("q", [1, 6, 4]), [1, 0, 2]);
    const [k, v] = ["k", "v"].map((name) => g.permute(g.input(name, [17, 2, 4]), [1, 0, 2]));
    const names = await launches(g, attention(g, [q, k ?? -1, v ?? -1]));
    expect(names.at(-1)).toBe("attention_apart");
    expect(names.length).toBeLessThanOrEqual(2);
  });

  test("[AS4] what lies the other way round is copied, and so is what is computed in part", async () => {
    const g = new GraphMaker();
    const q = g.permute(g.input("q", [2, 8, 20]), [0, 2, 1]);
    const [k, v] = [
      g.input("k", [2, 20, 8]),
      g.slice(g.unary("exp", g.input("v", [2, 40, 8])), [0, 3, 0], [2, 20, 8]),
    ];
    expect(await launches(g, attention(g, [q, k, v]))).toHaveLength(3);
  });

  test("[AS5] what is read is kept until then, also where somebody wants it as it is", async () => {
    const g = new GraphMaker();
    const x = g.matmul(g.input("x", [20, 6]), g.input("w", [6, 24]));
    const own = [0, 1, 2].map((part) => g.reshape(g.slice(x, [0, part * 8], [20, 8]), [20, 2, 4]));
    const result = attention(g, own, { tokensFirst: true });
    const graph = g.graph([result, g.unary("exp", own[1] ?? -1), own[2] ?? -1]);
    await agrees(graph, { run: runTiles, most: 1e-20 });
    expect(graph.outputs).toHaveLength(3);
  });

  test("[AS6] in every block", async () => {
    for (let at = 0; at < 14; at++) {
      const g = new GraphMaker();
      const choose = ({ configs }: Choice): Config | undefined => configs[at % configs.length];
      const result = attention(g, parts(g, [37, 2, 8]), { causal: true, tokensFirst: true });
      const { dispatches } = await agrees(g.graph([result]), { run: runTiles, most: 1e-20, choose });
      expect(dispatches).toHaveLength(1);
    }
  });

  test(`[AS7] on the GPU, too: ${partOfDay}`, async () => {
    for (const at of ofToday([...Array(14).keys()], 3)) {
      const g = new GraphMaker();
      const choose = ({ configs }: Choice): Config | undefined => configs[at % configs.length];
      const { dispatches } = await agrees(g.graph([attention(g, headsFirst(g, [2, 37, 2, 8]))]), { choose });
      expect(dispatches).toHaveLength(1);
    }
  });
});
