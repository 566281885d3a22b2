import { type Choose, portableTarget } from "@tilebook/compiler";
import type { Graph } from "@tilebook/ir";
import { expect, test } from "vitest";
import { Compiler } from "./compiler.ts";

const f32 = { dtype: "f32", shape: [8] } as const;

function exponential(tensor: string): Graph {
  return {
    nodes: [
      { kind: "input", tensor, type: f32 },
      { kind: "unary", op: "exp", input: 0, type: f32 },
    ],
    kernels: [],
    outputs: [1],
  };
}

test("[C1] the same kernel over other tensors is compiled once; another target compiles anew", () => {
  let target = portableTarget;
  const compiler = new Compiler(() => target);
  const [first] = compiler.compile(exponential("a")).kernels;
  const second = compiler.compile(exponential("b"));
  expect(second.kernels[0]).toBe(first);
  expect(second.buffers[0]).toMatchObject({ tensor: "b" });
  target = { ...portableTarget, f16: true };
  expect(compiler.compile(exponential("a")).kernels[0]).not.toBe(first);
});

test("[C2] a program says which of its kernels do not go their first way", () => {
  const second = new Compiler(
    () => portableTarget,
    ({ configs }) => configs[1],
  );
  const program = second.compile(exponential("a"));
  expect(program.remarks).toMatchObject([
    { code: "tune/config", message: expect.stringMatching(/^map_exp uses/) as string },
  ]);
  expect(new Compiler(() => portableTarget).compile(exponential("a")).remarks).toEqual([]);
});

test("[C3] a kernel that has gone over to its longer code goes the compiler's own way, too", () => {
  const type = { dtype: "f32", shape: [1, 64, 64] } as const;
  const attention: Graph = {
    nodes: [
      { kind: "input", tensor: "a", type },
      { kind: "attention", q: 0, k: 0, v: 0, causal: false, tokensFirst: false, scale: 0.125, type },
    ],
    kernels: [],
    outputs: [1],
  };
  const by = (choose: Choose) => new Compiler(() => portableTarget, choose).compile(attention);
  const [first, later] = [by(({ first: one }) => one), by((choice) => choice.later)];
  expect(later.kernels[0]?.wgsl).not.toBe(first.kernels[0]?.wgsl);
  expect([first.remarks, later.remarks]).toEqual([[], []]);
  expect(by(({ configs }) => configs[2]).remarks).toHaveLength(1);
});

test("[C4] a slider over much work compiles once more at its first move, and then no more", () => {
  const type = { dtype: "f32", shape: [2 ** 20] } as const;
  const scaled = (value: number): Graph => ({
    nodes: [
      { kind: "input", tensor: "a", type },
      { kind: "fill", value, type },
      { kind: "binary", op: "mul", left: 0, right: 1, type },
    ],
    kernels: [],
    outputs: [2],
  });
  const compiler = new Compiler(() => portableTarget);
  const [first, moved, again] = [1.5, 1.75, 2.5].map((value) => compiler.compile(scaled(value)).kernels[0]);
  expect(moved).not.toBe(first);
  expect(again).toBe(moved);
});
