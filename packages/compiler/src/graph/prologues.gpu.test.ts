import type { Graph, NodeId } from "@tilebook/ir";
import { ofToday, partOfDay } from "@tilebook/ir/testing";
import { describe, expect, test } from "vitest";
import { type Choice, type Config, portableTarget } from "../program.ts";
import { agrees } from "../testing/agrees.ts";
import { codedWeights, codesOf, numbersOfCoded } from "../testing/coded-weights.ts";
import { GraphMaker } from "../testing/graphs.ts";
import { runTiles } from "../testing/run-tiles.ts";
import { compileGraph } from "./compile-graph.ts";

/** The names of the kernels of each launch. In f64 on the tiles, so that only the grouping is asked about. */
async function launches(g: GraphMaker, outputs: readonly NodeId[]): Promise<readonly (string | undefined)[]> {
  const { dispatches, kernels } = await agrees(g.graph(outputs), { run: runTiles, most: 1e-20 });
  return dispatches.map(({ kernel }) => kernels[kernel]?.name);
}

/** A number for each row, and one for each column: not 0 where a side has none. */
function scaled(g: GraphMaker, x: NodeId, name: string): NodeId {
  const { shape } = g.typeOf(x);
  const down = g.broadcast(g.input(`${name}_down`, [...shape.slice(0, -1), 1]), shape);
  const across = g.broadcast(
    g.input(`${name}_across`, [...shape.map(() => 1).slice(1), shape.at(-1) ?? 1]),
    shape,
  );
  return g.binary("add", g.binary("mul", x, down), across);
}

/** The launches for a side [8, 8] times a matrix, and for others. */
async function madeOf(side: (g: GraphMaker) => readonly [NodeId, ...NodeId[]]): Promise<number> {
  const g = new GraphMaker();
  const [x, ...others] = side(g);
  return (await launches(g, [g.matmul(x, g.input("w", [8, 6])), ...others])).length;
}

function square(g: GraphMaker, name: string = "x"): NodeId {
  return g.input(name, [8, 8]);
}

/** x w^T of weights [n, k] that are codes of four bits, less 8, times a number for each 32 of them. */
function ofCodes(m: number, n: number, k: number): Graph {
  const g = new GraphMaker();
  const codes = g.cast(g.input("codes", [n, k], "u4"), "f32");
  const grouped = g.reshape(g.binary("sub", codes, g.fill(8, [n, k])), [n, k / 32, 32]);
  const scales = g.reshape(g.input("scales", [n, k / 32]), [n, k / 32, 1]);
  const weights = g.binary("mul", grouped, g.broadcast(scales, [n, k / 32, 32]));
  return g.graph([g.matmul(g.input("x", [m, k]), g.reshape(weights, [n, k]), true)]);
}

/** x w^T of weights [n, k] whose codes name numbers of a table, times a number for each 32 of them that a byte names in another. */
function ofTables(m: number, n: number, k: number, entries: number = 16): Graph {
  const g = new GraphMaker();
  const index = g.reshape(g.cast(g.input("codes", [n, k], "u4"), "i32"), [n * k]);
  const levels = g.reshape(g.take(g.input("table", [entries]), index), [n, k / 32, 32]);
  const bytes = g.cast(g.input("exponents", [(n * k) / 32], "u8"), "i32");
  const scales = g.reshape(g.take(g.input("powers", [256]), bytes), [n, k / 32, 1]);
  const weights = g.binary("mul", levels, g.broadcast(scales, [n, k / 32, 32]));
  return g.graph([g.matmul(g.input("x", [m, k]), g.reshape(weights, [n, k]), true)]);
}

const everyWay = [...Array(17).keys()];

function way(at: number): (choice: Choice) => Config | undefined {
  return ({ configs }) => configs[at % configs.length];
}

describe("a cheap map of a side is computed where the product multiplies it", () => {
  test.each([
    [32, 16, 64],
    [37, 19, 50],
    [2, 40, 33],
    [3, 8, 130],
  ] as const)("[PL1] both sides of %i x %i x %i, scaled and shifted", async (m, k, n) => {
    const g = new GraphMaker();
    const product = g.matmul(scaled(g, g.input("x", [m, k]), "x"), scaled(g, g.input("w", [k, n]), "w"));
    const program = await agrees(g.graph([product]));
    expect(program.dispatches).toHaveLength(1);
    expect(program.remarks.map(({ code }) => code)).toEqual(["fused/prologue", "fused/prologue"]);
  });

  test("[PL2] halves become f32 where they are multiplied, and a map behind it is in the same kernel", async () => {
    const g = new GraphMaker();
    const w = g.cast(g.input("w", [12, 20], "f16"), "f32");
    const product = g.matmul(g.input("x", [9, 12]), w);
    const bias = g.broadcast(g.input("b", [1, 20]), [9, 20]);
    const program = await agrees(g.graph([g.binary("add", product, bias)]), { most: 1e-6 });
    expect(program.dispatches).toHaveLength(1);
    expect(program.remarks.map(({ code }) => code)).toEqual(["fused/prologue", "fused/epilogue"]);
  });

  test("[PL3] of many matrices, turned, with one side for all of them, and of halves of heads", async () => {
    const g = new GraphMaker();
    const x = scaled(g, g.input("x", [2, 3, 9, 7]), "x");
    expect(await launches(g, [g.matmul(x, g.input("w", [2, 3, 7, 10]))])).toHaveLength(1);
    const turned = new GraphMaker();
    const left = turned.permute(scaled(turned, turned.input("x", [5, 7, 9]), "x"), [0, 2, 1]);
    const right = scaled(turned, turned.input("w", [5, 10, 7]), "w");
    expect(await launches(turned, [turned.matmul(left, right, true)])).toHaveLength(1);
    const shared = new GraphMaker();
    const w = shared.reshape(scaled(shared, shared.input("w", [8, 12]), "w"), [1, 8, 12]);
    const all = scaled(shared, shared.input("x", [3, 5, 8]), "x");
    expect(await launches(shared, [shared.matmul(all, shared.broadcast(w, [3, 8, 12]))])).toHaveLength(1);
    const joined = new GraphMaker();
    const wide = joined.reshape(scaled(joined, joined.input("x", [6, 2, 3]), "x"), [6, 6]);
    expect(await launches(joined, [joined.matmul(wide, joined.input("w", [6, 5]))])).toHaveLength(1);
    const heads = new GraphMaker();
    const both = scaled(heads, heads.input("x", [6, 2, 3, 4]), "x");
    const q = heads.permute(both, [1, 2, 0, 3]);
    expect(await launches(heads, [heads.matmul(q, heads.input("w", [2, 3, 4, 5]))])).toHaveLength(1);
  });

  test("[PL4] a map between two products is in the first one's kernel, and only there", async () => {
    const g = new GraphMaker();
    const first = g.matmul(g.input("x", [8, 8]), g.input("w", [8, 8]));
    const half = g.binary("mul", first, g.fill(0.5, [8, 8]));
    expect(await launches(g, [g.matmul(half, g.input("v", [8, 8]))])).toEqual(["matmul_mul", "matmul"]);
  });

  test("[PL5] not what others read, what is wanted, functions, or what reads two tensors of its size", async () => {
    expect(await madeOf((g) => [scaled(g, square(g), "x")])).toBe(1);
    expect(await madeOf((g) => [g.unary("exp", square(g))])).toBe(2);
    expect(await madeOf((g) => [g.binary("mul", square(g), square(g, "y"))])).toBe(2);
    expect(
      await madeOf((g) => {
        const x = scaled(g, square(g), "x");
        return [x, x];
      }),
    ).toBe(2);
    expect(
      await madeOf((g) => {
        const x = scaled(g, square(g), "x");
        return [x, g.binary("add", g.unary("exp", x), g.permute(x, [1, 0]))];
      }),
    ).toBe(3);
  });

  test("[PL6] within the buffers of the device, also with a map behind it", async () => {
    const g = new GraphMaker();
    const [x, w] = [scaled(g, g.input("x", [8, 8]), "x"), scaled(g, g.input("w", [8, 8]), "w")];
    const behind = ["b", "c"].map((name) => g.broadcast(g.input(name, [1, 8]), [8, 8]));
    const out = behind.reduce((sum, one) => g.binary("add", sum, one), g.matmul(x, w));
    for (const storageBuffers of [5, 8, 10]) {
      const target = { ...portableTarget, storageBuffers };
      const { dispatches } = await agrees(g.graph([out]), { run: runTiles, most: 1e-20, target });
      const bound = dispatches.map(({ buffers }) => buffers.length);
      expect(Math.max(...bound)).toBeLessThanOrEqual(storageBuffers);
      expect(bound.length).toBe(storageBuffers === 10 ? 1 : 3);
    }
  });

  test("[PL7] in every block", async () => {
    for (const at of everyWay) {
      const g = new GraphMaker();
      const product = g.matmul(
        scaled(g, g.input("x", [37, 24]), "x"),
        scaled(g, g.input("w", [24, 50]), "w"),
      );
      const { dispatches } = await agrees(g.graph([product]), {
        run: runTiles,
        most: 1e-20,
        choose: way(at),
      });
      expect(dispatches).toHaveLength(1);
    }
  });

  test(`[PL8] on the GPU, too: ${partOfDay}`, async () => {
    for (const at of ofToday(everyWay, 4)) {
      const g = new GraphMaker();
      const x = g.permute(scaled(g, g.input("x", [24, 64]), "x"), [1, 0]);
      const product = g.matmul(x, scaled(g, g.input("w", [24, 64]), "w"));
      const { dispatches } = await agrees(g.graph([product]), { choose: way(at) });
      expect(dispatches).toHaveLength(1);
    }
  });

  test.each([
    ["two levels of scales and mins", { block: 8, hasMin: true }],
    ["two levels in groups of 16", { block: 16, group: 16 }],
    ["codes of six bits in two tensors", { block: 16, group: 16, isWide: true }],
    ["six bits and mins", { block: 8, isWide: true, hasMin: true }],
  ] as const)("[PL13] %s are read as they are, by every way", async (_, kind) => {
    const [n, k] = [20, 512];
    for (const m of [1, 5]) {
      for (const at of ofToday(everyWay, 3)) {
        const g = new GraphMaker();
        const product = g.matmul(g.input("x", [m, k]), codedWeights(g, [n, k], kind), true);
        const { dispatches, buffers } = await agrees(g.graph([product]), {
          given: numbersOfCoded(n * k),
          choose: way(at),
        });
        const between = buffers.filter(({ tensor, bytes }) => tensor === undefined && bytes > 4 * m * n);
        expect(dispatches.length).toBeLessThan(3);
        expect(between).toEqual([]);
      }
    }
  });

  test.each([
    [1, 20, 64],
    [40, 33, 96],
  ] as const)("[PL9] weights of four bits are read as codes: %i x %i x %i", async (m, n, k) => {
    const codes = Array.from({ length: n * k }, (_, at) => (at * 7 + (at >> 3)) % 16);
    const { dispatches, buffers } = await agrees(ofCodes(m, n, k), { given: { codes } });
    expect(dispatches).toHaveLength(1);
    const input = buffers.find(({ tensor }) => tensor === "codes");
    expect([input?.bytes, buffers.length]).toEqual([(n * k) / 2, 4]);
  });

  test.each([
    [1, 20, 64],
    [40, 33, 96],
  ] as const)("[PL10] codes are looked up in a table: %i x %i x %i", async (m, n, k) => {
    const codes = Array.from({ length: n * k }, (_, at) => (at * 7 + (at >> 3)) % 16);
    const { dispatches, buffers } = await agrees(ofTables(m, n, k), { given: { codes } });
    expect(dispatches).toHaveLength(1);
    expect(buffers).toHaveLength(6);
  });

  test("[PL11] not in a large table, nor one whose rows are taken", async () => {
    expect((await agrees(ofTables(4, 20, 64, 257), { run: runTiles, most: 1e-20 })).dispatches).toHaveLength(
      2,
    );
    expect(await madeOf((g) => [g.take(square(g), g.input("rows", [8], "i32"))])).toBe(2);
  });

  test.each([1, 7])(
    "[PL14] scales of groups that lie in no order are picked by column: %i rows",
    async (m) => {
      const [n, k, groups] = [20, 128, 4];
      const g = new GraphMaker();
      const index = g.input("groups", [k], "i32");
      const picked = (name: string, dtype: "f32" | "u4"): NodeId => {
        const numbers = g.cast(g.input(name, [n, groups], dtype), "f32");
        return g.permute(g.take(g.permute(numbers, [1, 0]), index), [1, 0]);
      };
      const codes = g.cast(g.input("codes", [n, k], "u4"), "f32");
      const weights = g.binary("mul", g.binary("sub", codes, picked("zeros", "u4")), picked("scales", "f32"));
      const product = g.matmul(g.input("x", [m, k]), weights, true);
      const given = {
        codes: codesOf(n * k),
        zeros: codesOf(n * groups),
        groups: codesOf(k).map((code) => code % groups),
      };
      for (const at of ofToday(everyWay, 3)) {
        const { dispatches, buffers } = await agrees(g.graph([product]), { given, choose: way(at) });
        expect(dispatches.length).toBeLessThan(3);
        expect(buffers.some(({ tensor, bytes }) => tensor === undefined && bytes === n * k * 4)).toBe(false);
      }
    },
  );

  test.each([
    [1, 20, 1024],
    [3, 33, 2080],
  ] as const)("[PL12] with k in parts, too: %i x %i x %i", async (m, n, k) => {
    const codes = Array.from({ length: n * k }, (_, at) => (at * 7 + (at >> 3)) % 16);
    const card = { ...portableTarget, subgroup: 4 };
    const graph = ofCodes(m, n, k);
    const { choice } = compileGraph(graph, card).dispatches[0] ?? {};
    const inParts = choice?.configs.filter(({ blocks }) => blocks?.["parts"] !== undefined) ?? [];
    expect(inParts.length).toBeGreaterThan(0);
    for (const config of inParts) {
      const { dispatches, buffers } = await agrees(graph, {
        given: { codes },
        target: card,
        choose: () => config,
      });
      expect(dispatches).toHaveLength(2);
      // x, codes, scales, parts, the result.
      expect(buffers).toHaveLength(5);
    }
  });
});
