import { Fault } from "@tilebook/base";
import type { TileKernel } from "@tilebook/ir";
import type { Captured, KernelText } from "@tilebook/tensor";

/** Tile IR of a kernel with its captured names bound to values. */
export function lower(kernel: KernelText, _captured: Captured): TileKernel {
  throw new Fault("kernel/lower", `the language cannot lower ${kernel.kernel} yet`);
}
