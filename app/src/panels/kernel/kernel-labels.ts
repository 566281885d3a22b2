import type { KernelReport } from "@tilebook/notebook";
import { gridText } from "./grid-text.ts";

/** A name for each kernel. Where several have the same, as one kernel with other constants, their first grids tell them apart. */
export function kernelLabels(kernels: readonly KernelReport[]): readonly string[] {
  return kernels.map(({ name, launches }) => {
    const [first] = launches;
    const alone = kernels.filter((other) => other.name === name).length === 1;
    return alone || first === undefined ? name : `${name} ${gridText(first.grid)}`;
  });
}
