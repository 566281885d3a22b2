import type { FaultData, Span } from "@tilebook/base";
import type { CellState, Notebook } from "@tilebook/notebook";
import { isWaiting } from "../state/selectors.ts";
import { diagnosticsOf } from "./kernel-checks.ts";
import { modelOf } from "./models.ts";
import type { Monaco } from "./monaco.ts";

export type Marker = Parameters<Monaco["editor"]["setModelMarkers"]>[2][number];
export type Model = NonNullable<ReturnType<typeof modelOf>>;

/** Marks faults of the analysis and of the last runs. Cells whose faults are those of last time are left alone. */
export class FaultMarkers {
  readonly #monaco: Monaco;
  readonly #marked = new Map<string, readonly FaultData[]>();

  constructor(monaco: Monaco) {
    this.#monaco = monaco;
  }

  mark({ cells }: Notebook): void {
    const ran = Map.groupBy(
      cells.flatMap(({ fault }) => (fault === undefined ? [] : chain(fault))),
      ({ span }) => span?.source,
    );
    for (const cell of cells) {
      const model = cell.kind === "prose" ? null : modelOf(this.#monaco, cell.id);
      if (model === null) continue;
      const faults = faultsIn(cell, ran.get(cell.id) ?? []);
      const before = this.#marked.get(cell.id) ?? [];
      if (before.length === faults.length && before.every((fault, at) => fault === faults[at])) continue;
      this.#marked.set(cell.id, faults);
      const marks = faults.flatMap((fault) => markerOf(this.#monaco, model, cell.id, fault));
      const markers = marks.filter((marker) => !isSaidBy(this.#monaco, "kernels", model, marker));
      this.#monaco.editor.setModelMarkers(model, "tilebook", markers);
    }
  }
}

/** Marks what the checker of the tile language finds, cell by cell. */
export function markKernels(monaco: Monaco, { cells }: Notebook): void {
  const { Warning, Info } = monaco.MarkerSeverity;
  for (const cell of cells) {
    const model = cell.kind === "ts" ? modelOf(monaco, cell.id) : null;
    if (model === null || cell.analysis === undefined) continue;
    const markers = diagnosticsOf(cell).flatMap(({ fault, severity }) =>
      markerOf(monaco, model, cell.id, fault).map((marker) => ({
        ...marker,
        severity: { error: marker.severity, warning: Warning, note: Info }[severity],
      })),
    );
    monaco.editor.setModelMarkers(model, "kernels", markers);
  }
}

/** Whether a mark with the same words stands at the same place already. */
function isSaidBy(monaco: Monaco, owner: string, model: Model, marker: Marker): boolean {
  return monaco.editor
    .getModelMarkers({ resource: model.uri, owner })
    .some(
      ({ startLineNumber, startColumn, message }) =>
        startLineNumber === marker.startLineNumber &&
        startColumn === marker.startColumn &&
        message === marker.message,
    );
}

/** The cell's own faults, and those of runs (also of other cells) whose place is here. */
function faultsIn(cell: CellState, ran: readonly FaultData[]): readonly FaultData[] {
  const own = cell.analysis?.faults ?? [];
  const known = new Set(own.map(({ message }) => message));
  return [...own, ...ran.filter(({ message }) => !known.has(message) && known.add(message).size > 0)];
}

export function chain(fault: FaultData): FaultData[] {
  return fault.cause === undefined ? [fault] : [fault, ...chain(fault.cause)];
}

function markerOf(monaco: Monaco, model: Model, cell: string, fault: FaultData): Marker[] {
  if (fault.span === undefined || fault.span.source !== cell) return [];
  const hint = fault.hint === undefined ? "" : `\n${fault.hint}`;
  return [
    {
      ...rangeOf(model, fault.span),
      severity: isWaiting(fault) ? monaco.MarkerSeverity.Hint : monaco.MarkerSeverity.Error,
      message: `${fault.message}${hint}`,
      source: fault.code,
    },
  ];
}

export function rangeOf(
  model: Model,
  { start, end }: Pick<Span, "start" | "end">,
): Pick<Marker, "startLineNumber" | "startColumn" | "endLineNumber" | "endColumn"> {
  const from = model.getPositionAt(start);
  const to = model.getPositionAt(Math.max(end, start + 1));
  return {
    startLineNumber: from.lineNumber,
    startColumn: from.column,
    endLineNumber: to.lineNumber,
    endColumn: to.column,
  };
}
