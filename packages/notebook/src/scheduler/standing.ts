import type { FaultData } from "@tilebook/base";
import type { CellState, CellStatus, LastRun, Notebook, StaleCause } from "../state.ts";
import { labelOf } from "./cell.ts";
import { waiting } from "./faults.ts";
import type { NameGraph } from "./graph.ts";
import { moveSpan } from "./move-span.ts";
import { changedInput } from "./stamp.ts";

/** What a cell shows about itself. */
export interface Standing {
  readonly status: CellStatus;
  readonly cause?: StaleCause;
  readonly fault?: FaultData;
}

/** What a standing follows from, besides the cell: `done` holds the cells it reads from, with their standing. */
export interface View {
  readonly notebook: Notebook;
  readonly graph: NameGraph;
  readonly done: ReadonlyMap<string, CellState>;
  /** The cells that have a waiting run. */
  readonly queued: ReadonlySet<string>;
}

/** `wanted` is the stamp that a run of this cell would have now. */
export function standingOf(view: View, cell: CellState, wanted: string): Standing {
  return underWay(view, cell) ?? faulty(view, cell) ?? byLastRun(view, cell, wanted);
}

function underWay({ notebook, queued }: View, cell: CellState): Standing | undefined {
  if (notebook.running?.cell === cell.id) return { status: "running" };
  return queued.has(cell.id) ? { status: "queued" } : undefined;
}

/** Faults of the text, of names, or of the cells it waits for. */
function faulty({ notebook, graph, done }: View, cell: CellState): Standing | undefined {
  const own = cell.analysis?.faults[0];
  if (own !== undefined) return { status: "failed", fault: own };
  const named = graph.faults.get(cell.id);
  if (named !== undefined) return { status: "blocked", fault: named };
  for (const { use, cell: id } of graph.reads.get(cell.id) ?? []) {
    const from = done.get(id);
    if (from?.status === "failed" || from?.status === "blocked") {
      return { status: "blocked", fault: waiting(use, labelOf(notebook.cells, id), from.fault) };
    }
  }
  return undefined;
}

function byLastRun(view: View, cell: CellState, wanted: string): Standing {
  const { last, held } = cell.memory;
  if (last === undefined && held !== wanted) return { status: "never" };
  if (last === undefined) return { status: "never", cause: { kind: "interrupted" } };
  if (last.stamp === wanted && last.end === "good") return { status: "fresh" };
  if (last.stamp === wanted && last.end === "failed") return { status: "failed", ...faultOf(cell, last) };
  if (held === wanted) return { status: "stale", cause: { kind: "interrupted" } };
  if (last.stamp === wanted) return { status: "stale", cause: { kind: "restarted" } };
  return { status: "stale", cause: causeOf(view, cell, last) };
}

function causeOf({ notebook, graph, done }: View, cell: CellState, last: LastRun): StaleCause {
  if (last.code !== cell.memory.code) return { kind: "edited" };
  const input = changedInput(last.inputs, cell.inputs);
  if (input !== undefined) return { kind: "input", name: input };
  const changed = graph.reads.get(cell.id)?.find(({ use, cell: from }) => {
    const before = last.read.find(({ name }) => name === use.name);
    return before?.stamp !== done.get(from)?.memory.wanted;
  });
  if (changed !== undefined) return { kind: "upstream", name: changed.use.name, cell: changed.cell };
  if (last.device !== notebook.device) return { kind: "device" };
  return last.version < (cell.memory.meshVersion ?? 0) ? { kind: "mesh" } : { kind: "restarted" };
}

/** A fault of the last run, moved to where its place stands in the text of now. */
function faultOf(cell: CellState, last: LastRun): { readonly fault?: FaultData } {
  if (last.fault === undefined) return {};
  const { span, ...rest } = last.fault;
  const moved = span?.source === cell.id ? moveSpan(span, last.text, cell.text) : span;
  return { fault: moved === undefined ? rest : { ...rest, span: moved } };
}
