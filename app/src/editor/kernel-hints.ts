import { kernelTypes, knownConstants, type TypeHint } from "@tilebook/lang";
import { app } from "../state/app.ts";
import { modelPath } from "./models.ts";
import type { Monaco } from "./monaco.ts";
import { tellsMore } from "./tells-more.ts";

/** Shows, behind the names that a kernel declares, what tiles they are: `const row: i32[64, 1]`. */
export function showKernelHints(monaco: Monaco): void {
  monaco.languages.registerInlayHintsProvider("typescript", {
    provideInlayHints: (model, range) => {
      const hints = hintsFor(model.uri.toString()).flatMap(({ span, type }) => {
        const position = model.getPositionAt(span.end);
        if (!range.containsPosition(position)) return [];
        return [{ label: `: ${type}`, position, kind: monaco.languages.InlayHintKind.Type }];
      });
      return { hints, dispose: () => undefined };
    },
  });
}

function hintsFor(path: string): TypeHint[] {
  const { cells } = app.getState().notebook;
  const cell = cells.find(({ id }) => modelPath(id) === path);
  if (cell?.analysis === undefined || cell.analysis.kernels.length === 0) return [];
  const constants = knownConstants(cells.filter(({ kind }) => kind === "ts"));
  const { id: source, text, analysis } = cell;
  return kernelTypes({ source, text, analysis, constants }).filter((hint) => tellsMore(hint, text));
}
