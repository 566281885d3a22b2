import { Fault } from "@tilebook/base";
import type { BufferDType } from "@tilebook/ir";
import { bytesFor } from "../bytes.ts";
import { checkOptions } from "../options.ts";

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
  /** How keys and values are kept: `f32` by default, or `f16`. */
  readonly dtype?: MemoryDType;
}

export type MemoryDType = "f32" | "f16";

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
  if (dtype !== "f32" && dtype !== "f16")
    throw new Fault("serving/sizes", `keys and values are kept as f32 or f16, not ${String(dtype)}`);
  return { ...sizes, dtype, pagesEach };
}

/** The shape of one layer's keys and values. */
export function layerShape({ pages, heads, page, headSize }: MemorySizes): readonly number[] {
  return [2, pages, heads, page, headSize];
}

/** Bytes of keys and values of all layers on the device: 2 · layers · heads · headSize · pages · page · bytes of a number. */
export function memoryBytes({ layers, heads, headSize, pages, page, dtype }: MemorySizes): number {
  return layers * bytesFor(2 * heads * headSize * pages * page, dtype satisfies BufferDType);
}
