import type { FaultData } from "@tilebook/base";
import type { NameUse } from "@tilebook/lang";
import type { CellState } from "../state.ts";
import { type Definers, nameFault } from "./name-faults.ts";
import { circle } from "./faults.ts";

/** A name a cell reads, and the one cell that defines it. */
export interface Read {
  readonly use: NameUse;
  readonly cell: string;
}

/** How names connect the code cells of a notebook, by their texts alone. */
export interface NameGraph {
  /** Each cell after those it reads from, ties in document order. Cells of a circle count as reading nothing. */
  readonly order: readonly CellState[];
  readonly reads: ReadonlyMap<string, readonly Read[]>;
  /** Of names that are defined twice, missing, or in a circle. */
  readonly faults: ReadonlyMap<string, FaultData>;
  /** Cells that no run can help: with a fault of text or names, or reading from such a cell. */
  readonly stuck: ReadonlySet<string>;
  /** The cell that defines a name, for names that one cell defines. */
  readonly definer: ReadonlyMap<string, string>;
}

export function nameGraph(cells: readonly CellState[]): NameGraph {
  const code = cells.filter((cell) => cell.kind !== "prose");
  const definers = definersOf(code);
  const definer = soleDefiners(definers);
  const reads = new Map(code.map((cell) => [cell.id, readsOf(cell, definer)]));
  const faults = circles(code, reads);
  const order = sorted(code, (cell) => (faults.has(cell.id) ? [] : (reads.get(cell.id) ?? [])));
  for (const cell of code) {
    const fault = nameFault(cell, cells, definers);
    if (fault !== undefined) faults.set(cell.id, fault);
  }
  const stuck = new Set<string>();
  for (const { id, analysis } of order) {
    const own = faults.has(id) || analysis?.faults.length !== 0;
    if (own || reads.get(id)?.some((read) => stuck.has(read.cell)) === true) stuck.add(id);
  }
  return { order, reads, faults, stuck, definer };
}

function definersOf(cells: readonly CellState[]): Definers {
  const definers = new Map<string, CellState[]>();
  for (const cell of cells) {
    for (const name of new Set(cell.memory.names)) definers.set(name, [...(definers.get(name) ?? []), cell]);
  }
  return definers;
}

function soleDefiners(definers: Definers): ReadonlyMap<string, string> {
  const sole = new Map<string, string>();
  for (const [name, [first, second]] of definers) {
    if (first !== undefined && second === undefined) sole.set(name, first.id);
  }
  return sole;
}

function readsOf(cell: CellState, definer: NameGraph["definer"]): readonly Read[] {
  return (cell.analysis?.uses ?? []).flatMap((use) => {
    const from = definer.get(use.name);
    return from === undefined ? [] : [{ use, cell: from }];
  });
}

/** Kahn's algorithm; of the cells that are ready, the first on the page goes first. Leaves out what waits for itself. */
function sorted(
  cells: readonly CellState[],
  readsOfCell: (cell: CellState) => readonly Read[],
): readonly CellState[] {
  const waits = new Map(cells.map((cell) => [cell.id, new Set(readsOfCell(cell).map((read) => read.cell))]));
  const followers = new Map<string, number[]>();
  cells.forEach((cell, index) => {
    for (const id of waits.get(cell.id) ?? []) followers.set(id, [...(followers.get(id) ?? []), index]);
  });
  const ready = cells.flatMap((cell, index) => (waits.get(cell.id)?.size === 0 ? [index] : []));
  const order: CellState[] = [];
  for (let next = ready.shift(); next !== undefined; next = ready.shift()) {
    const cell = cells[next];
    if (cell === undefined) break;
    order.push(cell);
    for (const follower of followers.get(cell.id) ?? []) {
      const left = waits.get(cells[follower]?.id ?? "");
      if (left?.delete(cell.id) === true && left.size === 0) insertSorted(ready, follower);
    }
  }
  return order;
}

function insertSorted(numbers: number[], value: number): void {
  const at = numbers.findIndex((other) => other > value);
  numbers.splice(at < 0 ? numbers.length : at, 0, value);
}

/** A fault for every cell that waits for itself. */
function circles(cells: readonly CellState[], reads: NameGraph["reads"]): Map<string, FaultData> {
  const ordered = new Set(sorted(cells, (cell) => reads.get(cell.id) ?? []));
  const faults = new Map<string, FaultData>();
  for (const cell of cells) {
    const fault = ordered.has(cell) ? undefined : circleOf(cell, reads);
    if (fault !== undefined) faults.set(cell.id, fault);
  }
  return faults;
}

/** The shortest way of names from a cell back to itself. Cells that only stand behind a circle have none. */
function circleOf(start: CellState, reads: NameGraph["reads"]): FaultData | undefined {
  const paths: { readonly cell: string; readonly uses: readonly NameUse[] }[] = [
    { cell: start.id, uses: [] },
  ];
  const seen = new Set<string>();
  for (let path = paths.shift(); path !== undefined; path = paths.shift()) {
    for (const read of reads.get(path.cell) ?? []) {
      const uses = [...path.uses, read.use];
      if (read.cell === start.id) return circle(uses);
      if (!seen.has(read.cell)) paths.push({ cell: read.cell, uses });
      seen.add(read.cell);
    }
  }
  return undefined;
}

/** Everything that reads from `id`, directly or not. */
export function descendants(graph: NameGraph, id: string): ReadonlySet<string> {
  const found = new Set([id]);
  for (const cell of graph.order) {
    if ((graph.reads.get(cell.id) ?? []).some((read) => found.has(read.cell))) found.add(cell.id);
  }
  found.delete(id);
  return found;
}

/** Everything that `id` reads from, directly or not. */
export function ancestors(graph: NameGraph, id: string): ReadonlySet<string> {
  const found = new Set([id]);
  for (const cell of graph.order.toReversed()) {
    if (!found.has(cell.id)) continue;
    for (const read of graph.reads.get(cell.id) ?? []) found.add(read.cell);
  }
  found.delete(id);
  return found;
}
