import type { Graph } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { agrees } from "../testing/agrees.ts";
import { GraphMaker } from "../testing/graphs.ts";
import { runTiles } from "../testing/run-tiles.ts";

interface Sizes {
  readonly batch?: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeRight?: boolean;
}

/** leftᵀ · right, as gradients of weights are. */
function turned({ batch, m, n, k, transposeRight = false }: Sizes): Graph {
  const g = new GraphMaker();
  const lead = batch === undefined ? [] : [batch];
  const left = g.input("left", [...lead, k, m]);
  const right = g.input("right", [...lead, ...(transposeRight ? [n, k] : [k, n])]);
  const order = [...lead.keys(), lead.length + 1, lead.length];
  return g.graph([g.matmul(g.permute(left, order), right, transposeRight)]);
}

const cases: readonly Sizes[] = [
  { m: 17, n: 9, k: 21 },
  { m: 32, n: 32, k: 64 },
  { batch: 3, m: 5, n: 18, k: 7 },
  { batch: 2, m: 12, n: 8, k: 16, transposeRight: true },
];

describe("a turned left matrix is read as it lies", () => {
  test.each(cases)("[TL1] %o: one kernel, on the GPU", async (sizes) => {
    const { dispatches, kernels } = await agrees(turned(sizes));
    expect(dispatches).toHaveLength(1);
    expect(kernels[0]?.name).toBe(sizes.transposeRight === true ? "matmul_tt" : "matmul_tn");
  });

  test("[TL2] in every block, as the interpreter computes it", async () => {
    for (let at = 0; at < 12; at += 1) {
      const { kernels } = await agrees(turned({ m: 17, n: 9, k: 21 }), {
        run: runTiles,
        most: 1e-20,
        choose: ({ configs }) => configs[at % configs.length],
      });
      expect(kernels).toHaveLength(1);
    }
  });

  test("[TL3] a long one in parts", async () => {
    const parts = { blocks: { m: 16, n: 16, k: 8, parts: 4 } };
    const graph = turned({ m: 20, n: 10, k: 300 });
    const { dispatches } = await agrees(graph, { run: runTiles, most: 1e-20, choose: () => parts });
    expect(dispatches).toHaveLength(2);
  });

  test("[TL4] not where its axes move otherwise, nor where it is many by one matrix", async () => {
    const g = new GraphMaker();
    const [left, right] = [g.input("left", [4, 2, 3]), g.input("right", [5, 3])];
    const moved = g.permute(left, [1, 0, 2]);
    const other = g.broadcast(g.reshape(right, [1, 5, 3]), [2, 5, 3]);
    const { kernels } = await agrees(g.graph([g.matmul(moved, other, true)]), { run: runTiles, most: 1e-20 });
    expect(kernels.map(({ name }) => name)).toEqual(["map_permute", "matmul_nt"]);
  });
});
