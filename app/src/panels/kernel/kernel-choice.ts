import type { CellState, KernelReport } from "@tilebook/notebook";

/** The kernel that took the most GPU time; where no time is known, the one with the most programs. */
export function dearest(kernels: readonly KernelReport[]): KernelReport | undefined {
  return kernels.toSorted((a, b) => cost(b) - cost(a) || b.programs - a.programs)[0];
}

/** What the panel is about: a cell, and the reports of the kernels it ran or defines. */
export interface ShownKernels {
  readonly cell: CellState;
  readonly kernels: readonly KernelReport[];
}

/**
 * The kernels of the cell looked at: those it ran; when it ran none, those made from its text, wherever they were
 * launched. When there are none either, those of the cell with the dearest kernel.
 */
export function kernelsToShow(
  cells: readonly CellState[],
  own: CellState | undefined,
): ShownKernels | undefined {
  if (own !== undefined) {
    const kernels = own.kernels.length > 0 ? own.kernels : madeFrom(own.id, cells);
    if (kernels.length > 0) return { cell: own, kernels };
  }
  const top = dearest(cells.flatMap(({ kernels }) => kernels));
  const cell = cells.find(({ kernels }) => kernels.some((report) => report === top));
  return cell === undefined ? undefined : { cell, kernels: cell.kernels };
}

/** A kernel, among those it was chosen from, and the cell that was selected then. */
export interface LookedAt {
  readonly shown: ShownKernels;
  readonly report: KernelReport;
  readonly selected: string | undefined;
}

/**
 * The kernel to look at next. Who looks at one goes on doing so when it runs again, also when its text has changed; as long
 * as a run is under way and has not reported all its kernels, everything stays as it was.
 */
export function lookAt(
  cells: readonly CellState[],
  selected: string | undefined,
  last: LookedAt | undefined,
): LookedAt | undefined {
  if (last !== undefined && last.selected === selected && isBusy(cells, last.report.cell)) return last;
  const shown = kernelsToShow(
    cells,
    cells.find(({ id }) => id === selected),
  );
  const report =
    shown?.kernels.find(({ key }) => key === last?.report.key) ??
    shown?.kernels.find(({ name }) => name === last?.report.name) ??
    dearest(shown?.kernels ?? []);
  if (shown === undefined || report === undefined) return undefined;
  return last?.report === report && last.shown.kernels === shown.kernels && last.selected === selected
    ? last
    : { shown, report, selected };
}

export function isBusy(cells: readonly CellState[], cell: string): boolean {
  const status = cells.find(({ id }) => id === cell)?.status;
  return status === "running" || status === "queued";
}

/** Each kernel once, although several cells launched it. */
function madeFrom(source: string, cells: readonly CellState[]): readonly KernelReport[] {
  const made = cells.flatMap(({ kernels }) => kernels).filter(({ sources }) => sources.includes(source));
  return [...new Map(made.map((report) => [report.key, report])).values()];
}

function cost(report: KernelReport): number {
  return report.milliseconds ?? 0;
}
