import type { FaultData } from "@tilebook/base";
import type { CellState } from "../state.ts";
import { labelOf } from "./cell.ts";
import { definedTwice, missing, waiting } from "./faults.ts";
import { nearest } from "./nearest.ts";

/** The cells that define each name, in document order. */
export type Definers = ReadonlyMap<string, readonly CellState[]>;

/** What is wrong with the names of a cell: it defines one that another cell defines, or uses one of none or of two. */
export function nameFault(
  cell: CellState,
  cells: readonly CellState[],
  definers: Definers,
): FaultData | undefined {
  return (
    duplicate(cell, cells, definers) ?? unknown(cell, cells, definers) ?? ambiguous(cell, cells, definers)
  );
}

function duplicate(cell: CellState, cells: readonly CellState[], definers: Definers): FaultData | undefined {
  for (const define of cell.analysis?.defines ?? []) {
    const other = definers.get(define.name)?.find((definer) => definer.id !== cell.id);
    if (other !== undefined) return definedTwice(define, labelOf(cells, other.id));
  }
  return undefined;
}

function unknown(cell: CellState, cells: readonly CellState[], definers: Definers): FaultData | undefined {
  const use = cell.analysis?.uses.find(({ name }) => !definers.has(name));
  if (use === undefined) return undefined;
  const others = [...definers.keys()].filter((other) => !cell.memory.names.includes(other));
  const name = nearest(use.name, others);
  const from = name === undefined ? undefined : definers.get(name)?.[0];
  const near =
    name === undefined || from === undefined ? undefined : { name, label: labelOf(cells, from.id) };
  const broken = cells.find((other) => other.analysis?.code === "" && other.analysis.faults.length > 0);
  return missing(use, near, broken === undefined ? undefined : labelOf(cells, broken.id));
}

/** A cell that reads a name of two cells gets neither. */
function ambiguous(cell: CellState, cells: readonly CellState[], definers: Definers): FaultData | undefined {
  for (const use of cell.analysis?.uses ?? []) {
    const [first, second] = definers.get(use.name) ?? [];
    if (first === undefined || second === undefined) continue;
    return waiting(use, labelOf(cells, first.id), duplicate(first, cells, definers));
  }
  return undefined;
}
