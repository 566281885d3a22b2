import { seeded } from "@tilebook/base";
import { compileGraph, portableTarget } from "@tilebook/compiler";
import { runGraph } from "@tilebook/interp";
import { type Graph, type GraphNode, type TensorType, TileBuilder, type TileKernel } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import type { Executor } from "./executor.ts";
import { openInterpreter } from "./interpreter/open-interpreter.ts";
import { openGpu } from "./open-gpu.ts";
import { dawn } from "./testing/dawn.ts";
import { scale } from "./testing/kernels.ts";
import { buffer, f32Bytes, f32Values, over, program, scaled } from "./testing/programs.ts";

const budgetBytes = 1 << 26;

function f32(...shape: number[]): TensorType {
  return { dtype: "f32", shape };
}

/** softmax(a b) along the rows, and a itself again. */
function softmaxOfProduct(a: string, b: string): Graph {
  const [m, k, n] = [37, 21, 50];
  const nodes: readonly GraphNode[] = [
    { kind: "input", tensor: a, type: f32(m, k) },
    { kind: "input", tensor: b, type: f32(k, n) },
    { kind: "matmul", left: 0, right: 1, transposeRight: false, type: f32(m, n) },
    { kind: "reduce", op: "max", input: 2, axis: 1, type: f32(m, 1) },
    { kind: "broadcast", input: 3, type: f32(m, n) },
    { kind: "binary", op: "sub", left: 2, right: 4, type: f32(m, n) },
    { kind: "unary", op: "exp", input: 5, type: f32(m, n) },
    { kind: "reduce", op: "sum", input: 6, axis: 1, type: f32(m, 1) },
    { kind: "broadcast", input: 7, type: f32(m, n) },
    { kind: "binary", op: "div", left: 6, right: 8, type: f32(m, n) },
  ];
  return { nodes, kernels: [], outputs: [9, 0] };
}

function error(values: readonly number[], truth: Float64Array): number {
  const square = values.reduce((sum, value, i) => sum + (value - (truth[i] ?? 0)) ** 2, 0);
  return square / truth.reduce((sum, value) => sum + value ** 2, 0);
}

const executors: readonly [string, (budget: number) => Promise<Executor>][] = [
  ["Dawn", (budget) => openGpu({ gpu: dawn(), budgetBytes: budget })],
  ["the interpreter", (budget) => Promise.resolve(openInterpreter({ budgetBytes: budget }))],
];

describe("what every executor of this device adds to the contract", () => {
  test.for(executors)("[Z2] %s names kernels by their key", async ([, open]) => {
    const executor = await open(budgetBytes);
    const x = executor.upload(f32Bytes([1, 2]), f32(2));
    const { timings } = await executor.run(scaled(x, 2, 2));
    expect(timings.map(({ kernel }) => kernel)).toEqual([scale.key]);
    executor.close();
  });

  test.for(executors)("[Z3] %s puts a lack of memory on the place that asked for it", async ([, open]) => {
    const executor = await open(1 << 20);
    const x = executor.upload(f32Bytes([1]), f32(1));
    const span = { source: "c1", start: 5, end: 9 };
    const buffers = [buffer(1, "input", { tensor: x }), buffer(1, "temporary"), buffer(300_000, "output")];
    const steps = [over(1, 0, [0, 1], 2), { ...over(1, 0, [1, 2], 2), span }];
    await expect(executor.run(program(buffers, [scale], steps, [2]))).rejects.toMatchObject({
      code: "executor/out-of-memory",
      span,
    });
    executor.close();
  });
});

describe("compiled graphs", () => {
  test.for(executors)("[Z1] run on %s as the f64 interpreter says", async ([, open]) => {
    const random = seeded(11);
    const executor = await open(budgetBytes);
    const data = [37 * 21, 21 * 50].map((n) => Float32Array.from({ length: n }, () => random() * 2 - 1));
    const [a = "", b = ""] = data.map((values, i) =>
      executor.upload(f32Bytes(values), i === 0 ? f32(37, 21) : f32(21, 50)),
    );
    const graph = softmaxOfProduct(a, b);
    const { outputs, peakBytes } = await executor.run(compileGraph(graph, portableTarget));
    const inputs = new Map([
      [a, { type: f32(37, 21), values: Float64Array.from(data[0] ?? []) }],
      [b, { type: f32(21, 50), values: Float64Array.from(data[1] ?? []) }],
    ]);
    const [truth] = runGraph(graph, inputs);
    const values = f32Values(await executor.read(outputs[0] ?? ""));
    expect(error(values, truth ?? new Float64Array())).toBeLessThan(1e-10);
    expect(f32Values(await executor.read(outputs[1] ?? ""))).toEqual(Array.from(data[0] ?? []));
    expect(peakBytes).toBeGreaterThan(37 * 50 * 4);
    executor.close();
  });

  test.for(executors)(
    "[Z4] on %s an output may start as a copy; what it was copied from stays",
    async ([, open]) => {
      const executor = await open(budgetBytes);
      const a = executor.upload(f32Bytes(Array.from({ length: 100 }, (_, i) => i)), f32(100));
      const nodes: readonly GraphNode[] = [
        { kind: "input", tensor: a, type: f32(100) },
        { kind: "unary", op: "neg", input: 0, type: f32(100) },
        { kind: "fill", value: 7, type: f32(100) },
        ...[0, 1, 2].flatMap((from, at): GraphNode[] => [
          {
            kind: "tileCall",
            launch: { kernel: 0, grid: [2, 1, 1], arguments: [{ kind: "output", index: 0, from }] },
            outputs: [f32(100)],
            type: f32(100),
          },
          { kind: "result", call: 3 + 2 * at, index: 0, type: f32(100) },
        ]),
      ];
      const graph: Graph = { nodes, kernels: [firstHalfPlusOne()], outputs: [4, 6, 8, 1, 0] };
      const { outputs } = await executor.run(compileGraph(graph, portableTarget));
      const values = await Promise.all(outputs.map(async (output) => f32Values(await executor.read(output))));
      const input = { type: f32(100), values: Float64Array.from({ length: 100 }, (_, i) => i) };
      const truth = runGraph(graph, new Map([[a, input]]));
      expect(truth[0]?.slice(63, 66)).toEqual(Float64Array.of(64, 64, 65));
      expect(values).toEqual(truth.map((list) => Array.from(list)));
      executor.close();
    },
  );
});

/** Adds 1 to elements 0 to 63 of what is there, two programs of 32 each; the others stay. */
function firstHalfPlusOne(): TileKernel {
  const builder = new TileBuilder("first_half_plus_one");
  const pointer = builder.pointer("y", "f32");
  const first = builder.binary("mul", builder.programId(0), builder.const(32, "i32"));
  const offset = builder.binary("add", builder.broadcast(first, [32]), builder.arange(0, 32));
  const value = builder.binary("add", builder.load({ pointer, offset }), builder.full([32], 1, "f32"));
  builder.store({ pointer, offset, value });
  return builder.finish();
}
