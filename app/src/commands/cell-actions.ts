import type { CellKind, CellState } from "@tilebook/notebook";
import { app } from "../state/app.ts";
import { freeKernelName } from "../state/kernel-names.ts";
import { cellOf, cellTitle, indexOf } from "../state/selectors.ts";

/** What a person does to the cells of the notebook. Each takes the cell's id; one that is gone is ignored. */

interface Deleted {
  readonly cell: CellState;
  readonly at: number;
}

/** Cells that were deleted, the latest last: the way back for `z` and for the toast. */
const bin: Deleted[] = [];
let clipboard: CellState | undefined;

export function insertAt(at: number, kind: CellKind, text = ""): void {
  insert(at, kind, text);
  const added = app.getState().notebook.cells[at];
  if (added !== undefined) app.getState().select(added.id, "edit");
}

/** A WGSL cell has a name from the first: it is what other cells launch it by. */
function insert(at: number, kind: CellKind, text: string): void {
  const { notebook, send } = app.getState();
  const named = kind === "wgsl" ? { id: freeKernelName(notebook.cells) } : {};
  send({ type: "insert", at, kind, text, ...named });
}

export function insertCell(id: string, side: "above" | "below"): void {
  const at = indexOf(app.getState().notebook, id);
  if (at >= 0) insertAt(side === "above" ? at : at + 1, "ts");
}

/** Deletes the cell and offers it back. The next cell is selected, or the last one. */
export function deleteCell(id: string): void {
  const { notebook, send, select, say } = app.getState();
  const at = indexOf(notebook, id);
  const cell = notebook.cells[at];
  if (cell === undefined) return;
  const title = cellTitle(notebook, id);
  const deleted = { cell, at };
  bin.push(deleted);
  send({ type: "delete", cell: id });
  const { cells } = app.getState().notebook;
  select(cells[Math.min(at, cells.length - 1)]?.id);
  say(`Deleted ${title}`, { action: { label: "Undo", run: () => restore(deleted) } });
}

/** Brings back the cell that was deleted last. */
export function undoDelete(): void {
  const last = bin.at(-1);
  if (last !== undefined) restore(last);
}

function restore(deleted: Deleted): void {
  const place = bin.indexOf(deleted);
  if (place < 0) return;
  bin.splice(place, 1);
  const { send, select } = app.getState();
  send({ type: "restore", at: deleted.at, state: deleted.cell });
  select(deleted.cell.id);
}

export function moveCell(id: string, by: -1 | 1): void {
  const { notebook, send, select } = app.getState();
  const to = indexOf(notebook, id) + by;
  if (to < 0 || to >= notebook.cells.length) return;
  send({ type: "move", cell: id, to });
  select(id);
}

export function convertCell(id: string, kind: CellKind): void {
  const { notebook, send } = app.getState();
  const cell = cellOf(notebook, id);
  if (cell === undefined || cell.kind === kind) return;
  send({ type: "convert", cell: id, kind });
  if (kind === "wgsl" && !cell.named) nameCell(id, freeKernelName(notebook.cells));
}

/** The cell goes on under another id, which is written into the file. It stays selected. */
export function nameCell(id: string, name: string): void {
  const { send, selected, mode, select } = app.getState();
  send({ type: "name", cell: id, id: name });
  if (selected === id && cellOf(app.getState().notebook, name) !== undefined) select(name, mode);
}

export function toggleHidden(id: string): void {
  const cell = cellOf(app.getState().notebook, id);
  if (cell === undefined || cell.kind === "prose") return;
  const attributes = { ...cell.attributes, hidden: !cell.attributes.hidden };
  app.getState().send({ type: "attributes", cell: id, attributes });
}

/** "auto" and "lazy" as in the file; undefined leaves it to the cell's measured cost. */
export function setRunLevel(id: string, level: "auto" | "lazy" | undefined): void {
  const cell = cellOf(app.getState().notebook, id);
  if (cell === undefined) return;
  const { run: _, ...rest } = cell.attributes;
  app.getState().send({
    type: "attributes",
    cell: id,
    attributes: level === undefined ? rest : { ...rest, run: level },
  });
}

/** Selects the neighbour and says whether there was one. */
export function selectNext(by: -1 | 1): boolean {
  const { notebook, selected, select } = app.getState();
  const at = indexOf(notebook, selected);
  const next = at < 0 ? notebook.cells.at(by > 0 ? 0 : -1) : notebook.cells[at + by];
  if (next === undefined) return false;
  select(next.id);
  return true;
}

export function copyCell(id: string): void {
  clipboard = cellOf(app.getState().notebook, id);
}

export function cutCell(id: string): void {
  copyCell(id);
  deleteCell(id);
}

export function pasteBelow(id: string): void {
  const at = indexOf(app.getState().notebook, id);
  if (clipboard === undefined || at < 0) return;
  const { send, select } = app.getState();
  insert(at + 1, clipboard.kind, clipboard.text);
  const added = app.getState().notebook.cells[at + 1];
  if (added === undefined) return;
  send({ type: "attributes", cell: added.id, attributes: clipboard.attributes });
  select(added.id);
}
