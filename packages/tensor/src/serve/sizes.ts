import { Fault } from "@tilebook/base";
import type { TensorType } from "@tilebook/ir";
import { bytesFor } from "../bytes.ts";
import { checkOptions } from "../options.ts";
import { sizeOf } from "../shape.ts";

/** What a memory of keys and values is asked for. */
export interface MemoryOptions {
  readonly layers: number;
  /** Heads of keys and values; queries may have a multiple of them. */
  readonly heads: number;
  /** Numbers of one head. */
  readonly headSize: number;
  /** How many sequences are there at once; 1 by default. */
  readonly sequences?: number;
  /** Most tokens of one sequence. */
  readonly length: number;
  /** Tokens of a page; 32 by default. */
  readonly page?: number;
  /** Pages of all sequences together; by default as many as all of them may need. */
  readonly pages?: number;
  /** How keys and values are kept: `f32` by default, `f16`, or `i8`, with a scale for each head of each token. */
  readonly dtype?: MemoryDType;
}

export type MemoryDType = "f32" | "f16" | "i8";

export const memoryNames = [
  "layers",
  "heads",
  "headSize",
  "sequences",
  "length",
  "page",
  "pages",
  "dtype",
] as const;

/** The same, with nothing left open. A layer is [2, pages, heads, page, headSize]: keys, then values. */
export interface MemorySizes extends Required<MemoryOptions> {
  /** Pages of one sequence at most: the columns of the page table. */
  readonly pagesEach: number;
}

/** Faults `serving/sizes`, `tensor/option`. */
export function memorySizes(what: string, options: MemoryOptions): MemorySizes {
  checkOptions(what, options, memoryNames);
  const { layers, heads, headSize, sequences = 1, length, page = 32, dtype = "f32" } = options;
  const pagesEach = Math.ceil(length / page);
  const { pages = sequences * pagesEach } = options;
  const sizes = { layers, heads, headSize, sequences, length, page, pages };
  for (const [name, value] of Object.entries(sizes))
    if (!Number.isSafeInteger(value) || value < 1)
      throw new Fault("serving/sizes", `${name} is a whole number from 1 on, not ${String(value)}`, {
        hint: `${what}({ layers: 2, heads: 4, headSize: 32, length: 128, ... })`,
      });
  if (dtype !== "f32" && dtype !== "f16" && dtype !== "i8")
    throw new Fault("serving/sizes", `keys and values are kept as f32, f16 or i8, not ${String(dtype)}`);
  return { ...sizes, dtype, pagesEach };
}

/** What one layer has on the device: keys and values, and of i8 the scale of each head of each token. */
export function layerTypes({ pages, heads, page, headSize, dtype }: MemorySizes): readonly TensorType[] {
  const kept: TensorType = { dtype, shape: [2, pages, heads, page, headSize] };
  return dtype === "i8" ? [kept, { dtype: "f32", shape: [2, pages, heads, page] }] : [kept];
}

/**
 * Bytes of keys and values of all layers on the device: 2 · layers · heads · headSize · pages · page · bytes of a number; of i8 4 more for each
 * head of each token.
 */
export function memoryBytes(sizes: MemorySizes): number {
  const each = layerTypes(sizes).map(({ shape, dtype }) => bytesFor(sizeOf(shape), dtype));
  return sizes.layers * each.reduce((sum, bytes) => sum + bytes, 0);
}
