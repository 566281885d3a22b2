import type { FaultData, Span } from "@tilebook/base";
import { checkKernels, type Diagnostic, type Fix, type KernelCheck, kernelFixes } from "@tilebook/lang";
import { app } from "../state/app.ts";
import { chain, rangeOf } from "./fault-markers.ts";
import { kernelCheckAt } from "./kernel-checks.ts";
import type { Monaco } from "./monaco.ts";

type Model = Parameters<typeof rangeOf>[0];

/** Offers fixes on the lightbulb and Ctrl+. wherever a mark of the checker or of a run is touched. */
export function offerKernelFixes(monaco: Monaco): void {
  monaco.languages.registerCodeActionProvider("typescript", {
    provideCodeActions: (model, range, { markers }) => {
      const check = kernelCheckAt(model.uri.toString());
      if (check === undefined || check.text !== model.getValue()) return { actions: [], dispose };
      const actions = mendable(check).flatMap(({ fault, fixes }) => {
        if (fault.span === undefined) return [];
        const place = rangeOf(model, fault.span);
        if (!monaco.Range.areIntersectingOrTouching(place, range)) return [];
        return fixes.map(({ title, edits }, rank) => ({
          title,
          kind: "quickfix",
          isPreferred: rank === 0,
          diagnostics: markers.filter(({ source }) => source === fault.code),
          edit: { edits: edits.map((edit) => editOf(model, edit)) },
        }));
      });
      return { actions, dispose };
    },
  });
}

/** What the checker found, and what only a run found. */
function mendable(check: KernelCheck): readonly Pick<Diagnostic, "fault" | "fixes">[] {
  const found = checkKernels(check);
  const known = new Set(found.map(({ fault }) => keyOf(fault)));
  const ran = app
    .getState()
    .notebook.cells.flatMap(({ fault }) => (fault === undefined ? [] : chain(fault)))
    .filter((fault) => fault.span?.source === check.source && !known.has(keyOf(fault)));
  return [...found, ...ran.map((fault) => ({ fault, fixes: kernelFixes(check, fault) }))];
}

function keyOf({ code, span }: FaultData): string {
  return `${code} ${span?.start} ${span?.end}`;
}

function editOf(model: Model, { span, text }: Fix["edits"][number]): TextEdit {
  return {
    resource: model.uri,
    versionId: model.getVersionId(),
    textEdit: { range: editRange(model, span), text },
  };
}

interface TextEdit {
  readonly resource: Model["uri"];
  readonly versionId: number;
  readonly textEdit: { readonly range: ReturnType<typeof rangeOf>; readonly text: string };
}

function dispose(): void {}

/** An edit may insert, so its range may be empty. */
function editRange(model: Model, { start, end }: Span): ReturnType<typeof rangeOf> {
  const [from, to] = [model.getPositionAt(start), model.getPositionAt(end)];
  return {
    startLineNumber: from.lineNumber,
    startColumn: from.column,
    endLineNumber: to.lineNumber,
    endColumn: to.column,
  };
}
