import type { Notebook } from "@tilebook/notebook";
import { wgslTypes } from "@tilebook/sandbox";
import { app } from "../state/app.ts";

/** Keeps what the WGSL cells give to others known to TypeScript, so that cells which call them are checked like any other. */
export function keepRawKernels(declare: (text: string) => void): void {
  let last: string | undefined;
  const tell = (notebook: Notebook) => {
    const text = textOf(notebook);
    if (text !== last) declare(text);
    last = text;
  };
  tell(app.getState().notebook);
  app.subscribe(({ notebook }, before) => {
    if (notebook.cells !== before.notebook.cells) tell(notebook);
  });
}

/** What a cell gave with its last text that could be admitted: half a word must not take the types from its callers. */
const lastGood = new Map<string, string>();

/** Runs change cells all the time, their texts seldom: a text is read once. */
const known = new WeakMap<object, string>();

function textOf({ cells }: Notebook): string {
  return cells
    .map(({ kind, id, text, analysis }) => {
      if (kind !== "wgsl" || analysis === undefined || analysis.defines.length === 0) return "";
      const said = known.get(analysis) ?? wgslTypes([{ id, text }]);
      known.set(analysis, said);
      if (analysis.faults.length > 0) return lastGood.get(id) ?? said;
      lastGood.set(id, said);
      return said;
    })
    .join("");
}
