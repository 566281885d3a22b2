import type { Graph } from "@tilebook/ir";
import { ofToday, partOfDay } from "@tilebook/ir/testing";
import { describe, expect, test } from "vitest";
import { agrees } from "../testing/agrees.ts";
import { GraphMaker } from "../testing/graphs.ts";
import { vectorAdd } from "../testing/kernels.ts";
import { portableTarget } from "../program.ts";
import { compileGraph } from "./compile-graph.ts";
import { SteadyNumbers } from "./steady-numbers.ts";

/** Each of [length, batch] rows less its sum, times a matrix for its batch. */
function centred(batch: number, length: number): Graph {
  const g = new GraphMaker();
  const shape = [batch, length, 32];
  const x = g.permute(g.input("x", [length, batch, 32]), [1, 0, 2]);
  const mean = g.broadcast(g.reshape(g.reduce("sum", x, 2), [batch, length, 1]), shape);
  const w = g.input("w", [batch, 32, 8]);
  return g.graph([g.matmul(g.binary("sub", x, mean), w)]);
}

/** Rows of a slice, times a fill, summed up. */
function sumOfSlice(n: number, value: number): Graph {
  const g = new GraphMaker();
  const x = g.slice(g.input("x", [n, 9]), [n - 5, 2], [5, 4]);
  return g.graph([g.reduce("sum", g.binary("mul", x, g.fill(value, [5, 4])), 1)]);
}

/** Each of these configs is compiled by a browser's compiler, on a machine that does other things. */
const manyConfigsMs = 120_000;

describe("a graph as a program equals the f64 interpreter", () => {
  test("[G1] a chain of maps is one kernel", async () => {
    const g = new GraphMaker();
    const [x, y] = [g.input("x", [7, 300]), g.input("y", [300])];
    const spread = g.broadcast(g.reshape(y, [1, 300]), [7, 300]);
    const out = g.unary(
      "tanh",
      g.binary("mul", g.unary("exp", x), g.binary("add", spread, g.fill(2, [7, 300]))),
    );
    const program = await agrees(g.graph([out]));
    expect(program.dispatches).toHaveLength(1);
    expect(program.remarks).toEqual([]);
  });

  test("[G2] views are index maps: permute, slice, broadcast and reshape fuse", async () => {
    const g = new GraphMaker();
    const x = g.input("x", [3, 4, 5]);
    const turned = g.permute(x, [2, 0, 1]);
    const part = g.slice(turned, [1, 0, 2], [3, 3, 2]);
    const flat = g.reshape(part, [9, 2]);
    const wide = g.broadcast(g.reshape(flat, [9, 1, 2]), [9, 6, 2]);
    const program = await agrees(g.graph([g.binary("add", wide, wide), flat]));
    expect(program.dispatches).toHaveLength(2);
  });

  test("[G34] slices with steps, pastes and windows are index maps: one kernel", async () => {
    const g = new GraphMaker();
    const x = g.input("x", [5, 70]);
    const back = g.slice(x, [4, 69], [3, 23], [-2, -3]);
    const padded = g.paste(back, g.fill(7, [6, 50]), [1, 3], [2, 2]);
    const turned = g.paste(g.unary("exp", x), g.unary("sin", g.input("y", [9, 90])), [6, 89], [-1, -1]);
    const windows = g.window(turned, 1, 4, [2, 3]);
    const program = await agrees(g.graph([padded, windows]));
    expect(program.dispatches).toHaveLength(2);
  });

  test("[G35] what is pasted side by side is one kernel, also before a fold", async () => {
    const g = new GraphMaker();
    const parts = [3, 1, 600].map((rows, at) => g.input(`x${at}`, [rows, 7]));
    const starts = [0, 3, 4];
    const joined = parts.reduce(
      (into, part, at) => g.paste(part, into, [starts[at] ?? 0, 0]),
      g.fill(0, [604, 7]),
    );
    const program = await agrees(g.graph([joined]));
    expect(program.dispatches).toHaveLength(1);
    const h = new GraphMaker();
    const padded = h.paste(h.input("x", [30, 700]), h.fill(-0.5, [32, 703]), [1, 2]);
    const folded = await agrees(h.graph([h.reduce("sum", padded, 1), h.reduce("max", padded, 0)]));
    expect(folded.dispatches).toHaveLength(2);
  });

  test("[G36] x != x is NaN, whatever an engine thinks of it", async () => {
    const g = new GraphMaker();
    const x = g.input("x", [4]);
    const roots = g.unary("sqrt", x);
    const program = await agrees(g.graph([g.compare("ne", roots, roots), g.compare("eq", roots, roots)]), {
      given: { x: [-1, 0, 4, -0.5] },
    });
    expect(program.kernels.map(({ wgsl }) => wgsl).join()).toContain("2139095040");
  });

  test("[G37] of a mask that two kernels read nothing is kept, of a repeated row only the row", async () => {
    const g = new GraphMaker();
    const shape = [40, 50];
    const [down, along] = [g.reshape(g.iota([40]), [40, 1]), g.reshape(g.iota([50]), [1, 50])];
    const seen = g.compare("le", g.broadcast(along, shape), g.broadcast(down, shape));
    const row = g.broadcast(g.unary("sin", g.unary("exp", g.input("row", [40, 1]))), shape);
    const x = g.input("x", shape);
    const folds = [g.reduce("sum", g.select(seen, x, row), 1), g.reduce("max", g.select(seen, row, x), 0)];
    const program = await agrees(g.graph(folds));
    const between = program.buffers.filter(({ role }) => role === "temporary");
    expect(between.map(({ type }) => type.shape)).toEqual([[40, 1]]);
    expect(program.remarks.map(({ code }) => code)).toEqual(["fusion/shared"]);
  });

  test.each([false, true])("[G38] many matrices times one, right side transposed: %s", async (transposed) => {
    const g = new GraphMaker();
    const side = transposed ? [11, 7] : [7, 11];
    const one = g.unary("sin", g.input("w", side));
    for (const rows of [1, 5]) {
      const all = g.broadcast(g.reshape(one, [1, 1, ...side]), [2, 3, ...side]);
      const product = g.matmul(g.input(`x${rows}`, [2, 3, rows, 7]), all, transposed);
      const program = await agrees(g.graph([product]));
      expect(program.buffers.map(({ type }) => type.shape.length)).not.toContain(5);
      expect(program.dispatches).toHaveLength(2);
    }
  });

  test.each(["sum", "max", "min", "prod", "argmax"] as const)(
    "[G3] %s along every axis, maps before it fused",
    async (op) => {
      for (const [shape, axis] of [
        [[5, 7, 3], 0],
        [[5, 7, 3], 1],
        [[5, 7, 3], 2],
        [[3, 700], 1],
        [[1300, 2], 0],
        [[5000, 3], 1],
      ] as const) {
        const g = new GraphMaker();
        const x = g.input("x", shape);
        const near1 = g.binary("add", g.binary("mul", x, g.fill(0.015625, shape)), g.fill(1, shape));
        const mapped = op === "prod" ? near1 : g.unary("sin", x);
        const program = await agrees(g.graph([g.reduce(op, mapped, axis)]));
        expect(program.dispatches).toHaveLength(1);
      }
    },
  );

  test("[G14] 1 + tanh(x), as in GELU, is one exponential: the same near 0, far out, and for NaN", async () => {
    for (const scale of [1e-3, 1, 30, 1e30]) {
      const g = new GraphMaker();
      const x = g.input("x", [5, 70]);
      const y = g.binary("mul", x, g.fill(scale, [5, 70]));
      const tanh = g.unary("tanh", y);
      const one = g.broadcast(g.fill(1, [1, 1]), [5, 70]);
      const other = g.binary("add", one, g.unary("tanh", g.unary("sqrt", y)));
      // What is compared are numbers: NaN is told by 7.
      const told = g.select(g.compare("eq", other, other), other, g.fill(7, [5, 70]));
      const program = await agrees(g.graph([g.binary("add", tanh, one), told]));
      expect(program.kernels.map(({ wgsl }) => wgsl).join()).not.toContain("tanh");
    }
  });

  test("[G4] softmax of columns: what two kernels read is kept, and the remark says so", async () => {
    const g = new GraphMaker();
    const x = g.input("x", [33, 40]);
    const top = g.broadcast(g.reduce("max", x, 0), [33, 40]);
    const e = g.unary("exp", g.binary("sub", x, top));
    const out = g.binary("div", e, g.broadcast(g.reduce("sum", e, 0), [33, 40]));
    const program = await agrees(g.graph([out]));
    expect(program.dispatches).toHaveLength(4);
    expect(program.remarks.map((remark) => remark.code)).toEqual(["fusion/shared"]);
  });

  test.each([
    ["batched, ragged", [2, 3, 35, 19], 21, false],
    ["batched, ragged, by the transpose", [2, 3, 35, 19], 21, true],
    ["larger than a block", [70, 37], 41, false],
    ["of one row", [1, 40], 70, false],
    ["of three rows", [3, 5], 4, false],
    ["into one column", [33, 8], 1, false],
    ["aligned", [64, 32], 64, false],
    ["aligned, by the transpose", [64, 32], 64, true],
  ] as const)("[G5] matmul %s", async (_, shape, n, transposed) => {
    const g = new GraphMaker();
    const [lead, k] = [shape.slice(0, -2), shape.at(-1) ?? 1];
    const left = g.input("a", shape);
    const right = g.input("b", transposed ? [...lead, n, k] : [...lead, k, n]);
    const program = await agrees(g.graph([g.matmul(g.unary("exp", left), right, transposed)]));
    expect(program.dispatches).toHaveLength(2);
  });

  test.each([
    ["batched", [2, 70, 12], [2, 45, 12], 10, false],
    ["aligned", [2, 64, 16], [2, 64, 16], 16, false],
    ["one query", [1, 32], [50, 32], 32, false],
    ["one query, many keys", [2, 1, 16], [2, 150, 16], 16, false],
    ["few queries", [5, 32], [70, 32], 20, false],
    ["few queries, wide heads", [8, 200], [30, 200], 200, false],
    ["wide heads", [20, 200], [30, 200], 200, false],
    ["fewer heads of keys", [6, 20, 8], [2, 30, 8], 4, false],
    ["tokens first", [20, 4, 8], [30, 4, 8], 8, true],
    ["tokens first, batched, fewer heads of keys", [2, 20, 6, 8], [2, 33, 3, 8], 8, true],
  ] as const)("[G6] attention: %s", async (_, queries, keys, e, tokensFirst) => {
    for (const causal of [false, true]) {
      const g = new GraphMaker();
      const [q, k] = [g.input("q", queries), g.input("k", keys)];
      const v = g.input("v", [...keys.slice(0, -1), e]);
      const program = await agrees(g.graph([g.attention({ q, k, v }, 2, causal, tokensFirst)]));
      expect(program.dispatches).toHaveLength(1);
    }
  });

  test.each([
    ["of one query", [4, 1, 8], [2, 30, 8], false],
    ["of one query, masked", [4, 1, 8], [2, 30, 8], true],
    ["of three", [2, 6, 3, 8], [2, 3, 21, 8], false],
    ["of three, masked: those stay apart", [6, 3, 8], [3, 21, 8], true],
    ["of as many heads", [2, 1, 8], [2, 30, 8], false],
  ] as const)("[G15] heads that share keys are packed: %s", async (_, queries, keys, causal) => {
    for (const tokensFirst of [false, true]) {
      const turned = (shape: readonly number[]): readonly number[] =>
        tokensFirst
          ? [...shape.slice(0, -3), ...shape.slice(-3, -1).toReversed(), ...shape.slice(-1)]
          : shape;
      const make = (): Graph => {
        const g = new GraphMaker();
        const [q, k, v] = [
          g.input("q", turned(queries)),
          g.input("k", turned(keys)),
          g.input("v", turned(keys)),
        ];
        return g.graph([g.attention({ q, k, v }, 2, causal, tokensFirst)]);
      };
      const target = { ...portableTarget, subgroup: 4 };
      const choice = compileGraph(make(), target).dispatches[0]?.choice;
      for (const config of choice?.configs.slice(0, 3) ?? [])
        await agrees(make(), { target, choose: () => config });
      const { dispatches } = await agrees(make());
      const packed = queries.at(-3) !== keys.at(-3) && (queries.at(-2) === 1 || (!causal && !tokensFirst));
      expect(dispatches[0]?.grid[1]).toBe(packed ? keys.at(-3) : queries.at(-3));
    }
  });

  test.each([
    ["matmul", 37],
    ["matmul", 64],
    ["attention", 1],
    ["attention", 3],
    ["attention", 37],
    ["attention", 64],
  ] as const)(
    `[G12] every way to compute a %s of %i that is not long to compile gives the same; some of them, ${partOfDay}`,
    async (kind, n) => {
      const make = () => {
        const g = new GraphMaker();
        const q = g.input("q", [2, n, 16]);
        const [k, v] = [g.input("k", kind === "matmul" ? [2, 16, n] : [2, n, 16]), g.input("v", [2, n, 16])];
        return g.graph([kind === "matmul" ? g.matmul(q, k) : g.attention({ q, k, v }, 0.5, true)]);
      };
      const target = { ...portableTarget, subgroup: 4 };
      const choice = compileGraph(make(), target).dispatches[0]?.choice;
      const configs = (choice?.configs ?? []).filter(
        (config) => (choice?.make(config).kernel.wgsl.length ?? 0) < 24_000,
      );
      expect(configs.length).toBeGreaterThan(2);
      for (const config of ofToday(configs, 4)) await agrees(make(), { target, choose: () => config });
    },
    manyConfigsMs,
  );

  test("[G7] take clamps nothing that is in range; casts, comparisons, select and iota", async () => {
    const g = new GraphMaker();
    const table = g.input("table", [6, 4]);
    const index = g.input("index", [5], "i32");
    const rows = g.take(table, index);
    const count = g.cast(g.iota([5, 4]), "f32");
    const chosen = g.select(g.compare("gt", rows, g.fill(0, [5, 4])), rows, count);
    const program = await agrees(g.graph([chosen, g.cast(chosen, "i32"), g.compare("le", rows, count)]), {
      given: { index: [5, 0, 3, 3, 1] },
    });
    expect(program.kernels.length).toBe(program.dispatches.length);
  });

  test("[G8] a user's kernel, once for its result and once with more outputs", async () => {
    const g = new GraphMaker();
    const [x, y] = [g.input("x", [500]), g.input("y", [500])];
    const type = { dtype: "f32", shape: [500] } as const;
    const call = g.call(
      {
        kernel: 0,
        grid: [2, 1, 1],
        arguments: [
          { kind: "node", node: g.unary("abs", x) },
          { kind: "node", node: g.reshape(y, [500]) },
          { kind: "output", index: 0 },
          { kind: "scalar", value: 400 },
        ],
      },
      [type],
    );
    const program = await agrees(g.graph([g.unary("neg", g.result(call, 0, type))], [vectorAdd(256)]));
    expect(program.buffers.filter((buffer) => buffer.zeroed)).toHaveLength(1);
  });

  test("[G9] an output may be an input, a reshape of an input, and the same buffer twice", async () => {
    const g = new GraphMaker();
    const x = g.input("x", [4, 6]);
    const y = g.unary("exp", x);
    const program = await agrees(g.graph([x, g.reshape(x, [24]), y, y, g.reshape(y, [2, 12])]));
    expect(program.outputs[0]).toBe(0);
    expect(program.outputs[2]).toBe(program.outputs[3]);
    expect(program.buffers.map((buffer) => buffer.type.shape)).toContainEqual([24]);
  });

  test("[G10] more operands than the device binds are split, and the remark says so", async () => {
    const g = new GraphMaker();
    const inputs = Array.from({ length: 12 }, (_, place) => g.input(`x${place}`, [64]));
    const sum = inputs.reduce((a, b) => g.binary("add", a, b));
    const program = await agrees(g.graph([sum]));
    for (const kernel of program.kernels) expect(kernel.bindings.length).toBeLessThanOrEqual(8);
    expect(program.remarks[0]?.code).toBe("fusion/size");
  });

  test("[G11] another size, fill value or start is the same kernel", async () => {
    const [one, two] = [await agrees(sumOfSlice(20, 2)), await agrees(sumOfSlice(31, 80))];
    expect(one.kernels.map((kernel) => kernel.key)).toEqual(two.kernels.map((kernel) => kernel.key));
  });

  test("[G31] another number of rows is the same kernel, also where rows are told apart by axis", async () => {
    const keys = await Promise.all(
      [centred(3, 5), centred(7, 9)].map(async (graph) =>
        (await agrees(graph)).kernels.map(({ key }) => key),
      ),
    );
    expect(keys[0]).toEqual(keys[1]);
  });

  test.each([
    [1.5, -0.5],
    [Infinity, -0],
    [3e38, -1e-40],
  ])("[G30] numbers in the code compute what parameters do: %d and %d", async (most, start) => {
    const shape = [1024, 1024];
    const g = new GraphMaker();
    const low = g.binary(
      "max",
      g.binary("add", g.input("x", shape), g.fill(start, shape)),
      g.fill(-0.25, shape),
    );
    const chain = g.binary("mul", g.binary("min", low, g.fill(most, shape)), g.fill(0.5, shape));
    const graph = g.graph([chain, g.reduce("sum", g.binary("mul", chain, g.fill(3, shape)), 1)]);
    const program = await agrees(graph, { numbers: new SteadyNumbers() });
    for (const { tile } of program.kernels)
      expect(tile.params.filter(({ kind, dtype }) => kind === "scalar" && dtype === "f32")).toEqual([]);
  });
});
