import type { CompiledKernel, Dispatch, Program, ProgramBuffer } from "@tilebook/compiler";
import type { TensorHandle } from "../executor.ts";
import { block, gather, scale } from "./kernels.ts";

/** One buffer of n f32 elements. */
export function buffer(
  n: number,
  role: ProgramBuffer["role"],
  more: Partial<ProgramBuffer> = {},
): ProgramBuffer {
  return { type: { dtype: "f32", shape: [n] }, bytes: n * 4, role, zeroed: false, ...more };
}

export function program(
  buffers: readonly ProgramBuffer[],
  kernels: readonly CompiledKernel[],
  dispatches: readonly Dispatch[],
  outputs: readonly number[],
): Program {
  return { buffers, kernels, dispatches, outputs, remarks: [] };
}

/** A dispatch over n elements. */
export function over(
  n: number,
  kernel: number,
  buffers: readonly number[],
  ...scalars: readonly number[]
): Dispatch {
  return { kernel, grid: [Math.ceil(n / block), 1, 1], buffers, scalars: [n, ...scalars] };
}

/** y = x * factor. */
export function scaled(x: TensorHandle, n: number, factor: number): Program {
  const buffers = [buffer(n, "input", { tensor: x }), buffer(n, "output")];
  return program(buffers, [scale], [over(n, 0, [0, 1], factor)], [1]);
}

/** y = x * 2 * 2 * ... (`turns` times), through that many temporaries. */
export function doubled(x: TensorHandle, n: number, turns: number): Program {
  const between = Array.from({ length: turns - 1 }, () => buffer(n, "temporary"));
  const buffers = [buffer(n, "input", { tensor: x }), ...between, buffer(n, "output")];
  const dispatches = Array.from({ length: turns }, (_, at) => over(n, 0, [at, at + 1], 2));
  return program(buffers, [scale], dispatches, [turns]);
}

/** y = x, added to a buffer that must be zero before. */
export function gathered(x: TensorHandle, n: number): Program {
  const buffers = [buffer(n, "input", { tensor: x }), buffer(n, "output", { zeroed: true })];
  return program(buffers, [gather], [over(n, 0, [0, 1])], [1]);
}

/** y + x, in a buffer that begins as y; in that of y itself where the program takes it. */
export function added(y: TensorHandle, x: TensorHandle, n: number, takes: boolean): Program {
  const start = { from: 0, ...(takes ? { takes } : {}) };
  const inputs = [y, x].map((tensor) => buffer(n, "input", { tensor }));
  return program([...inputs, buffer(n, "output", start)], [gather], [over(n, 0, [1, 2])], [2]);
}

export function f32Bytes(values: Iterable<number>): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

export function f32Values(bytes: Uint8Array): number[] {
  return Array.from(new Float32Array(bytes.slice().buffer));
}
