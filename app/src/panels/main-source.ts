import type { KernelReport } from "@tilebook/notebook";

/** The text that most of the kernel's lines come from: a cell's id, or the name of a kernel that ships with Tilebook. */
export function mainSource({ cell, stages }: Pick<KernelReport, "cell" | "stages">): string {
  const counts = new Map<string, number>();
  for (const span of stages.flatMap((stage) => stage.spans)) {
    if (span !== undefined) counts.set(span.source, (counts.get(span.source) ?? 0) + 1);
  }
  return [...counts].toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? cell;
}
