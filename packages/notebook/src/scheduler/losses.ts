import type { CellState, Notebook } from "../state.ts";
import { change } from "./cell.ts";
import type { NameGraph } from "./graph.ts";

/** Values are gone. Cells that may run by themselves will; the others are stale. */
export function lose(notebook: Notebook, ids: readonly string[]): Notebook {
  const gone = new Set(ids);
  const cells = notebook.cells.map((cell): CellState => {
    const { last } = cell.memory;
    if (!gone.has(cell.id) || last?.end !== "good") return cell;
    return { ...cell, memory: { ...cell.memory, last: { ...last, end: "lost" } } };
  });
  return { ...notebook, cells };
}

/** What these cells ask for has become something else: their next run may give other values. */
export function regroup(notebook: Notebook, ids: readonly string[]): Notebook {
  const those = new Set(ids);
  const cells = notebook.cells.map((cell): CellState => {
    if (!those.has(cell.id)) return cell;
    const version = cell.memory.version + 1;
    return { ...cell, memory: { ...cell.memory, version, meshVersion: version } };
  });
  return { ...notebook, cells };
}

/** Names without values: `loseMissed` acts when a cell reads one. */
export function loseNames(notebook: Notebook, id: string, names: readonly string[]): Notebook {
  return change(notebook, id, (cell) => {
    const { last } = cell.memory;
    if (last?.end !== "good") return cell;
    const defines = last.defines.filter((name) => !names.includes(name));
    return { ...cell, memory: { ...cell.memory, last: { ...last, defines } } };
  });
}

/** Cells that ran as they stand and have no value for a name that is read, are lost: only another run gives it. */
export function loseMissed(notebook: Notebook, { reads }: NameGraph): Notebook {
  const all = [...reads.values()].flat();
  const isMissed = ({ id, memory: { last, code } }: CellState): boolean =>
    last?.end === "good" &&
    last.code === code &&
    all.some(({ cell, use }) => cell === id && !last.defines.includes(use.name));
  const missed = notebook.cells.filter(isMissed).map(({ id }) => id);
  return missed.length === 0 ? notebook : lose(notebook, missed);
}
