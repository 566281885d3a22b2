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

/** x times a number, of so many elements. */
function times(value: number, size = 64): Graph {
  const type = { dtype: "f32", shape: [size] } as const;
  return {
    nodes: [
      { kind: "input", tensor: "x", type },
      { kind: "fill", value, type },
      { kind: "binary", op: "mul", left: 0, right: 1, type },
    ],
    kernels: [],
    outputs: [2],
  };
}

test("[PM3] numbers inside the code of large maps count; from their second change on, they do not", () => {
  const compiler = new Compiler(() => portableTarget);
  const programs = [1.5, 1.5, 1.75, 2.5, 3.5].map((value) => compiler.compile(times(value, 2 ** 20)));
  const [first, same, moved, again, last] = programs.map(({ dispatches }) => dispatches[0]);
  expect([first, same].map((dispatch) => dispatch?.fixed)).toEqual([[1], [1]]);
  expect(moved?.fixed).toEqual([]);
  expect([moved, again, last].map((dispatch) => dispatch?.scalars.includes(3.5))).toEqual([
    false,
    false,
    true,
  ]);
});

test("[PM4] another way to go is planned anew", () => {
  let at = 0;
  const compiler = new Compiler(
    () => portableTarget,
    ({ configs }) => configs[at],
  );
  const [first, second] = [compiler.compile(times(0.5)), compiler.compile(times(0.25))];
  expect(second.dispatches[0]?.choice).toBe(first.dispatches[0]?.choice);
  at = 1;
  expect(compiler.compile(times(0.25)).dispatches[0]?.choice).not.toBe(first.dispatches[0]?.choice);
});
