import type { NodeId } from "@tilebook/ir";
import { ofToday, partOfDay } from "@tilebook/ir/testing";
import { describe, expect, test } from "vitest";
import { type Choice, type Config, portableTarget, type Target } from "../../program.ts";
import { agrees } from "../../testing/agrees.ts";
import { GraphMaker } from "../../testing/graphs.ts";
import { runOnGpu } from "../../testing/run-program.ts";
import { runTiles } from "../../testing/run-tiles.ts";

const processor: Target = { ...portableTarget, processor: true };

type Shape = readonly number[];

/** The names of the kernels of each launch. In f64 on the tiles, so that only the grouping is asked about. */
async function launches(
  g: GraphMaker,
  outputs: readonly NodeId[],
  target: Target = portableTarget,
): Promise<readonly (string | undefined)[]> {
  const { dispatches, kernels } = await agrees(g.graph(outputs), { target, run: runTiles, most: 1e-20 });
  return dispatches.map(({ kernel }) => kernels[kernel]?.name);
}

function softmax(g: GraphMaker, x: NodeId): NodeId {
  const { shape } = g.typeOf(x);
  const most = g.reduce("max", x, shape.length - 1);
  const e = g.unary("exp", g.binary("sub", x, g.broadcast(most, shape)));
  return g.binary("div", e, g.broadcast(g.reduce("sum", e, shape.length - 1), shape));
}

/** The mean along the last axis. */
function mean(g: GraphMaker, x: NodeId): NodeId {
  const { shape } = g.typeOf(x);
  const sum = g.reduce("sum", x, shape.length - 1);
  return g.binary("div", sum, g.fill(shape.at(-1) ?? 1, g.typeOf(sum).shape));
}

function layerNorm(g: GraphMaker, x: NodeId): { readonly result: NodeId; readonly variance: NodeId } {
  const { shape } = g.typeOf(x);
  const gain = g.broadcast(g.input("gain", [...shape.map(() => 1).slice(1), shape.at(-1) ?? 1]), shape);
  const off = g.binary("sub", x, g.broadcast(mean(g, x), shape));
  const variance = mean(g, g.binary("mul", off, off));
  const scale = g.unary("rsqrt", g.binary("add", variance, g.fill(1e-5, g.typeOf(variance).shape)));
  return { result: g.binary("mul", g.binary("mul", off, g.broadcast(scale, shape)), gain), variance };
}

/** The way back through a norm of width `shape[1]`, with what the way there has left. */
function slopeOfNorm(g: GraphMaker, shape: Shape): NodeId {
  const [slope, normed, scale] = [
    g.input("slope", shape),
    g.input("normed", shape),
    g.input("scale", [shape[0] ?? 1, 1]),
  ];
  const along = g.broadcast(mean(g, slope), shape);
  const through = g.binary("mul", normed, g.broadcast(mean(g, g.binary("mul", slope, normed)), shape));
  const inside = g.binary("sub", g.binary("sub", slope, along), through);
  return g.binary("mul", inside, g.broadcast(scale, shape));
}

const softmaxName = "rows_max_exp_sum_div";

describe("what goes along the same rows is one kernel", () => {
  test.each([
    [[40, 30], portableTarget],
    [[3, 5, 17], portableTarget],
    [[1, 4000], portableTarget],
    [[130, 700], processor],
    [[2, 3, 33], processor],
  ] as const)("[RK1] a softmax of %j", async (shape: Shape, target) => {
    const g = new GraphMaker();
    const names = await launches(g, [softmax(g, g.input("x", shape))], target);
    expect(names).toEqual([softmaxName]);
  });

  test("[RK2] a norm, of which the variance is wanted, too; and the way back through it", async () => {
    const g = new GraphMaker();
    const { result, variance } = layerNorm(g, g.input("x", [6, 9, 20]));
    expect(await launches(g, [result, variance])).toEqual(["rows_sum_sub_sum_div_mul"]);
    const back = new GraphMaker();
    expect(await launches(back, [slopeOfNorm(back, [40, 24])])).toEqual(["rows_sum_sum_mul"]);
  });

  test("[RK3] the logarithm of a sum of exponentials, one number a row, also as the loss of a class", async () => {
    const g = new GraphMaker();
    const [x, y] = [g.input("x", [30, 11]), g.input("y", [30, 11])];
    const most = g.reduce("max", x, 1);
    const sum = g.reduce("sum", g.unary("exp", g.binary("sub", x, g.broadcast(most, [30, 11]))), 1);
    const total = g.binary("add", g.unary("log", sum), most);
    const loss = g.reduce("sum", g.binary("mul", y, g.binary("sub", g.broadcast(total, [30, 11]), x)), 1);
    const names = await launches(g, [total, loss]);
    expect(names).toHaveLength(1);
  });

  test("[RK4] through reshapes, along an axis with others of size 1 behind it, and of several dtypes", async () => {
    const g = new GraphMaker();
    const x = g.input("x", [4, 6, 10]);
    const flat = g.reshape(x, [24, 10, 1]);
    const most = g.reduce("max", flat, 1);
    const above = g.compare(
      "ge",
      flat,
      g.broadcast(g.binary("mul", most, g.fill(0.5, [24, 1, 1])), [24, 10, 1]),
    );
    const counted = g.reduce("sum", g.cast(above, "i32"), 1);
    const share = g.binary("mul", g.cast(above, "f32"), g.broadcast(g.cast(counted, "f32"), [24, 10, 1]));
    expect(await launches(g, [g.reshape(share, [4, 6, 10]), counted])).toHaveLength(1);
  });

  test("[RK5] not along other axes, nor what hangs on another row, nor few long rows", async () => {
    const g = new GraphMaker();
    const x = g.input("x", [9, 12]);
    const down = g.reduce("sum", x, 0);
    expect(await launches(g, [g.binary("sub", x, g.broadcast(down, [9, 12]))])).toEqual([
      "reduce_sum",
      "map_sub",
    ]);
    const h = new GraphMaker();
    const [y, most] = [h.input("y", [12, 12]), h.reduce("max", h.input("y", [12, 12]), 1)];
    const turned = h.broadcast(h.permute(most, [1, 0]), [12, 12]);
    expect(await launches(h, [h.binary("sub", y, turned)])).toEqual(["reduce_max", "map_sub"]);
    const single = new GraphMaker();
    const ones = await launches(single, [softmax(single, single.input("x", [70, 1]))]);
    expect(ones.join(" ")).not.toContain("rows_max");
    const long = new GraphMaker();
    const names = await launches(long, [softmax(long, long.input("x", [2, 20_000]))]);
    expect(names.join(" ")).not.toContain("rows_max");
  });

  test("[RK6] nor where another kernel stands between them, or wants one of them before", async () => {
    const g = new GraphMaker();
    const x = g.input("x", [8, 8]);
    const most = g.broadcast(g.reduce("max", x, 1), [8, 8]);
    const product = g.matmul(most, g.input("w", [8, 8]));
    expect(await launches(g, [g.binary("add", product, most)])).toEqual([
      "reduce_max",
      "matmul_tn_left_apart_add",
    ]);
  });

  test("[RK7] what somebody else reads of it is stored, as many results as the device binds", async () => {
    const g = new GraphMaker();
    const x = g.input("x", [10, 14]);
    const p = softmax(g, x);
    const product = g.matmul(p, g.input("w", [14, 3]));
    const { dispatches, remarks, buffers } = await agrees(g.graph([p, product]), {
      run: runTiles,
      most: 1e-20,
    });
    expect(dispatches).toHaveLength(2);
    expect(remarks.map(({ code }) => code)).toEqual(["fused/rows"]);
    expect(buffers.filter(({ role }) => role === "temporary")).toEqual([]);
    const few = new GraphMaker();
    const ys = Array.from({ length: 9 }, (_, at) => few.input(`y${at}`, [6, 5]));
    const sum = ys.reduce((a, b) => few.binary("add", a, b));
    const mid = few.binary("sub", sum, few.broadcast(few.reduce("max", sum, 1), [6, 5]));
    for (const { buffers: bound } of (await agrees(few.graph([mid]))).dispatches)
      expect(bound.length).toBeLessThanOrEqual(portableTarget.storageBuffers);
  });

  test.each([
    [37, 50, portableTarget],
    [130, 300, processor],
    [5, 1100, portableTarget],
  ])("[RK8] %i rows of %i, in every way", async (rows, columns, target) => {
    const seen = new Set<string>();
    for (let at = 0; at < 16; at++) {
      const g = new GraphMaker();
      const { result, variance } = layerNorm(g, g.input("x", [rows, columns]));
      const choose = ({ configs }: Choice): Config | undefined => {
        const config = configs[at % configs.length];
        seen.add(JSON.stringify(config?.blocks));
        return config;
      };
      await agrees(g.graph([result, variance]), { run: runTiles, most: 1e-20, target, choose });
    }
    expect(seen.size).toBeGreaterThan(5);
  });

  test(`[RK9] on the GPU, too: ${partOfDay}`, async () => {
    for (const [rows, columns] of [
      [37, 50],
      [3, 1100],
    ] as const)
      for (const at of ofToday([...Array(14).keys()], 3)) {
        const g = new GraphMaker();
        const { result, variance } = layerNorm(g, softmax(g, g.input("x", [rows, columns])));
        const choose = ({ configs }: Choice): Config | undefined => configs[at % configs.length];
        const { dispatches } = await agrees(g.graph([result, variance]), { choose });
        expect(dispatches).toHaveLength(1);
      }
  });

  test("[RK10] a NaN is that of its own row: in the maximum, and in all of a softmax", async () => {
    const g = new GraphMaker();
    const x = g.input("x", [3, 20]);
    const graph = g.graph([softmax(g, x), g.reduce("max", x, 1)]);
    const numbers = Array.from({ length: 60 }, (_, at) => (at === 27 ? Number.NaN : (at % 7) - 3));
    const { program, outputs } = await runOnGpu(graph, new Map([["x", numbers]]));
    expect(program.dispatches).toHaveLength(1);
    const [shares = [], most] = outputs;
    expect(most).toEqual([3, Number.NaN, 3]);
    expect(shares.map((share, at) => Number.isNaN(share) === (at >= 20 && at < 40))).not.toContain(false);
  });
});
