// The interpreter is the truth here, and only here: the compiler itself never looks at it.
import { runGraph, type TensorValue } from "@tilebook/interp";
import { type Graph, sizeOf, verifyGraph } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { GraphMaker } from "../testing/graphs.ts";
import { attention, vectorAdd } from "../testing/kernels.ts";
import { normalisedError, randomNumbers } from "../testing/numbers.ts";
import { runOnGpu } from "../testing/run-program.ts";
import type { Program } from "../program.ts";

const operand = (id: number) => ({ kind: "node", node: id }) as const;
const scalar = (value: number) => ({ kind: "scalar", value }) as const;

/** Rows of a slice, times a fill, summed up. */
function sumOfSlice(n: number, value: number): Graph {
  const g = new GraphMaker();
  const x = g.slice(g.input("x", [n, 9]), [n - 5, 2], [5, 4]);
  return g.graph([g.reduce("sum", g.binary("mul", x, g.fill(value, [5, 4])), 1)]);
}

/** Runs the graph on the GPU and by the interpreter, on the same random inputs, and compares every output. */
async function agrees(
  graph: Graph,
  given: Readonly<Record<string, readonly number[]>> = {},
): Promise<Program> {
  verifyGraph(graph);
  const inputs = new Map<string, readonly number[]>();
  const values = new Map<string, TensorValue>();
  for (const [id, node] of graph.nodes.entries()) {
    if (node.kind !== "input") continue;
    const numbers = given[node.tensor] ?? randomNumbers(sizeOf(node.type.shape), id + 1);
    inputs.set(node.tensor, numbers);
    values.set(node.tensor, { type: node.type, values: Float64Array.from(numbers) });
  }
  const { program, outputs } = await runOnGpu(graph, inputs);
  for (const [place, wanted] of runGraph(graph, values).entries()) {
    expect(outputs[place]).toHaveLength(wanted.length);
    expect(normalisedError(outputs[place] ?? [], Array.from(wanted))).toBeLessThan(1e-10);
  }
  return program;
}

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

  test("[G4] softmax written out: what two kernels read is kept, and the remark says so", async () => {
    const g = new GraphMaker();
    const x = g.input("x", [33, 40]);
    const top = g.broadcast(g.reduce("max", x, 1), [33, 40]);
    const e = g.unary("exp", g.binary("sub", x, top));
    const out = g.binary("div", e, g.broadcast(g.reduce("sum", e, 1), [33, 40]));
    const program = await agrees(g.graph([out]));
    expect(program.dispatches).toHaveLength(4);
    expect(program.remarks.map((remark) => remark.code)).toEqual(["fusion/shared"]);
  });

  test.each([false, true])("[G5] matmul without a kernel, batched, transposeRight %s", async (transposed) => {
    const g = new GraphMaker();
    const left = g.input("a", [2, 3, 35, 19]);
    const right = g.input("b", transposed ? [2, 3, 21, 19] : [2, 3, 19, 21]);
    const program = await agrees(g.graph([g.matmul(g.unary("neg", left), right, transposed)]));
    expect(program.dispatches).toHaveLength(2);
  });

  test.each([false, true])("[G6] attention without a kernel, batched, causal %s", async (causal) => {
    const g = new GraphMaker();
    const q = g.input("q", [2, 70, 12]);
    const k = g.input("k", [2, 45, 12]);
    const v = g.input("v", [2, 45, 10]);
    const program = await agrees(g.graph([g.attention({ q, k, v }, 2, causal)]));
    expect(program.dispatches).toHaveLength(1);
  });

  test("[G7] take clamps nothing that is in range; casts, comparisons, select and iota", async () => {
    const g = new GraphMaker();
    const table = g.input("table", [6, 4]);
    const index = g.input("index", [5], "i32");
    const rows = g.take(table, index);
    const count = g.cast(g.iota([5, 4]), "f32");
    const chosen = g.select(g.compare("gt", rows, g.fill(0, [5, 4])), rows, count);
    const program = await agrees(g.graph([chosen, g.cast(chosen, "i32"), g.compare("le", rows, count)]), {
      index: [5, 0, 3, 3, 1],
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

  test("[G12] attention by the kernel that came with it, with a batch of one", async () => {
    const g = new GraphMaker();
    const [q, k, v] = [g.input("q", [20, 8]), g.input("k", [30, 8]), g.input("v", [30, 8])];
    const launch = {
      kernel: 0,
      grid: [2, 1, 1],
      arguments: [
        operand(q),
        operand(k),
        operand(v),
        { kind: "output", index: 0 },
        ...[20, 30, 8, 8, 0.5].map(scalar),
      ],
    } as const;
    const type = { dtype: "f32", shape: [20, 8] } as const;
    const nodes = g.graph([]).nodes;
    const own = { kind: "attention", q, k, v, scale: 0.5, causal: true, type, launch } as const;
    const program = await agrees({
      nodes: [...nodes, own],
      outputs: [nodes.length],
      kernels: [attention(16, 16, 8, 8, true)],
    });
    expect(program.kernels.map((kernel) => kernel.name)).toEqual(["attention"]);
  });
});
