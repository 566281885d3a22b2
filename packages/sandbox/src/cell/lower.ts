import type { TileKernel } from "@tilebook/ir";
import { lowerKernel } from "@tilebook/lang";
import type { Captured, KernelText } from "@tilebook/tensor";

/** Tile IR of a kernel with its captured names bound to values. */
export function lower(kernel: KernelText, captured: Captured, constants: Captured): TileKernel {
  return lowerKernel({ ...kernel, captured, constants });
}
