import { hashText } from "@tilebook/base";
import type { TileKernel } from "@tilebook/ir";

/** What says where a kernel was written and how its values are called, and nothing of what it computes. */
const words = new Set(["span", "label", "indexLabel"]);

/** The same for kernels that compute the same in the same order, wherever they stand in a text. */
export function kernelHash({ params, body }: TileKernel): string {
  return hashText(
    JSON.stringify([params, body], (key, value: unknown) => (words.has(key) ? undefined : value)),
  );
}
