import type { FaultData, Span } from "@tilebook/base";
import { checkKernels, knownConstants } from "@tilebook/lang";
import type { CellState, Notebook } from "@tilebook/notebook";
import { app } from "../state/app.ts";
import { isWaiting } from "../state/selectors.ts";
import { modelOf, modelPath } from "./models.ts";
import type { Monaco } from "./monaco.ts";

type Marker = Parameters<Monaco["editor"]["setModelMarkers"]>[2][number];
type Model = NonNullable<ReturnType<typeof modelOf>>;

/** What the type worker says about a place; `messageText` is a chain when one message explains another. */
interface Diagnostic {
  readonly start?: number;
  readonly length?: number;
  readonly code: number;
  readonly category: number;
  readonly messageText: MessageChain;
}
type MessageChain = string | { readonly messageText: string; readonly next?: readonly MessageChain[] };

interface Checker {
  getSyntacticDiagnostics(file: string): Promise<readonly Diagnostic[]>;
  getSemanticDiagnostics(file: string): Promise<readonly Diagnostic[]>;
}
export type OpenChecker = () => Promise<(file: ReturnType<Monaco["Uri"]["parse"]>) => Promise<unknown>>;

/** After so many milliseconds without a keystroke the types are asked. */
const quiet = 400;

/** Marks in the text what the analysis, the last run, and TypeScript find wrong. */
export function keepMarkers(monaco: Monaco, openChecker: OpenChecker): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let round = 0;
  const later = () => {
    clearTimeout(timer);
    round += 1;
    const mine = round;
    timer = setTimeout(() => {
      markKernels(monaco, app.getState().notebook);
      // Types are a help: without them, and without a word about it, the notebook still runs.
      markTypes(monaco, openChecker, () => mine === round).catch(() => undefined);
    }, quiet);
  };
  markFaults(monaco, app.getState().notebook);
  later();
  app.subscribe(({ notebook }, before) => {
    if (notebook.cells === before.notebook.cells) return;
    markFaults(monaco, notebook);
    if (textsOf(notebook) !== textsOf(before.notebook)) later();
  });
}

function textsOf({ cells }: Notebook): string {
  return cells.map((cell) => (cell.kind === "ts" ? `${cell.id}\n${cell.text}` : "")).join("\f");
}

function markFaults(monaco: Monaco, notebook: Notebook): void {
  for (const cell of notebook.cells) {
    const model = cell.kind === "prose" ? null : modelOf(monaco, cell.id);
    if (model === null) continue;
    const faults = faultsOf(notebook, cell);
    monaco.editor.setModelMarkers(
      model,
      "tilebook",
      faults.flatMap((fault) => markerOf(monaco, model, cell.id, fault)),
    );
  }
}

/** What the checker of the tile language finds in kernels whose captured names are known without running anything. */
function markKernels(monaco: Monaco, { cells }: Notebook): void {
  const scripts = cells.filter((cell) => cell.kind === "ts");
  const constants = knownConstants(scripts);
  for (const { id, text, analysis } of scripts) {
    const model = modelOf(monaco, id);
    if (model === null || analysis === undefined) continue;
    const faults = checkKernels({ source: id, text, analysis, constants });
    const markers = faults.flatMap((fault) => markerOf(monaco, model, id, fault));
    monaco.editor.setModelMarkers(model, "kernels", markers);
  }
}

/** The faults whose place is in this cell: its own, and those of other cells' runs (a kernel called from elsewhere). */
function faultsOf(notebook: Notebook, cell: CellState): FaultData[] {
  const own = cell.analysis?.faults ?? [];
  const run = notebook.cells.flatMap((other) => (other.fault === undefined ? [] : chain(other.fault)));
  const here = run.filter((fault) => fault.span?.source === cell.id);
  const known = new Set(own.map((fault) => fault.message));
  return [...own, ...here.filter((fault) => !known.has(fault.message) && known.add(fault.message).size > 0)];
}

function chain(fault: FaultData): FaultData[] {
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

function rangeOf(
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

async function markTypes(monaco: Monaco, openChecker: OpenChecker, current: () => boolean): Promise<void> {
  const checkerFor = await openChecker();
  for (const cell of app.getState().notebook.cells) {
    const model = cell.kind === "ts" ? modelOf(monaco, cell.id) : null;
    if (model === null) continue;
    const checker = (await checkerFor(model.uri)) as Checker;
    const file = modelPath(cell.id);
    const found = [
      ...(await checker.getSyntacticDiagnostics(file)),
      ...(await checker.getSemanticDiagnostics(file)),
    ];
    if (!current() || model.isDisposed()) return;
    const markers = found.map((diagnostic) => typeMarker(monaco, model, diagnostic));
    monaco.editor.setModelMarkers(
      model,
      "typescript",
      markers.filter((marker) => !isSaid(monaco, model, marker)),
    );
  }
}

function typeMarker(
  monaco: Monaco,
  model: Model,
  { start = 0, length = 1, code, category, messageText }: Diagnostic,
): Marker {
  const most = model.getValueLength();
  const at = Math.min(start, most);
  const severities = [monaco.MarkerSeverity.Warning, monaco.MarkerSeverity.Error];
  return {
    ...rangeOf(model, { start: at, end: Math.min(at + length, most) }),
    severity: severities[category] ?? monaco.MarkerSeverity.Hint,
    message: flat(messageText),
    code: String(code),
    source: "types",
  };
}

/** "Cannot find name" is our own message too, where the notebook knows that no cell defines it. */
function isSaid(monaco: Monaco, model: Model, marker: Marker): boolean {
  const own = monaco.editor.getModelMarkers({ resource: model.uri, owner: "tilebook" });
  return (
    marker.code === "2304" &&
    own.some(
      ({ startLineNumber, startColumn }) =>
        startLineNumber === marker.startLineNumber && startColumn === marker.startColumn,
    )
  );
}

function flat(message: MessageChain, depth = 0): string {
  if (typeof message === "string") return message;
  const inner = (message.next ?? []).map((next) => `\n${"  ".repeat(depth + 1)}${flat(next, depth + 1)}`);
  return `${message.messageText}${inner.join("")}`;
}
