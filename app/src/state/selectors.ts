import type { FaultData } from "@tilebook/base";
import type { CellState, Notebook } from "@tilebook/notebook";
import type { AppState } from "./app.ts";

interface Placed {
  readonly cell: CellState;
  readonly at: number;
}

/** Where each cell is, made once for each list of cells: every component asks for its cell after every change. */
const places = new WeakMap<readonly CellState[], ReadonlyMap<string, Placed>>();

function placeOf({ cells }: Notebook, id: string | undefined): Placed | undefined {
  if (id === undefined) return undefined;
  const known = places.get(cells) ?? new Map(cells.map((cell, at) => [cell.id, { cell, at }]));
  places.set(cells, known);
  return known.get(id);
}

export function cellOf(notebook: Notebook, id: string | undefined): CellState | undefined {
  return placeOf(notebook, id)?.cell;
}

/** Its place from the top, or -1. */
export function indexOf(notebook: Notebook, id: string | undefined): number {
  return placeOf(notebook, id)?.at ?? -1;
}

/** How many cells "Run stale" would run: those whose outputs are old or were never made. */
export function countStale({ notebook }: AppState): number {
  return notebook.cells.filter(
    (cell) => cell.kind !== "prose" && (cell.status === "stale" || cell.status === "never"),
  ).length;
}

/** Of the cells that "Run stale" would run, none has run before. */
export function isAllNew({ notebook }: AppState): boolean {
  return notebook.cells.every((cell) => cell.kind === "prose" || cell.status !== "stale");
}

/** Nothing in it has run since it was opened. */
export function isUntouched({ notebook }: AppState): boolean {
  return notebook.cells.every((cell) => cell.status === "never" || cell.status === "blocked");
}

export function isBusy({ notebook }: AppState): boolean {
  return notebook.cells.some((cell) => cell.status === "running" || cell.status === "queued");
}

/** What to call a cell: its id when the file gives one, else the first names it defines, else its place. */
export function cellTitle(notebook: Notebook, id: string): string {
  const at = indexOf(notebook, id);
  const cell = notebook.cells[at];
  if (cell === undefined) return "a deleted cell";
  if (cell.kind === "prose") return headingOf(cell.text) ?? `text ${at + 1}`;
  if (cell.named) return cell.id;
  const names = namesOf(cell);
  return names.length > 0 ? names.slice(0, 3).join(", ") : `cell ${at + 1}`;
}

/** All names it defines, in order. */
export function namesOf(cell: CellState): readonly string[] {
  return cell.analysis?.defines.map(({ name }) => name) ?? [];
}

/** The cell itself is fine: it waits for another one that is not. */
export function isWaiting(fault: FaultData | undefined): boolean {
  return fault?.code === "name/upstream";
}

/** The first heading of some Markdown, without its marks. */
export function headingOf(text: string): string | undefined {
  return /^#{1,6}\s+(.+)$/m.exec(text)?.[1]?.trim();
}
