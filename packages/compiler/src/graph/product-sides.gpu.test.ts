import type { Graph, NodeId } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { agrees } from "../testing/agrees.ts";
import { GraphMaker } from "../testing/graphs.ts";
import { runTiles } from "../testing/run-tiles.ts";

type Made = (g: GraphMaker) => NodeId;

const [batch, length, heads, width] = [2, 9, 3, 4];

/** Of queries, keys and values side by side, as one product of weights leaves them: those of each head. */
function part(g: GraphMaker, all: NodeId, which: number): NodeId {
  const split = g.permute(g.reshape(all, [batch, length, 3, heads, width]), [2, 0, 3, 1, 4]);
  const row = g.slice(split, [which, 0, 0, 0, 0], [1, batch, heads, length, width]);
  return g.reshape(row, [batch, heads, length, width]);
}

const packed = (g: GraphMaker): NodeId => g.input("all", [batch, length, 3 * heads * width]);

/** By the name of the only kernel. */
const views: Readonly<Record<string, readonly [kernel: string, Made]>> = {
  "scores of heads": [
    "matmul_nt_left_right_apart",
    (g) => {
      const all = packed(g);
      return g.matmul(part(g, all, 0), g.permute(part(g, all, 1), [0, 1, 3, 2]));
    },
  ],
  "weights times values": [
    "matmul_right_apart",
    (g) => g.matmul(g.input("weights", [batch, heads, length, length]), part(g, packed(g), 2)),
  ],
  "turned and apart": [
    "matmul_tt_left_right_apart",
    (g) => {
      const all = packed(g);
      return g.matmul(
        g.permute(part(g, all, 2), [0, 1, 3, 2]),
        g.reshape(g.permute(g.input("y", [5, 2, 3, 9]), [1, 2, 0, 3]), [2, 3, 5, 9]),
        true,
      );
    },
  ],
  "keys that heads share": [
    "matmul_nt_right_apart",
    (g) => {
      const keys = g.broadcast(
        g.reshape(g.input("keys", [batch, length, width]), [batch, 1, length, width]),
        [batch, heads, length, width],
      );
      return g.matmul(g.input("q", [batch, heads, 7, width]), keys, true);
    },
  ],
  "rows backwards, and every second column block": [
    "matmul_left_apart",
    (g) => g.matmul(g.slice(g.input("x", [17, 20]), [16, 8], [9, 8], [-2, 1]), g.input("y", [8, 6])),
  ],
  "weights that are turned": [
    "matmul_nt",
    (g) => {
      const turned = g.reshape(g.permute(g.input("w", [6, 8]), [1, 0]), [1, 8, 6]);
      return g.matmul(g.input("x", [4, 5, 8]), g.broadcast(turned, [4, 8, 6]));
    },
  ],
  "all of a map": [
    "matmul_left_apart",
    (g) => {
      const x = g.unary("exp", g.input("x", [5, 2, 8]));
      return g.matmul(g.permute(x, [1, 0, 2]), g.input("y", [2, 8, 6]));
    },
  ],
};

function graphOf(made: Made): Graph {
  const g = new GraphMaker();
  return g.graph([made(g)]);
}

describe("a product reads views as they lie", () => {
  test.each(Object.entries(views))("[PV1] %s: no copy, in every block", async (_, [kernel, made]) => {
    for (let at = 0; at < 12; at += 1) {
      const choose = ({ configs }: { readonly configs: readonly object[] }) => configs[at % configs.length];
      const { kernels } = await agrees(graphOf(made), { run: runTiles, most: 1e-20, choose });
      expect(kernels.map(({ name }) => name).filter((name) => !name.startsWith("map_exp"))).toEqual([kernel]);
    }
  });

  test.each(["scores of heads", "turned and apart"])("[PV2] on the GPU, too: %s", async (which) => {
    const [kernel, made] = views[which] ?? ["", packed];
    const { kernels } = await agrees(graphOf(made));
    expect(kernels.map(({ name }) => name)).toEqual([kernel]);
  });

  test("[PV3] in parts", async () => {
    const g = new GraphMaker();
    const x = g.permute(g.input("x", [300, 3, 20]), [1, 2, 0]);
    const graph = g.graph([g.matmul(x, g.slice(g.input("y", [3, 300, 12]), [0, 0, 2], [3, 300, 10]))]);
    const parts = { blocks: { m: 16, n: 16, k: 8, parts: 4 } };
    const { dispatches } = await agrees(graph, { run: runTiles, most: 1e-20, choose: () => parts });
    expect(dispatches).toHaveLength(2);
  });

  test("[PV4] what lies no way of two strides is copied: rows of heads, a part of a map, windows", async () => {
    const g = new GraphMaker();
    const joined = g.reshape(g.permute(g.input("x", [3, 5, 4]), [1, 0, 2]), [5, 12]);
    const some = g.slice(g.unary("exp", g.input("z", [9, 12])), [2, 0], [5, 12]);
    const [w, y] = [g.input("w", [12, 6]), g.input("y", [12, 5])];
    const { kernels } = await agrees(g.graph([g.matmul(joined, w), g.matmul(some, y)]), {
      run: runTiles,
      most: 1e-20,
    });
    expect(kernels.map(({ name }) => name).toSorted()).toEqual(["map_permute", "map_slice", "matmul"]);
  });
});
