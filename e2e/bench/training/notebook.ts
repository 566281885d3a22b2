import type { Tensor } from "@tilebook/tensor";
import type { Sizes } from "./setting.ts";

type Weights = Record<string, Tensor>;

/** What the cell `net` of the notebook defines. */
export interface Net {
  readonly initialWeights: (sizes: Sizes, seed: number) => Weights;
  readonly pieces: (from: Uint8Array, sizes: Sizes, step: number) => Tensor;
  readonly surprise: (weights: Weights, piece: Tensor, sizes: Sizes) => Tensor;
}

/** The notebook's two sizes (its cell `size`). */
export const allSizes: Readonly<Record<string, Sizes>> = {
  sketch: { width: 32, layers: 2, heads: 2, length: 32, batch: 8 },
  tinyLM: { width: 128, layers: 2, heads: 4, length: 128, batch: 16 },
};

/** The text of this cell in the notebook's file. */
export function cellOf(notebook: string, id: string): string {
  const [, after] = notebook.split(new RegExp(`^\`\`\`ts \\{#${id}[ }][^\\n]*\\n`, "m"));
  const end = after?.indexOf("\n```") ?? -1;
  if (end < 0) throw new Error(`the notebook of the language model has no cell ${id} any more`);
  return after?.slice(0, end + 1) ?? "";
}

/** As the notebook's cell `model` has them. */
export const adam = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, decay: 0.05, clip: 1 };
export const rates = { rate: 0.004, steps: 4000, warmup: 10, least: 0.0004 };
