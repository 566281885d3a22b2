import type { CellStatus, Notebook } from "@tilebook/notebook";
import { headingsOf } from "../prose/headings.ts";
import { cellTitle } from "../state/selectors.ts";

export interface ContentsEntry {
  readonly key: string;
  readonly cell: string;
  readonly text: string;
  /** 1 for the largest heading; a cell stands one below its heading. */
  readonly depth: number;
  /** Which heading of its cell it is. */
  readonly heading?: number;
  /** Of a code cell. */
  readonly status?: CellStatus;
}

/** Headings in order, and under each the code cells that define names or stand out by failing. */
export function contentsOf(notebook: Notebook): ContentsEntry[] {
  let depth = 0;
  return notebook.cells.flatMap((cell): ContentsEntry[] => {
    if (cell.kind === "prose") {
      return headingsOf(cell.text).map(({ level, text }, index) => {
        depth = level;
        return { key: `${cell.id} ${index}`, cell: cell.id, heading: index, text, depth: level };
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
