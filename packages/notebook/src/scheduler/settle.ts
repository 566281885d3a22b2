import type { CellState, Notebook } from "../state.ts";
import { type NameGraph, nameGraph } from "./graph.ts";
import { stampOf } from "./stamp.ts";
import { type Standing, standingOf, type View } from "./standing.ts";

export interface Settled {
  readonly notebook: Notebook;
  readonly graph: NameGraph;
}

/**
 * The notebook with the standing of every cell worked out afresh from texts, last runs and the queue. Cells whose
 * standing is the same are the same objects. Nothing but this file sets `status`, `cause`, `fault`, `stamp` and
 * `memory.wanted`.
 */
export function settle(notebook: Notebook): Settled {
  return settleWith(notebook, nameGraph(notebook.cells), wantedStamp);
}

/** The same, after changes to the queue and to last runs alone: names and wanted stamps are as they were. */
export function settleAgain(notebook: Notebook, graph: NameGraph): Settled {
  const cells = new Map(notebook.cells.map((cell) => [cell.id, cell]));
  const order = graph.order.flatMap((cell) => cells.get(cell.id) ?? []);
  return settleWith(notebook, { ...graph, order }, (_, cell) => cell.memory.wanted);
}

function settleWith(
  notebook: Notebook,
  graph: NameGraph,
  wantedOf: (view: View, cell: CellState) => string,
): Settled {
  const done = new Map<string, CellState>();
  const queued = new Set(notebook.queue.map((job) => job.cell));
  const view: View = { notebook, graph, done, queued };
  for (const cell of graph.order) {
    const wanted = wantedOf(view, cell);
    done.set(cell.id, withStanding(cell, standingOf(view, cell, wanted), wanted));
  }
  const cells = notebook.cells.map(
    (cell) => done.get(cell.id) ?? withStanding(cell, { status: "never" }, ""),
  );
  const changed = cells.some((cell, index) => cell !== notebook.cells[index]);
  const order = [...done.values()];
  return { notebook: changed ? { ...notebook, cells } : notebook, graph: { ...graph, order } };
}

/** The stamp of a run of the text as it stands, if what it reads were up to date. */
function wantedStamp({ notebook, graph, done }: View, cell: CellState): string {
  const uses = cell.analysis?.uses ?? [];
  const read = uses.map(({ name }) => ({
    name,
    stamp: done.get(graph.definer.get(name) ?? "")?.memory.wanted ?? "",
  }));
  return stampOf({ ...cell.memory, inputs: cell.inputs, device: notebook.device, read });
}

function withStanding(cell: CellState, standing: Standing, wanted: string): CellState {
  const stamp = goodStamp(cell);
  const same =
    cell.status === standing.status &&
    cell.memory.wanted === wanted &&
    cell.stamp === stamp &&
    isSame(cell.cause, standing.cause) &&
    isSame(cell.fault, standing.fault);
  if (same) return cell;
  const { cause: _cause, fault: _fault, stamp: _stamp, ...rest } = cell;
  const memory = { ...cell.memory, wanted };
  return { ...rest, ...standing, ...(stamp === undefined ? {} : { stamp }), memory };
}

function isSame(a: object | undefined, b: object | undefined): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function goodStamp(cell: CellState): string | undefined {
  const { last } = cell.memory;
  return last === undefined || last.end === "failed" ? undefined : last.stamp;
}
