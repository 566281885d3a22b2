import type { CellStatus, Notebook } from "@tilebook/notebook";
import { cellTitle } from "../state/selectors.ts";

export interface ContentsEntry {
  readonly key: string;
  readonly cell: string;
  readonly text: string;
  /** 1 for the largest heading; a cell stands one below its heading. */
  readonly depth: number;
  /** Of a code cell. */
  readonly status?: CellStatus;
}

/** Headings in order, and under each the code cells that define names or stand out by failing. */
export function contentsOf(notebook: Notebook): ContentsEntry[] {
  let depth = 0;
  return notebook.cells.flatMap((cell): ContentsEntry[] => {
    if (cell.kind === "prose") {
      return headings(cell.text).map(({ level, text }, index) => {
        depth = level;
        return { key: `${cell.id} ${index}`, cell: cell.id, text, depth: level };
      });
    }
    return [
      {
        key: cell.id,
        cell: cell.id,
        text: cellTitle(notebook, cell.id),
        depth: depth + 1,
        status: cell.status,
      },
    ];
  });
}

function headings(text: string): { readonly level: number; readonly text: string }[] {
  const found: { level: number; text: string }[] = [];
  let fenced = false;
  for (const line of text.split("\n")) {
    if (/^(?:```|~~~)/.test(line)) fenced = !fenced;
    const heading = fenced ? null : /^(#{1,6})\s+(.+?)\s*#*$/.exec(line);
    if (heading !== null) found.push({ level: heading[1]?.length ?? 1, text: heading[2] ?? "" });
  }
  return found;
}
