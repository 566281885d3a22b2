import { app } from "../state/app.ts";
import { type Marker, type Model, rangeOf } from "./fault-markers.ts";
import { modelOf, modelPath } from "./models.ts";
import type { Monaco } from "./monaco.ts";

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

/** Marks what TypeScript finds wrong, cell by cell from the top; stops when the texts have changed meanwhile. */
export async function markTypes(
  monaco: Monaco,
  openChecker: OpenChecker,
  current: () => boolean,
): Promise<void> {
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

/** "Cannot find name" is our own message too, where the notebook or the checker of kernels knows that no cell defines it. */
function isSaid(monaco: Monaco, model: Model, marker: Marker): boolean {
  const own = ["tilebook", "kernels"].flatMap((owner) =>
    monaco.editor.getModelMarkers({ resource: model.uri, owner }),
  );
  return (
    (marker.code === "2304" || marker.code === "2552") &&
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
