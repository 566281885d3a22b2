import { Fault } from "@tilebook/base";
import type { TensorType } from "@tilebook/ir";
import { bytesFor } from "../bytes.ts";
import { checkOptions, refuseAlone } from "../options.ts";
import { sayGiven } from "../output/say.ts";
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
  /** Each token looks at so many of its text, itself among them; by default at all. What fell out of all windows is written over. */
  readonly window?: number;
  /** With a window, the first tokens of a text that all others look at, too; 0 by default. */
  readonly sinks?: number;
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
  "window",
  "sinks",
  "dtype",
] as const;

/** The same, with nothing left open: without a window it is as wide as a text. A layer is [2, pages, heads, page, headSize]: keys, then values. */
export interface MemorySizes extends Required<MemoryOptions> {
  /** Pages of one sequence at most: the columns of the page table. */
  readonly pagesEach: number;
  /** The first of these stay. The others are written over in turn, when a text needs more. */
  readonly pagesKept: number;
}

/** A step has at most `rows` tokens of one sequence. Faults `serving/sizes`, `tensor/option`. */
export function memorySizes(what: string, options: MemoryOptions, rows = 1): MemorySizes {
  checkOptions(what, options, memoryNames);
  const { layers, heads, headSize, sequences = 1, length, page = 32, dtype = "f32" } = options;
  if (options.sinks !== 0) refuseAlone(options, "sinks", "window", "{ window: 1024, sinks: 4 }");
  const seen = { window: options.window ?? length, sinks: options.sinks ?? 0 };
  needCounts(what, { layers, heads, headSize, sequences, length, page, ...seen, sinks: seen.sinks + 1 });
  const { window, sinks } = seen.window + seen.sinks < length ? seen : { window: length, sinks: 0 };
  // A row may be written while another of its step looks back over a whole window, wherever in a page that begins.
  const pagesKept = Math.ceil(sinks / page);
  const pagesInWindow = Math.ceil((window + rows - 2) / page) + 1;
  const pagesEach = Math.min(Math.ceil(length / page), pagesKept + pagesInWindow);
  const { pages = sequences * pagesEach } = options;
  needCounts(what, { pages });
  if (dtype !== "f32" && dtype !== "f16" && dtype !== "i8")
    throw new Fault("serving/sizes", `keys and values are kept as f32, f16 or i8, not ${sayGiven(dtype)}`, {
      hint: 'dtype: "f16"',
    });
  const given = { layers, heads, headSize, sequences, length, page, pages, dtype };
  const numbers = 2 * pages * heads * page * headSize;
  if (numbers > mostNumbers) throw tooLarge(given, numbers);
  return { ...given, window, sinks, pagesEach, pagesKept };
}

/** Kernels count the numbers of a layer in i32. */
const mostNumbers = 2 ** 31 - 1;

function tooLarge(
  { sequences, length }: Pick<MemoryOptions, "sequences" | "length">,
  numbers: number,
): Fault {
  const message = `for ${sequences} texts of length ${length} each layer would keep ${numbers} numbers, and may have ${mostNumbers}`;
  return new Fault("serving/sizes", message, {
    hint: "give a smaller length, fewer sequences or pages, or a window",
  });
}

function needCounts(what: string, counts: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(counts))
    if (!Number.isSafeInteger(value) || value < 1)
      throw new Fault("serving/sizes", `${name} is a whole number from 1 on, not ${sayGiven(value)}`, {
        hint: `${what === "draft" ? "draft: { model" : `${what}({ model`}, layers: 2, heads: 4, headSize: 32, length: 128, ...`,
      });
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
