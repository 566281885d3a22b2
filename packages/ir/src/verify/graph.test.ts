import { Fault } from "@tilebook/base";
import { describe, expect, test } from "vitest";
import { TileBuilder } from "../builder.ts";
import { type BufferDType, packedDTypes } from "../dtype.ts";
import type { Graph, GraphNode, LaunchArgument, TensorType } from "../graph.ts";
import { graphRules, verifyGraph } from "./graph.ts";

const span = { source: "cell", start: 1, end: 5 };

function type(dtype: BufferDType, ...shape: readonly number[]): TensorType {
  return { dtype, shape };
}

function input(dtype: BufferDType, ...shape: readonly number[]): GraphNode {
  return { kind: "input", tensor: "t", type: type(dtype, ...shape) };
}

/** "valid", or the code of the fault of a graph of these nodes. */
function codeOf(nodes: readonly GraphNode[], more: Partial<Graph> = {}): string {
  try {
    verifyGraph({ nodes, kernels: [scaleKernel()], outputs: [nodes.length - 1], ...more });
    return "valid";
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return error.code;
  }
}

/** y = x * s over n elements. */
function scaleKernel(): ReturnType<TileBuilder["finish"]> {
  const b = new TileBuilder("scale");
  const [x, y, s] = [b.pointer("x", "f32"), b.pointer("y", "f32"), b.scalar("s", "f32")];
  b.scalar("n", "i32");
  const offset = b.arange(0, 4);
  b.store({
    pointer: y,
    offset,
    value: b.binary("mul", b.load({ pointer: x, offset }), b.broadcast(s, [4])),
  });
  return b.finish();
}

const x = input("f32", 4);
const scalars: readonly LaunchArgument[] = [
  { kind: "scalar", value: 0.5 },
  { kind: "scalar", value: 4 },
];

function call(
  args: readonly LaunchArgument[],
  grid: readonly [number, number, number] = [1, 1, 1],
): GraphNode {
  return {
    kind: "tileCall",
    launch: { kernel: 0, grid, arguments: args },
    outputs: [type("f32", 4)],
    type: type("f32", 4),
  };
}

const from: LaunchArgument = { kind: "node", node: 0 };
const to: LaunchArgument = { kind: "output", index: 0 };

const add = (left: GraphNode, right: GraphNode, result: TensorType) =>
  codeOf([left, right, { kind: "binary", op: "add", left: 0, right: 1, type: result }]);

const fold = (op: "sum" | "argmax", axis: number, result: TensorType) =>
  codeOf([input("f32", 2, 3), { kind: "reduce", op, input: 0, axis, type: result }]);

const view = (node: object, result: TensorType) =>
  codeOf([input("f32", 2, 6), { ...node, input: 0, type: result } as GraphNode]);

const resultOf = (callId: number, index: number) =>
  codeOf([x, call([from, to, ...scalars]), { kind: "result", call: callId, index, type: type("f32", 4) }]);

const window = (axis: number, stride: number, dilation: number, result: TensorType): string =>
  view({ kind: "window", axis, stride, dilation }, result);

/** A wish of being cut along an axis. */
const placed = (axis: number) => ({ mesh: "m", layout: { kind: "split", axis } }) as const;

describe("verifyGraph", () => {
  test("[G1] inputs stand before their readers", () => {
    expect(codeOf([x, { kind: "unary", op: "exp", input: 0, type: type("f32", 4) }])).toBe("valid");
    expect(codeOf([x, { kind: "unary", op: "exp", input: 1, type: type("f32", 4) }])).toBe("graph/G1");
    expect(codeOf([x, call([{ kind: "node", node: 1 }, to, ...scalars])])).toBe("graph/G1");
  });
  test("[G2] shapes are positive and bounded", () => {
    expect(codeOf([input("f32", 0)])).toBe("graph/G2");
    expect(codeOf([input("f32", 65_536, 65_536)])).toBe("graph/G2");
    expect(codeOf([input("f32", ...Array.from({ length: 9 }, () => 1))])).toBe("graph/G2");
    expect(codeOf([input("f32")])).toBe("valid");
  });
  test("[G3] elementwise nodes: equal types, right dtypes", () => {
    expect(add(x, x, type("f32", 4))).toBe("valid");
    expect(add(x, x, type("f32", 5))).toBe("graph/G3");
    expect(add(x, input("f32", 1), type("f32", 4))).toBe("graph/shape");
    expect(add(x, input("i32", 4), type("f32", 4))).toBe("graph/dtype");
    expect(add(input("bool", 4), input("bool", 4), type("bool", 4))).toBe("graph/dtype");
    const less = (result: TensorType) =>
      codeOf([x, x, { kind: "binary", op: "lt", left: 0, right: 1, type: result }]);
    expect(less(type("bool", 4))).toBe("valid");
    expect(less(type("f32", 4))).toBe("graph/G3");
    const pick = (condition: GraphNode) =>
      codeOf([condition, x, { kind: "select", condition: 0, yes: 1, no: 1, type: type("f32", 4) }]);
    expect(pick(input("bool", 4))).toBe("valid");
    expect(pick(x)).toBe("graph/dtype");
    expect(pick(input("bool", 1))).toBe("graph/shape");
  });
  test("[G3] reductions keep their axis with size 1", () => {
    expect(fold("sum", 1, type("f32", 2, 1))).toBe("valid");
    expect(fold("argmax", 0, type("i32", 1, 3))).toBe("valid");
    expect(fold("sum", 1, type("f32", 2))).toBe("graph/G3");
    expect(fold("sum", 2, type("f32", 2, 1))).toBe("graph/axis");
  });
  test("[G3] views: elements are kept, slices stay inside", () => {
    expect(view({ kind: "reshape" }, type("f32", 3, 4))).toBe("valid");
    expect(view({ kind: "reshape" }, type("f32", 3, 5))).toBe("graph/shape");
    expect(view({ kind: "reshape", placed: placed(1) }, type("f32", 2, 6))).toBe("valid");
    expect(view({ kind: "reshape", placed: placed(2) }, type("f32", 2, 6))).toBe("graph/axis");
    expect(view({ kind: "reshape", placed: placed(1) }, type("f32", 3, 4))).toBe("graph/shape");
    expect(view({ kind: "permute", order: [1, 0] }, type("f32", 6, 2))).toBe("valid");
    expect(view({ kind: "permute", order: [1, 1] }, type("f32", 6, 6))).toBe("graph/axis");
    expect(view({ kind: "broadcast" }, type("f32", 4, 6))).toBe("graph/shape");
    expect(view({ kind: "slice", start: [0, 3] }, type("f32", 2, 3))).toBe("valid");
    expect(view({ kind: "slice", start: [0, 4] }, type("f32", 2, 3))).toBe("graph/shape");
    expect(view({ kind: "slice", start: [1, 5], step: [-1, -2] }, type("f32", 2, 3))).toBe("valid");
    expect(view({ kind: "slice", start: [1, 3], step: [-1, -2] }, type("f32", 2, 3))).toBe("graph/shape");
    expect(view({ kind: "slice", start: [0, 0], step: [1, 0] }, type("f32", 2, 3))).toBe("graph/shape");
    expect(view({ kind: "slice", start: [0, 0], step: [1] }, type("f32", 2, 3))).toBe("graph/shape");
  });
  test("[G3] pastes stay inside what they are put into, and have its dtype", () => {
    const paste = (into: GraphNode, start: number[], step?: number[]) =>
      codeOf([
        input("f32", 2, 3),
        into,
        { kind: "paste", input: 0, into: 1, start, ...(step && { step }), type: into.type },
      ]);
    expect(paste(input("f32", 2, 6), [0, 3])).toBe("valid");
    expect(paste(input("f32", 2, 6), [0, 4])).toBe("graph/shape");
    expect(paste(input("f32", 2, 6), [0, 1], [1, 2])).toBe("valid");
    expect(paste(input("f32", 2, 6), [0, 2], [1, 2])).toBe("graph/shape");
    expect(paste(input("f32", 2, 6), [1, 5], [-1, -2])).toBe("valid");
    expect(paste(input("f32", 2, 3, 1), [0, 0])).toBe("graph/shape");
    expect(paste(input("i32", 2, 6), [0, 3])).toBe("graph/dtype");
  });
  test("[G3] windows end where their axis ends", () => {
    expect(window(1, 1, 1, type("f32", 2, 4, 3))).toBe("valid");
    expect(window(1, 1, 1, type("f32", 2, 5, 3))).toBe("graph/shape");
    expect(window(1, 3, 2, type("f32", 2, 2, 2))).toBe("valid");
    expect(window(1, 3, 3, type("f32", 2, 2, 2))).toBe("graph/shape");
    expect(window(1, 0, 1, type("f32", 2, 4, 3))).toBe("graph/shape");
    expect(window(2, 1, 1, type("f32", 2, 6, 1))).toBe("graph/axis");
  });
  test("[G3] matmul and attention: inner sizes and leading axes are equal", () => {
    const times = (right: GraphNode, transposeRight: boolean, result: TensorType) =>
      codeOf([
        input("f32", 3, 2, 5),
        right,
        { kind: "matmul", left: 0, right: 1, transposeRight, type: result },
      ]);
    expect(times(input("f32", 3, 5, 4), false, type("f32", 3, 2, 4))).toBe("valid");
    expect(times(input("f32", 3, 4, 5), true, type("f32", 3, 2, 4))).toBe("valid");
    expect(times(input("f32", 3, 4, 5), false, type("f32", 3, 2, 4))).toBe("graph/shape");
    expect(times(input("f32", 5, 4), false, type("f32", 3, 2, 4))).toBe("graph/shape");
    expect(times(input("f16", 3, 5, 4), false, type("f32", 3, 2, 4))).toBe("graph/dtype");
    const attend = (v: GraphNode, result: TensorType) =>
      codeOf([
        input("f32", 2, 8),
        input("f32", 5, 8),
        v,
        { kind: "attention", q: 0, k: 1, v: 2, scale: 1, causal: false, tokensFirst: false, type: result },
      ]);
    expect(attend(input("f32", 5, 3), type("f32", 2, 3))).toBe("valid");
    expect(attend(input("f32", 4, 3), type("f32", 2, 3))).toBe("graph/shape");
  });
  test("[G3] packed tensors are stored, moved and cast, but do not compute", () => {
    for (const dtype of packedDTypes) {
      const one = (node: object, result: TensorType) =>
        codeOf([
          input(dtype, 2, 4),
          input("bool", 2, 4),
          input("i32", 3),
          { ...node, input: 0, type: result } as GraphNode,
        ]);
      expect(one({ kind: "reshape" }, type(dtype, 8))).toBe("valid");
      expect(one({ kind: "permute", order: [1, 0] }, type(dtype, 4, 2))).toBe("valid");
      expect(one({ kind: "slice", start: [0, 1] }, type(dtype, 2, 3))).toBe("valid");
      expect(one({ kind: "take", index: 2 }, type(dtype, 3, 4))).toBe("valid");
      expect(one({ kind: "cast" }, type("f32", 2, 4))).toBe("valid");
      expect(one({ kind: "unary", op: "neg" }, type(dtype, 2, 4))).toBe("graph/dtype");
      expect(one({ kind: "reduce", op: "sum", axis: 0 }, type(dtype, 1, 4))).toBe("graph/dtype");
      expect(one({ kind: "binary", op: "add", left: 0, right: 0 }, type(dtype, 2, 4))).toBe("graph/dtype");
      expect(one({ kind: "select", condition: 1, yes: 0, no: 0 }, type(dtype, 2, 4))).toBe("graph/dtype");
      expect(one({ kind: "fill", value: 0 }, type(dtype, 2, 4))).toBe("graph/dtype");
    }
  });
  test("[G4] a launch fits its kernel's parameters", () => {
    expect(codeOf([x, call([from, to, ...scalars])])).toBe("valid");
    expect(codeOf([x, call([from, to])])).toBe("graph/launch");
    expect(codeOf([x, call([to, from, ...scalars])])).toBe("graph/launch");
    expect(codeOf([x, call([from, { kind: "output", index: 1 }, ...scalars])])).toBe("graph/launch");
    expect(codeOf([input("i32", 4), call([from, to, ...scalars])])).toBe("graph/launch");
    expect(codeOf([x, call([from, to, { kind: "scalar", value: 1 }, { kind: "scalar", value: 1.5 }])])).toBe(
      "graph/launch",
    );
    expect(codeOf([x, call([from, from, ...scalars])])).toBe("graph/launch");
    expect(codeOf([x, call([from, to, ...scalars])], { kernels: [] })).toBe("graph/launch");
  });
  test("[G4] grids are positive and bounded", () => {
    expect(codeOf([x, call([from, to, ...scalars], [0, 1, 1])])).toBe("graph/grid");
    expect(codeOf([x, call([from, to, ...scalars], [65_536, 65_536, 1])])).toBe("graph/grid");
    expect(codeOf([x, call([from, to, ...scalars], [1.5, 1, 1])])).toBe("graph/grid");
  });
  test("[G5] a result is an output of a launch", () => {
    expect(resultOf(1, 0)).toBe("valid");
    expect(resultOf(1, 1)).toBe("graph/G5");
    expect(resultOf(0, 0)).toBe("graph/G5");
  });
  test("[G6] outputs are nodes, and faults carry the node's span", () => {
    expect(codeOf([x], { outputs: [1] })).toBe("graph/outputs");
    const bad: GraphNode = { kind: "unary", op: "exp", input: 0, type: type("i32", 4), span };
    expect(() => verifyGraph({ nodes: [x, bad], kernels: [], outputs: [] })).toThrow(
      expect.objectContaining({ span }),
    );
  });
  test("[G7] every rule has its own id", () => {
    expect(graphRules.map((rule) => rule.id)).toEqual(["G1", "G2", "G3", "G4", "G5"]);
  });
});
