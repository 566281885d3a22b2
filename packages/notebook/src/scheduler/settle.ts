import type { FaultData, Span } from "@tilebook/base";
import type { CellState, CellStatus, LastRun, Notebook, StaleCause } from "../state.ts";
import { labelOf } from "./cell.ts";
import { waiting } from "./faults.ts";
import { type NameGraph, nameGraph } from "./graph.ts";
import { changedInput, stampOf } from "./stamp.ts";

/** What a cell shows about itself; all of it follows from texts, last runs and the queue. */
interface Standing {
  readonly status: CellStatus;
  readonly cause?: StaleCause;
  readonly fault?: FaultData;
}

/**
 * The notebook with the status of every cell worked out afresh. Cells whose standing is the same are the same objects.
 * Nothing but this function sets `status`, `cause`, `fault`, `stamp` and `memory.wanted`.
 */
export function settle(notebook: Notebook): { readonly notebook: Notebook; readonly graph: NameGraph } {
  const graph = nameGraph(notebook.cells);
  const done = new Map<string, CellState>();
  for (const cell of graph.order) done.set(cell.id, settleCell(notebook, graph, cell, done));
  const cells = notebook.cells.map(
    (cell) => done.get(cell.id) ?? withStanding(cell, { status: "never" }, ""),
  );
  const changed = cells.some((cell, index) => cell !== notebook.cells[index]);
  const order = [...done.values()];
  return { notebook: changed ? { ...notebook, cells } : notebook, graph: { ...graph, order } };
}

type Done = ReadonlyMap<string, CellState>;

function settleCell(notebook: Notebook, graph: NameGraph, cell: CellState, done: Done): CellState {
  const wanted = wantedStamp(notebook, graph, cell, done);
  const standing =
    underWay(notebook, cell) ??
    faulty(notebook, graph, cell, done) ??
    byLastRun(notebook, graph, cell, wanted, done);
  return withStanding(cell, standing, wanted);
}

/** The stamp of a run of the text as it stands, if what it reads were up to date. */
function wantedStamp(notebook: Notebook, graph: NameGraph, cell: CellState, done: Done): string {
  const from = new Map((graph.reads.get(cell.id) ?? []).map((read) => [read.use.name, read.cell]));
  const read = (cell.analysis?.uses ?? []).map(({ name }) => ({
    name,
    stamp: done.get(from.get(name) ?? "")?.memory.wanted ?? "",
  }));
  return stampOf({ ...cell.memory, inputs: cell.inputs, device: notebook.device, read });
}

function underWay(notebook: Notebook, cell: CellState): Standing | undefined {
  if (notebook.running?.cell === cell.id) return { status: "running" };
  return notebook.queue.some((job) => job.cell === cell.id) ? { status: "queued" } : undefined;
}

/** Faults that no run can mend: of the text, of names, or of the cells it waits for. */
function faulty(notebook: Notebook, graph: NameGraph, cell: CellState, done: Done): Standing | undefined {
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

function byLastRun(
  notebook: Notebook,
  graph: NameGraph,
  cell: CellState,
  wanted: string,
  done: Done,
): Standing {
  const { last, held } = cell.memory;
  if (last === undefined) return { status: "never" };
  if (last.stamp === wanted && last.end === "good") return { status: "fresh" };
  if (last.stamp === wanted && last.end === "failed") return { status: "failed", ...faultOf(cell, last) };
  if (held === wanted) return stale({ kind: "interrupted" });
  if (last.stamp === wanted) return stale({ kind: "restarted" });
  return stale(causeOf(notebook, graph, cell, last, done));
}

const stale = (cause: StaleCause): Standing => ({ status: "stale", cause });

function causeOf(
  notebook: Notebook,
  graph: NameGraph,
  cell: CellState,
  last: LastRun,
  done: Done,
): StaleCause {
  if (last.code !== cell.memory.code) return { kind: "edited" };
  const input = changedInput(last.inputs, cell.inputs);
  if (input !== undefined) return { kind: "input", name: input };
  for (const read of graph.reads.get(cell.id) ?? []) {
    const before = last.read.find(({ name }) => name === read.use.name)?.stamp;
    if (before !== done.get(read.cell)?.memory.wanted)
      return { kind: "upstream", name: read.use.name, cell: read.cell };
  }
  return last.device === notebook.device ? { kind: "restarted" } : { kind: "device" };
}

/** A fault of the last run, moved to where its place stands in the text of now. */
function faultOf(cell: CellState, last: LastRun): { readonly fault?: FaultData } {
  if (last.fault === undefined) return {};
  const { span, ...rest } = last.fault;
  const moved = span === undefined || span.source !== cell.id ? span : moveSpan(span, last.text, cell.text);
  return { fault: moved === undefined ? rest : { ...rest, span: moved } };
}

/** Where `span` of the text `before` stands in `after`; undefined when the change goes through it. */
export function moveSpan(span: Span, before: string, after: string): Span | undefined {
  if (before === after) return span;
  const most = Math.min(before.length, after.length);
  let head = 0;
  while (head < most && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < most - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  if (span.end <= head) return span;
  const shift = after.length - before.length;
  if (span.start < before.length - tail) return undefined;
  return { ...span, start: span.start + shift, end: span.end + shift };
}

function withStanding(cell: CellState, standing: Standing, wanted: string): CellState {
  const same =
    cell.status === standing.status &&
    cell.memory.wanted === wanted &&
    cell.stamp === goodStamp(cell) &&
    JSON.stringify([cell.cause, cell.fault]) === JSON.stringify([standing.cause, standing.fault]);
  if (same) return cell;
  const { cause: _cause, fault: _fault, stamp: _stamp, ...rest } = cell;
  const stamp = goodStamp(cell);
  const memory = { ...cell.memory, wanted };
  return { ...rest, ...standing, ...(stamp === undefined ? {} : { stamp }), memory };
}

function goodStamp(cell: CellState): string | undefined {
  const { last } = cell.memory;
  return last?.end === "good" || last?.end === "lost" ? last.stamp : undefined;
}
