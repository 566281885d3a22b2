import { checkKernels, type Diagnostic, type KernelCheck, knownConstants } from "@tilebook/lang";
import type { CellState } from "@tilebook/notebook";
import { app } from "../state/app.ts";
import { modelPath } from "./models.ts";

/** What the checker of the tile language needs to look at a cell; undefined when the cell has no kernel. */
export function kernelCheckOf({ id, text, analysis }: CellState): KernelCheck | undefined {
  if (analysis === undefined || analysis.kernels.length === 0) return undefined;
  const { cells } = app.getState().notebook;
  const scripts = cells.filter(({ kind }) => kind === "ts");
  const defined = new Set(cells.flatMap((cell) => (cell.analysis?.defines ?? []).map(({ name }) => name)));
  return { source: id, text, analysis, constants: knownConstants(scripts), defined };
}

/** The same for the cell whose text a model shows. */
export function kernelCheckAt(path: string): KernelCheck | undefined {
  const cell = app.getState().notebook.cells.find(({ id }) => modelPath(id) === path);
  return cell === undefined || cell.kind !== "ts" ? undefined : kernelCheckOf(cell);
}

/** What the checker finds in a cell. */
export function diagnosticsOf(cell: CellState): readonly Diagnostic[] {
  const check = kernelCheckOf(cell);
  return check === undefined ? [] : checkKernels(check);
}
