import type { NodeId } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { portableTarget } from "../program.ts";
import { agrees } from "../testing/agrees.ts";
import { GraphMaker } from "../testing/graphs.ts";
import { runTiles } from "../testing/run-tiles.ts";

/** The names of the kernels of each launch. In f64 on the tiles, so that only the grouping is asked about. */
async function launches(
  g: GraphMaker,
  outputs: readonly NodeId[],
  storageBuffers: number = portableTarget.storageBuffers,
): Promise<readonly (string | undefined)[]> {
  const target = { ...portableTarget, storageBuffers };
  const graph = g.graph(outputs);
  const { dispatches, kernels } = await agrees(graph, { target, run: runTiles, most: 1e-20 });
  return dispatches.map(({ kernel }) => kernels[kernel]?.name);
}

/** The gradients of a norm's scale and shift: sums over the rows. */
function normGradients(g: GraphMaker, rows: number, columns: number): readonly NodeId[] {
  const [slope, centred] = [g.input("slope", [rows, columns]), g.input("centred", [rows, columns])];
  return [g.reduce("sum", g.binary("mul", slope, centred), 0), g.reduce("sum", slope, 0)];
}

describe("folds that read the same are one kernel with several results", () => {
  test.each([
    [70, 40, "reduce_sum_sum"],
    [600, 130, "reduce_sum_sum_rows"],
  ])("[GF1] gradients of a norm: %i rows of %i", async (rows, columns, name) => {
    const g = new GraphMaker();
    expect(await launches(g, normGradients(g, rows, columns))).toEqual([name]);
  });

  test("[GF2] on the GPU, in every way", async () => {
    for (const [rows, columns] of [
      [70, 40],
      [600, 130],
    ] as const)
      for (const at of [0, 1, 2]) {
        const g = new GraphMaker();
        const graph = g.graph(normGradients(g, rows, columns));
        const { dispatches, remarks } = await agrees(graph, { choose: ({ configs }) => configs[at] });
        expect([dispatches.length, remarks.map(({ code }) => code)]).toEqual([1, ["fused/folds"]]);
      }
  });

  test("[GF3] of several kinds and dtypes, through reshapes and other maps", async () => {
    const g = new GraphMaker();
    const x = g.input("x", [6, 8]);
    const flat = g.reshape(g.unary("exp", g.reshape(x, [48])), [6, 8]);
    const folds = [g.reduce("max", x, 1), g.reduce("prod", flat, 1), g.reduce("sum", g.cast(x, "i32"), 1)];
    expect(await launches(g, folds)).toEqual(["reduce_max_prod_sum"]);
  });

  test("[GF4] not along another axis, nor at other places, nor where they share a row alone", async () => {
    const g = new GraphMaker();
    const [x, y, row] = [g.input("x", [8, 8]), g.input("y", [8, 8]), g.input("row", [1, 8])];
    const turned = g.reduce("sum", g.unary("abs", g.permute(x, [1, 0])), 1);
    const shifted = g.reduce("sum", g.binary("add", y, g.broadcast(row, [8, 8])), 0);
    const other = g.reduce("sum", g.binary("add", g.input("z", [8, 8]), g.broadcast(row, [8, 8])), 0);
    const folds = [g.reduce("sum", x, 1), turned, g.reduce("sum", x, 0), shifted, other];
    expect(await launches(g, folds)).toHaveLength(5);
  });

  test("[GF5] not where one hangs on the other, or somebody wants the first before", async () => {
    const g = new GraphMaker();
    const x = g.input("x", [8, 8]);
    const most = g.reduce("max", x, 0);
    const spread = g.reduce("sum", g.unary("exp", g.binary("sub", x, g.broadcast(most, [8, 8]))), 0);
    expect(await launches(g, [most, spread])).toEqual(["reduce_max", "reduce_sum"]);
    const h = new GraphMaker();
    const y = h.input("y", [8, 8]);
    const first = h.reduce("sum", y, 0);
    const read = h.unary("exp", first);
    expect(await launches(h, [first, read, h.reduce("max", y, 0)])).toEqual([
      "reduce_sum",
      "map_exp",
      "reduce_max",
    ]);
  });

  test("[GF6] nor where they bind more buffers than the device, nor few long rows, which may be split", async () => {
    const g = new GraphMaker();
    const [x, y, z] = ["x", "y", "z"].map((name) => g.input(name, [9, 7])) as [NodeId, NodeId, NodeId];
    const folds = [x, g.binary("mul", x, y), g.binary("mul", x, z)].map((of) => g.reduce("sum", of, 0));
    expect(await launches(g, folds, 6)).toHaveLength(1);
    expect(await launches(g, folds, 5)).toHaveLength(2);
    const h = new GraphMaker();
    expect(await launches(h, normGradients(h, 5000, 3))).toHaveLength(2);
  });
});
