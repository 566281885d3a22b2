import { faultData } from "@tilebook/base";
import { renameUse } from "@tilebook/lang";
import type { CellState, Notebook } from "@tilebook/notebook";
import { app } from "../state/app.ts";
import { cellOf, cellTitle } from "../state/selectors.ts";
import { nameCell } from "./cell-actions.ts";

/** The text of a cell before and after a rename. */
interface Rewrite {
  readonly cell: string;
  readonly before: string;
  readonly after: string;
}

/** A WGSL cell goes on under another name, also in the cells that call its kernels. What was done can be taken back. */
export function renameKernel(from: string, to: string): void {
  const { notebook, say } = app.getState();
  const { rewrites, refused } = rewritesOf(notebook, from, to);
  const [first] = refused;
  if (first !== undefined) return say(`${from} keeps its name: ${first}`, { tone: "bad" });
  nameCell(from, to);
  if (cellOf(app.getState().notebook, to) === undefined) return;
  for (const { cell, after } of rewrites) edit(cell, after);
  const count = rewrites.length;
  const where =
    count === 0 ? "" : ` in ${count === 1 ? "the cell that calls" : `the ${count} cells that call`} it`;
  say(`Renamed ${from} to ${to}${where}`, {
    action: { label: "Undo", run: () => takeBack(from, to, rewrites) },
  });
}

/** What would be written, and in words why a cell cannot be: then nothing is, since it would be left without its kernel. */
export function rewritesOf(
  { cells, ...notebook }: Notebook,
  from: string,
  to: string,
): { readonly rewrites: readonly Rewrite[]; readonly refused: readonly string[] } {
  const rewrites: Rewrite[] = [];
  const refused: string[] = [];
  for (const cell of cells) {
    if (!mayUse(cell, from)) continue;
    try {
      const after = renameUse({ id: cell.id, text: cell.text }, from, to);
      if (after !== cell.text) rewrites.push({ cell: cell.id, before: cell.text, after });
    } catch (error) {
      refused.push(`in ${cellTitle({ ...notebook, cells }, cell.id)}, ${faultData(error).message}`);
    }
  }
  return { rewrites, refused };
}

/** Through a syntax error nobody knows what a cell uses: then the spelling decides. */
function mayUse({ kind, text, analysis }: CellState, name: string): boolean {
  if (kind !== "ts") return false;
  const broken = analysis?.code === "" && analysis.faults.length > 0;
  return broken ? text.includes(name) : (analysis?.uses.some((use) => use.name === name) ?? false);
}

/** Texts that were edited since stay as they are. */
function takeBack(from: string, to: string, rewrites: readonly Rewrite[]): void {
  nameCell(to, from);
  const { notebook } = app.getState();
  for (const { cell, before, after } of rewrites)
    if (cellOf(notebook, cell)?.text === after) edit(cell, before);
}

function edit(cell: string, text: string): void {
  app.getState().send({ type: "edit", cell, text });
}
