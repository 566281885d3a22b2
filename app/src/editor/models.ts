import type { CellState, Notebook } from "@tilebook/notebook";
import { app } from "../state/app.ts";
import { cellOf } from "../state/selectors.ts";
import type { Monaco } from "./monaco.ts";

type Model = ReturnType<Monaco["editor"]["createModel"]>;

/** The address of a cell's text for the TypeScript service. */
export function modelPath(cell: string): string {
  return `file:///cell-${cell.replace(/[^\w-]/g, (letter) => `$${letter.codePointAt(0)?.toString(16)}`)}.ts`;
}

/**
 * Keeps one Monaco model a code cell, for as long as the page lives: types cross cells, so also cells that no editor
 * shows need a model. A cell that changes its language gets a new one, since the TypeScript service goes on with the old. What is typed goes to the store; what the store changes (undo, another tab) comes back.
 */
export function keepModels(monaco: Monaco): void {
  const models = new Map<string, Model>();
  const sync = (notebook: Notebook) => {
    const cells = notebook.cells.filter((cell) => cell.kind !== "prose");
    const wanted = new Map(cells.map((cell) => [cell.id, languageOf(cell)]));
    for (const [id, model] of models) {
      if (wanted.get(id) === model.getLanguageId()) continue;
      // What is marked belongs to the address, and outlives the model.
      for (const owner of ["typescript", "kernels"]) monaco.editor.setModelMarkers(model, owner, []);
      model.dispose();
      models.delete(id);
    }
    for (const cell of cells) {
      const model = models.get(cell.id);
      if (model === undefined) models.set(cell.id, createModel(monaco, cell));
      else update(model, cell);
    }
  };
  sync(app.getState().notebook);
  app.subscribe((state, before) => {
    if (state.notebook.cells !== before.notebook.cells && textsChanged(state.notebook, before.notebook)) {
      sync(state.notebook);
    }
  });
}

/** Runs change cells all the time; their texts seldom. */
export function textsChanged({ cells }: Notebook, before: Notebook): boolean {
  return (
    cells.length !== before.cells.length ||
    cells.some(({ id, kind, text }, at) => {
      const old = before.cells[at];
      return old?.id !== id || old.kind !== kind || old.text !== text;
    })
  );
}

export function modelOf(monaco: Monaco, cell: string): Model | null {
  return monaco.editor.getModel(monaco.Uri.parse(modelPath(cell)));
}

function createModel(monaco: Monaco, cell: CellState): Model {
  const uri = monaco.Uri.parse(modelPath(cell.id));
  const model = monaco.editor.createModel(cell.text, languageOf(cell), uri);
  model.setEOL(monaco.editor.EndOfLineSequence.LF);
  model.updateOptions({
    tabSize: 2,
    insertSpaces: true,
    bracketColorizationOptions: { enabled: false, independentColorPoolPerBracketType: false },
  });
  model.onDidChangeContent(() => {
    const text = model.getValue();
    const { notebook, send } = app.getState();
    const now = cellOf(notebook, cell.id)?.text;
    if (now !== undefined && plain(now) !== text) send({ type: "edit", cell: cell.id, text });
  });
  return model;
}

function update(model: Model, cell: CellState): void {
  const text = plain(cell.text);
  if (model.getValue() === text) return;
  model.pushEditOperations([], [{ range: model.getFullModelRange(), text }], () => null);
}

function languageOf(cell: CellState): string {
  return cell.kind === "wgsl" ? "wgsl" : "typescript";
}

function plain(text: string): string {
  return text.replaceAll("\r\n", "\n");
}
