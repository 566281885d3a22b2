import type { NodeId } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { portableTarget } from "../program.ts";
import { agrees } from "../testing/agrees.ts";
import { GraphMaker } from "../testing/graphs.ts";
import { runTiles } from "../testing/run-tiles.ts";

/** The buffers of each launch. */
type Launches = readonly number[];

/** In f64 on the tiles, so that only the grouping is asked about. */
async function launches(
  g: GraphMaker,
  outputs: readonly NodeId[],
  storageBuffers: number = portableTarget.storageBuffers,
): Promise<Launches> {
  const target = { ...portableTarget, storageBuffers };
  const { dispatches } = await agrees(g.graph(outputs), { target, run: runTiles, most: 1e-20 });
  return dispatches.map(({ buffers }) => buffers.length);
}

/** A step of Adam over a tensor: both moments and the parameters, all of which are wanted. */
function adam(g: GraphMaker, size: number): readonly NodeId[] {
  const shape = [size];
  const [p, m, v, slope] = ["p", "m", "v", "g"].map((name) => g.input(name, shape));
  const mixed = (old: NodeId = -1, next: NodeId = -1, share = 0): NodeId =>
    g.binary(
      "add",
      g.binary("mul", old, g.fill(share, shape)),
      g.binary("mul", next, g.fill(1 - share, shape)),
    );
  const first = mixed(m, slope, 0.9);
  const second = mixed(v, g.binary("mul", slope ?? -1, slope ?? -1), 0.99);
  const below = g.binary("add", g.unary("sqrt", g.unary("abs", second)), g.fill(0.5, shape));
  const change = g.binary("mul", g.binary("div", first, below), g.fill(0.1, shape));
  return [first, second, g.binary("sub", p ?? -1, change)];
}

describe("maps that read the same are one kernel with several results", () => {
  test("[M1] the step of an optimiser: four tensors in, three out", async () => {
    const g = new GraphMaker();
    expect(await launches(g, adam(g, 300))).toEqual([7]);
  });

  test("[M2] on the GPU, too", async () => {
    const g = new GraphMaker();
    const { dispatches } = await agrees(g.graph([...adam(g, 300)]));
    expect(dispatches).toHaveLength(1);
  });

  test("[M3] a device that binds fewer buffers gets two", async () => {
    const g = new GraphMaker();
    expect(await launches(g, adam(g, 300), 6)).toEqual([5, 4]);
  });

  test("[M4] what one reads at other places of another is read from memory", async () => {
    const g = new GraphMaker();
    const x = g.input("x", [6, 6]);
    const raised = g.unary("exp", x);
    const turned = g.binary("add", g.permute(raised, [1, 0]), x);
    expect(await launches(g, [raised, turned])).toEqual([2, 3]);
  });

  test("[M5] also through a broadcast, and through a kernel between them", async () => {
    const g = new GraphMaker();
    const x = g.input("x", [6, 6]);
    const raised = g.unary("exp", x);
    const sum = g.broadcast(g.reduce("sum", raised, 0), [6, 6]);
    expect(await launches(g, [raised, g.binary("div", raised, sum)])).toEqual([2, 2, 3]);
  });

  test("[M6] of other shapes and dtypes with as many elements", async () => {
    const g = new GraphMaker();
    const x = g.input("x", [6, 4]);
    const flat = g.reshape(g.unary("sin", x), [24]);
    const signs = g.compare("lt", x, g.fill(0, [6, 4]));
    expect(await launches(g, [g.unary("exp", flat), g.cast(signs, "i32"), g.unary("neg", x)])).toEqual([4]);
  });

  test("[M8] what none but the results need is nowhere stored: a gradient that is clipped first", async () => {
    const g = new GraphMaker();
    const [m, v, slope] = ["m", "v", "g"].map((name) => g.input(name, [300]));
    const clipped = g.binary("mul", slope ?? -1, g.broadcast(g.input("clip", [1]), [300]));
    const kept = g.binary("mul", clipped, g.unary("exp", clipped));
    const first = g.binary("add", m ?? -1, kept);
    const second = g.binary("mul", v ?? -1, kept);
    expect(await launches(g, [first, second])).toEqual([6]);
  });

  test("[M7] what shares nothing stays apart, as does what reads the same at other places", async () => {
    const g = new GraphMaker();
    const [x, y] = [g.input("x", [5, 5]), g.input("y", [5, 5])];
    expect(
      await launches(g, [g.unary("exp", x), g.unary("exp", y), g.permute(g.unary("neg", x), [1, 0])]),
    ).toEqual([2, 2, 2]);
  });
});
