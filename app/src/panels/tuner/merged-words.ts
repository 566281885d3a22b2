import type { TablesMerged } from "@tilebook/runtime";
import { plural } from "../../shared/format.ts";

/** What came of a file with results, for the person who picked it. */
export function mergedWords(name: string, { adapter, measured, kernels, learned }: TablesMerged): string {
  const holds = `${name} has results of ${plural(kernels, "kernel")}`;
  if (measured === "here") {
    const known = kernels - learned;
    const more = known === 0 ? "" : ` ${plural(known, "kernel")} had nothing new.`;
    return `${holds}, measured on such a device: ${learned} taken, used from the next run on.${more}`;
  }
  const where =
    measured === "compiler"
      ? "measured by another version of Tilebook's compiler"
      : `measured on another device (${adapter === "" ? "not named" : adapter})`;
  return `${holds}, ${where}. They choose nothing here: what was the fastest there is tried first.`;
}
