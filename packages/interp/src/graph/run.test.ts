import { Fault, faultData, type FaultData } from "@tilebook/base";
import {
  type BufferDType,
  type Graph,
  type GraphNode,
  type LaunchArgument,
  readTile,
  sizeOf,
  type TensorType,
} from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import type { TensorValue } from "./nodes.ts";
import { type GraphRunOptions, runGraph } from "./run.ts";

const span = { source: "cell", start: 4, end: 9 };

function type(dtype: BufferDType, ...shape: readonly number[]): TensorType {
  return { dtype, shape };
}

/** Distributes over union members. */
type Untyped = GraphNode extends infer N ? (N extends GraphNode ? Omit<N, "type"> : never) : never;

function node(result: TensorType, fields: Untyped): GraphNode {
  return { ...fields, type: result };
}

interface Given {
  readonly [name: string]: { readonly type: TensorType; readonly values: readonly number[] };
}

/** Runs a graph whose first nodes are the given inputs, in order, followed by `nodes`; the last node is the output. */
function run(
  given: Given,
  nodes: readonly GraphNode[],
  more: Partial<Graph> = {},
  options: GraphRunOptions = {},
): number[][] {
  const inputs = Object.entries(given).map(([tensor, value]): GraphNode => ({
    kind: "input",
    tensor,
    type: value.type,
  }));
  const values = Object.entries(given).map(([name, value]): [string, TensorValue] => [
    name,
    { type: value.type, values: Float64Array.from(value.values) },
  ]);
  const all = [...inputs, ...nodes];
  const graph = { nodes: all, kernels: [], outputs: [all.length - 1], ...more };
  return runGraph(graph, new Map(values), options).map((output) => Array.from(output));
}

/** A tensor counting up from 0. */
function counting(dtype: BufferDType, ...shape: readonly number[]): Given[string] {
  return { type: type(dtype, ...shape), values: Array.from({ length: sizeOf(shape) }, (_, i) => i) };
}

function faultOf(go: () => unknown): FaultData {
  try {
    go();
  } catch (error) {
    if (error instanceof Fault) return faultData(error);
    throw error;
  }
  return { code: "none", message: "" };
}

describe("graph nodes by their definition", () => {
  test("[R1] fill and iota", () => {
    expect(run({}, [node(type("f32", 2), { kind: "fill", value: 0.1 })])).toEqual([[0.1, 0.1]]);
    expect(run({}, [node(type("i32", 2, 2), { kind: "iota" })])).toEqual([[0, 1, 2, 3]]);
  });
  test("[R2] elementwise nodes are not rounded to f32; integers wrap", () => {
    const x = { x: { type: type("f32", 2), values: [1, 2] } };
    expect(run(x, [node(type("f32", 2), { kind: "unary", op: "exp", input: 0 })])).toEqual([
      [Math.E, Math.exp(2)],
    ]);
    const i = { i: { type: type("i32", 1), values: [2 ** 31 - 1] } };
    expect(run(i, [node(type("i32", 1), { kind: "binary", op: "add", left: 0, right: 0 })])).toEqual([[-2]]);
    expect(run(x, [node(type("bool", 2), { kind: "binary", op: "lt", left: 0, right: 0 })])).toEqual([
      [0, 0],
    ]);
    const cast = [node(type("i32", 2), { kind: "cast", input: 0 })];
    expect(run({ x: { type: type("f32", 2), values: [-1.5, 2.5] } }, cast)).toEqual([[-1, 2]]);
  });
  test("[R2] a cast to a packed dtype keeps the low bits, one out of it is a whole number again", () => {
    const x = { x: { type: type("f32", 4), values: [7.9, -9, 200, 15] } };
    const kept = (dtype: BufferDType) =>
      run(x, [
        node(type(dtype, 4), { kind: "cast", input: 0 }),
        node(type(dtype, 2, 2), { kind: "reshape", input: 1 }),
        node(type("f32", 2, 2), { kind: "cast", input: 2 }),
      ]);
    expect(kept("i8")).toEqual([[7, -9, -56, 15]]);
    expect(kept("u8")).toEqual([[7, 247, 200, 15]]);
    expect(kept("i4")).toEqual([[7, 7, -8, -1]]);
    expect(kept("u4")).toEqual([[7, 7, 8, 15]]);
    expect(kept("u2")).toEqual([[3, 3, 0, 3]]);
  });
  test("[R3] select", () => {
    const given = {
      c: { type: type("bool", 2), values: [1, 0] },
      x: counting("f32", 2),
      y: { type: type("f32", 2), values: [8, 9] },
    };
    expect(run(given, [node(type("f32", 2), { kind: "select", condition: 0, yes: 1, no: 2 })])).toEqual([
      [0, 9],
    ]);
  });
  test("[R4] reduce keeps the axis with size 1", () => {
    const x = { x: counting("f32", 2, 3) };
    expect(run(x, [node(type("f32", 2, 1), { kind: "reduce", op: "sum", input: 0, axis: 1 })])).toEqual([
      [3, 12],
    ]);
    expect(run(x, [node(type("f32", 1, 3), { kind: "reduce", op: "max", input: 0, axis: 0 })])).toEqual([
      [3, 4, 5],
    ]);
    expect(run(x, [node(type("i32", 2, 1), { kind: "reduce", op: "argmax", input: 0, axis: 1 })])).toEqual([
      [2, 2],
    ]);
  });
  test("[R5] views: reshape, permute, broadcast, slice", () => {
    const x = { x: counting("f32", 2, 3) };
    expect(run(x, [node(type("f32", 3, 2), { kind: "reshape", input: 0 })])).toEqual([[0, 1, 2, 3, 4, 5]]);
    expect(run(x, [node(type("f32", 3, 2), { kind: "permute", input: 0, order: [1, 0] })])).toEqual([
      [0, 3, 1, 4, 2, 5],
    ]);
    expect(run(x, [node(type("f32", 2, 2), { kind: "slice", input: 0, start: [0, 1] })])).toEqual([
      [1, 2, 4, 5],
    ]);
    const column = { x: counting("f32", 2, 1) };
    expect(run(column, [node(type("f32", 2, 3), { kind: "broadcast", input: 0 })])).toEqual([
      [0, 0, 0, 1, 1, 1],
    ]);
    expect(run({ x: counting("f32") }, [node(type("f32", 1, 1), { kind: "reshape", input: 0 })])).toEqual([
      [0],
    ]);
  });
  test("[R5] slices with steps, pastes of the same numbers, windows", () => {
    const x = { x: counting("f32", 2, 6) };
    const slice = { kind: "slice", input: 0, start: [1, 5], step: [-1, -2] } as const;
    expect(run(x, [node(type("f32", 2, 3), slice)])).toEqual([[11, 9, 7, 5, 3, 1]]);
    const back = [
      node(type("f32", 2, 3), slice),
      node(type("f32", 2, 6), { kind: "fill", value: -1 }),
      node(type("f32", 2, 6), { kind: "paste", input: 1, into: 2, start: [1, 5], step: [-1, -2] }),
    ];
    expect(run(x, back)).toEqual([[-1, 1, -1, 3, -1, 5, -1, 7, -1, 9, -1, 11]]);
    const moved = { kind: "paste", input: 0, into: 1, start: [1] } as const;
    const pair = { x: counting("f32", 2), y: { type: type("f32", 4), values: [6, 7, 8, 9] } };
    expect(run(pair, [node(type("f32", 4), moved)])).toEqual([[6, 0, 1, 9]]);
    const window = { kind: "window", input: 0, axis: 1, stride: 2, dilation: 3 } as const;
    expect(run(x, [node(type("f32", 2, 2, 2), window)])).toEqual([[0, 3, 2, 5, 6, 9, 8, 11]]);
  });
  test("[R6] take picks rows; an index outside is a fault with the node's span", () => {
    const take = (values: readonly number[]) =>
      run({ x: counting("f32", 3, 2), i: { type: type("i32", values.length), values } }, [
        { kind: "take", input: 0, index: 1, type: type("f32", values.length, 2), span },
      ]);
    expect(take([2, 0])).toEqual([[4, 5, 0, 1]]);
    expect(faultOf(() => take([3]))).toMatchObject({
      code: "graph/bounds",
      message: "index 0 is 3, but there are 3 rows",
      span,
    });
    expect(faultOf(() => take([-1])).code).toBe("graph/bounds");
  });
  test("[R7] matmul, batched, plain and with the right side stored transposed", () => {
    const given = { a: counting("f32", 2, 1, 3), b: counting("f32", 2, 3, 2), c: counting("f32", 2, 2, 3) };
    const times = (right: number, transposeRight: boolean) =>
      run(given, [node(type("f32", 2, 1, 2), { kind: "matmul", left: 0, right, transposeRight })]);
    expect(times(1, false)).toEqual([[10, 13, 100, 112]]);
    expect(times(2, true)).toEqual([[5, 14, 86, 122]]);
  });
  test("[R8] attention: softmax(scale q k^T) v; causal is aligned at the end; a row that sees nothing is zeros", () => {
    const given = {
      q: { type: type("f32", 2, 1), values: [0, Math.log(3)] },
      k: { type: type("f32", 2, 1), values: [0, 1] },
      v: { type: type("f32", 2, 1), values: [4, 8] },
    };
    const attend = (causal: boolean, n: number) =>
      run(
        {
          ...given,
          q: { type: type("f32", n, 1), values: Array.from({ length: n }, (_, i) => given.q.values[i] ?? 0) },
        },
        [
          node(type("f32", n, 1), {
            kind: "attention",
            q: 0,
            k: 1,
            v: 2,
            scale: 1,
            causal,
            tokensFirst: false,
          }),
        ],
      )[0]?.map((value) => Number(value.toFixed(12)));
    expect(attend(false, 2)).toEqual([6, 7]);
    expect(attend(true, 2)).toEqual([4, 7]);
    expect(attend(true, 1)).toEqual([6]);
    expect(attend(true, 3)).toEqual([0, 4, 6]);
  });
});

const halves =
  readTile(`kernel halves(%x.0: ptr<f32, read>, %lo.1: ptr<f32, write>, %hi.2: ptr<f32, readwrite>, %s.3: f32) {
  %4: i32 = programId 0
  %5: f32 = load %x.0[%4]
  %6: f32 = mul %5, %s.3
  store %lo.1[%4], %6
  %7: f32 = load %hi.2[%4]
  %8: f32 = add %7, %5
  store %hi.2[%4], %8
}`);

const launchArguments: readonly LaunchArgument[] = [
  { kind: "node", node: 0 },
  { kind: "output", index: 0 },
  { kind: "output", index: 1 },
  { kind: "scalar", value: 0.1 },
];

function launchHalves(grid: number): readonly GraphNode[] {
  const result = type("f32", 2);
  const launch = { kernel: 0, grid: [grid, 1, 1] as const, arguments: launchArguments };
  return [
    { kind: "tileCall", launch, outputs: [result, result], type: result, span },
    { kind: "result", call: 1, index: 0, type: result },
    { kind: "result", call: 1, index: 1, type: result },
  ];
}

describe("launches and runs", () => {
  test("[R9] a launch makes zero-filled outputs, in f64; results pick them; the call itself is output 0", () => {
    const [call, lo, hi] = run({ x: { type: type("f32", 2), values: [1, 3] } }, launchHalves(2), {
      kernels: [halves],
      outputs: [1, 2, 3],
    });
    expect(lo).toEqual([0.1, 3 * 0.1]);
    expect(call).toEqual(lo);
    expect(hi).toEqual([1, 3]);
  });
  test("[R10] traps of a launch come through with the op's span, remarks reach the caller", () => {
    const kernels = [
      readTile(
        `kernel halves(%x.0: ptr<f32, read>, %lo.1: ptr<f32, write>, %hi.2: ptr<f32, write>, %s.3: f32) {
      %4: i32 = programId 0
      %5: f32 = load %x.0[%4]
      %6: f32 = log %5
      store %lo.1[%4], %6
      store %hi.2[%4], %6
    }`,
        "ir",
      ),
    ];
    const x = { x: { type: type("f32", 2), values: [-1, 3] } };
    const remarks: FaultData[] = [];
    run(x, launchHalves(2), { kernels }, { remark: (remark) => remarks.push(remark) });
    expect(remarks.map((remark) => [remark.code, remark.span?.source])).toEqual([["tile/nan", "ir"]]);
    expect(faultOf(() => run(x, launchHalves(3), { kernels }))).toMatchObject({
      code: "tile/bounds",
      span: { source: "ir" },
    });
  });
  test("[R10] reading an output before anything is stored to it is remarked", () => {
    const kernel = readTile(
      `kernel k(%y.0: ptr<f32, readwrite>) {
  %1: i32[4] = arange 0 4
  %2: f32[4] = load %y.0[%1]
  store %y.0[%1], %2
}`,
    );
    const launch = {
      kernel: 0,
      grid: [1, 1, 1] as const,
      arguments: [{ kind: "output", index: 0 }] as const,
    };
    const call = node(type("f32", 4), { kind: "tileCall", launch, outputs: [type("f32", 4)] });
    const remarks: FaultData[] = [];
    run({}, [call], { kernels: [kernel] }, { remark: (remark) => remarks.push(remark) });
    expect(remarks.map((remark) => remark.code)).toEqual(["tile/uninitialised"]);
  });
  test("[R11] only what the outputs need is computed, and each output is its own array", () => {
    const bad = node(type("f32", 1, 2), { kind: "take", input: 0, index: 1 });
    const given = { x: counting("f32", 3, 2), i: { type: type("i32", 1), values: [7] } };
    const x = new Map(
      Object.entries(given).map(([name, value]) => [
        name,
        { type: value.type, values: Float64Array.from(value.values) },
      ]),
    );
    const inputs = Object.entries(given).map(([tensor, value]): GraphNode => ({
      kind: "input",
      tensor,
      type: value.type,
    }));
    const [first, second] = runGraph({ nodes: [...inputs, bad], kernels: [], outputs: [0, 0] }, x);
    expect(first).toEqual(x.get("x")?.values);
    expect(first).not.toBe(second);
    expect(first).not.toBe(x.get("x")?.values);
  });
  test("[R12] a missing input and one of the wrong size are named", () => {
    const input: GraphNode = { kind: "input", tensor: "t9", type: type("f32", 4), span };
    const graph = { nodes: [input], kernels: [], outputs: [0] };
    expect(faultOf(() => runGraph(graph, new Map()))).toMatchObject({
      code: "graph/input",
      message: "input t9 is not there",
      span,
    });
    const short = new Map([["t9", { type: type("f32", 3), values: new Float64Array(3) }]]);
    expect(faultOf(() => runGraph(graph, short)).message).toMatch("has 3 elements, not 4");
  });
  test("[R14] more elements than the interpreter holds are refused before they are made; freed ones do not count", () => {
    const huge = node(type("f32", 2 ** 30), { kind: "fill", value: 1 });
    expect(faultOf(() => run({}, [huge])).code).toBe("graph/memory");
    const fill = node(type("f32", 8), { kind: "fill", value: 1 });
    const copies = Array.from({ length: 9 }, (_, input) => node(type("f32", 8), { kind: "reshape", input }));
    expect(faultOf(() => run({}, [fill, ...copies], {}, { maxElements: 16 })).code).toBe("none");
    expect(faultOf(() => run({}, [fill, ...copies], {}, { maxElements: 15 })).code).toBe("graph/memory");
  });
  test("[R13] stop ends the run; an unverifiable graph never starts", () => {
    const fill = [node(type("f32", 2), { kind: "fill", value: 1 })];
    expect(faultOf(() => run({}, fill, {}, { stop: () => true })).code).toBe("run/stopped");
    expect(faultOf(() => run({}, fill, { outputs: [4] })).code).toBe("graph/outputs");
  });
});
