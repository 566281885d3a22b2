import { type CompiledKernel, messageBytes, readMessages } from "@tilebook/compiler";
import { decodeElements, encodeElements, uniformBytes } from "@tilebook/compiler/testing";
import type { BufferDType } from "@tilebook/ir";
import type { Answer, Job } from "./page.ts";

/** What a launch starts from: a number, or the elements of a buffer. */
export type Given = number | { readonly dtype: BufferDType; readonly values: Float64Array };

export interface Launching {
  readonly compiled: CompiledKernel;
  readonly grid: readonly [number, number, number];
  readonly arguments: readonly Given[];
}

export function jobOf({ compiled, grid, arguments: given }: Launching): Job {
  const count = grid[0] * grid[1] * grid[2];
  const scalars = given.filter((item) => typeof item === "number");
  const buffers = given.flatMap((item) => (typeof item === "number" ? [] : [bytesOf(item)]));
  if (compiled.sites.length > 0) buffers.push(messageBytes);
  return {
    wgsl: compiled.wgsl,
    entryPoint: compiled.entryPoint,
    buffers: buffers.map((bytes, at) => ({ read: compiled.bindings[at]?.access === "read", bytes })),
    uniform: base64(uniformBytes(compiled, grid, { base: 0, count }, scalars)),
    workgroups: count,
  };
}

function bytesOf({ dtype, values }: Exclude<Given, number>): string | number {
  const bytes = encodeElements(Array.from(values), dtype);
  return values.every((value) => Object.is(value, 0)) ? bytes.byteLength : base64(bytes);
}

/** The elements of a launch's buffers afterwards, and what it said. */
export interface Outcome {
  readonly buffers: readonly (readonly number[])[];
  readonly said: ReturnType<typeof readMessages> | undefined;
}

/** Throws what the engine said when it refused the kernel. */
export function outcomeOf({ compiled, grid, arguments: given }: Launching, answer: Answer): Outcome {
  if ("refused" in answer) throw new Error(`${answer.refused}\n${compiled.wgsl}`);
  const elements = given.filter((item) => typeof item !== "number");
  const buffers = elements.map(({ dtype, values }, at) =>
    decodeElements(bytesFrom(answer.buffers[at]), dtype, values.length),
  );
  const words = compiled.sites.length === 0 ? undefined : new Uint32Array(bytesFrom(answer.buffers.at(-1)));
  return { buffers, said: words === undefined ? undefined : readMessages(words, compiled.sites, grid) };
}

function base64(bytes: ArrayBuffer): string {
  return Buffer.from(bytes).toString("base64");
}

function bytesFrom(text = ""): ArrayBuffer {
  return new Uint8Array(Buffer.from(text, "base64")).buffer;
}
