import type { Expr, Memory, Statement, ThreadBinary, ThreadKernel } from "../thread/ir.ts";
import { printThreads } from "../thread/print.ts";

/** Thread IR by hand, for tests. All numbers are i32 and all memories f32, unless said otherwise. */

const i32 = { scalar: "i32", width: 1 } as const;
const f32 = { scalar: "f32", width: 1 } as const;

export const int = (value: number): Expr => ({ kind: "const", type: i32, value });
export const float = (value: number): Expr => ({ kind: "const", type: f32, value });
export const name = (text: string): Expr => ({ kind: "name", type: i32, name: text });
export const add = (left: Expr, right: Expr, op: ThreadBinary = "add"): Expr => ({
  kind: "binary",
  type: left.type,
  op,
  left,
  right,
});
export const read = (from: string, index?: Expr): Expr => ({
  kind: "read",
  type: f32,
  memory: from,
  ...(index === undefined ? {} : { index }),
});
export const define = (text: string, value: Expr): Statement => ({ kind: "let", name: text, value });
export const set = (to: string, value: Expr, index?: Expr): Statement => ({
  kind: "set",
  memory: to,
  value,
  ...(index === undefined ? {} : { index }),
});
export const loop = (index: string, to: Expr, ...body: readonly Statement[]): Statement => ({
  kind: "for",
  index,
  from: int(0),
  to,
  step: 1,
  body,
});
export const when = (condition: Expr, uniform: boolean, ...whenTrue: readonly Statement[]): Statement => ({
  kind: "if",
  condition,
  uniform,
  whenTrue,
  whenFalse: [],
});

export const registers = (text: string, length: number = 0): Memory => memory(text, "function", length);
export const shared = (text: string, length: number): Memory => ({
  ...memory(text, "workgroup", length),
  purpose: `tile ${text}`,
});
export const output = (text: string): Memory => ({ ...memory(text, "readwrite", 0), dtype: "f32" });

function memory(text: string, space: Memory["space"], length: number): Memory {
  return { name: text, space, type: f32, length };
}

export function threads(memories: readonly Memory[], ...body: readonly Statement[]): ThreadKernel {
  return {
    name: "k",
    workgroupSize: 64,
    memories,
    uniforms: [],
    subgroups: false,
    sites: 0,
    speaks: false,
    asserts: false,
    body,
  };
}

/** The statements as text, one a line. */
export function bodyLines(kernel: ThreadKernel): readonly string[] {
  const lines = printThreads(kernel).text.trimEnd().split("\n");
  return lines.slice(1 + kernel.memories.length).map((line) => line.slice(2));
}

export function memoryLines(kernel: ThreadKernel): readonly string[] {
  return printThreads(kernel)
    .text.split("\n")
    .slice(1, 1 + kernel.memories.length)
    .map((line) => line.trim());
}
