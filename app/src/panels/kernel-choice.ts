import type { CellState, KernelReport } from "@tilebook/notebook";

/** The kernel that took the most GPU time; where no time is known, the one with the most programs. */
export function dearest(kernels: readonly KernelReport[]): KernelReport | undefined {
  return kernels.toSorted((a, b) => cost(b) - cost(a) || b.programs - a.programs)[0];
}

/** The cell whose kernels to show: the one looked at when it ran some, else that of the dearest kernel. */
export function cellOfKernels(
  cells: readonly CellState[],
  own: CellState | undefined,
): CellState | undefined {
  if (own !== undefined && own.kernels.length > 0) return own;
  const top = dearest(cells.flatMap(({ kernels }) => kernels));
  return cells.find(({ kernels }) => kernels.some((report) => report === top));
}

function cost(report: KernelReport): number {
  return report.milliseconds ?? 0;
}
