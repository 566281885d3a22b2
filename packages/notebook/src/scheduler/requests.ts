import type { InputValue } from "../output.ts";
import type { CellState, Effect, Notebook } from "../state.ts";
import { cellOf, change } from "./cell.ts";
import { descendants, type NameGraph } from "./graph.ts";
import { enqueue, enqueueAhead, isUnderWay, runsByItself } from "./queue.ts";
import { settle } from "./settle.ts";

/** Runs the cell after those of its ancestors that are out of date. A fresh cell runs again, and so do its readers. */
export function requestRun(notebook: Notebook, id: string): Notebook {
  if (!notebook.trusted || cellOf(notebook, id) === undefined) return notebook;
  const settled = settle(notebook);
  const wanted = ancestorsToRun(settled.notebook, settled.graph, id);
  return requestAll(settled.notebook, settled.graph, (cell) => wanted.has(cell.id));
}

/** Runs every cell, fresh or not. */
export function requestEverything(notebook: Notebook): Notebook {
  if (!notebook.trusted) return notebook;
  const settled = settle(notebook);
  return requestAll(settled.notebook, settled.graph, () => true);
}

/** Runs every cell that is not fresh. */
export function requestStale(notebook: Notebook): Notebook {
  if (!notebook.trusted) return notebook;
  const settled = settle(notebook);
  return requestAll(settled.notebook, settled.graph, (cell) => cell.status !== "fresh");
}

/** The notebook may run from now on, and all of it that does not ask to wait (`run=lazy`) does. */
export function trust(notebook: Notebook): Notebook {
  const settled = settle({ ...notebook, trusted: true });
  return requestAll(settled.notebook, settled.graph, (cell) => {
    const rule = cell.attributes.run ?? settled.notebook.level;
    return cell.status !== "fresh" && (rule === "lazy" ? runsByItself(settled.notebook, cell) : true);
  });
}

function requestAll(notebook: Notebook, graph: NameGraph, isMeant: (cell: CellState) => boolean): Notebook {
  let result = notebook;
  for (const cell of graph.order) {
    if (!isMeant(cell) || graph.stuck.has(cell.id)) continue;
    if (isUnderWay(notebook, cell)) continue;
    const again = cell.status === "fresh" ? renew(result, cell.id) : result;
    result = enqueue(released(again, graph, cell.id), cell.id, "person");
  }
  return result;
}

/** The value of this cell may come out different next time, so what reads it is out of date. */
function renew(notebook: Notebook, id: string): Notebook {
  return change(notebook, id, ({ memory, ...cell }) => ({
    ...cell,
    memory: { ...memory, version: memory.version + 1 },
  }));
}

/** The cell and what reads from it may run by themselves again, should they have been stopped before. */
function released(notebook: Notebook, graph: NameGraph, id: string): Notebook {
  const ids = descendants(graph, id);
  const cells = notebook.cells.map((cell) => {
    if (cell.memory.held === undefined || (cell.id !== id && !ids.has(cell.id))) return cell;
    const { held: _, ...memory } = cell.memory;
    return { ...cell, memory };
  });
  return { ...notebook, cells };
}

function ancestorsToRun(notebook: Notebook, graph: NameGraph, id: string): ReadonlySet<string> {
  const wanted = new Set<string>();
  const ahead = [id];
  for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
    if (wanted.has(next)) continue;
    wanted.add(next);
    for (const read of graph.reads.get(next) ?? []) {
      if (cellOf(notebook, read.cell)?.status !== "fresh") ahead.push(read.cell);
    }
  }
  return wanted;
}

/** Empties the queue and stops what runs. What was stopped does not start by itself before something about it changes. */
export function interrupt(notebook: Notebook): [Notebook, readonly Effect[]] {
  const stopped = new Set(notebook.queue.map((job) => job.cell));
  const { running } = notebook;
  if (running !== undefined) stopped.add(running.cell);
  const effects: readonly Effect[] =
    running?.interrupting === false ? [{ type: "interrupt", run: running.run }] : [];
  const cells = notebook.cells.map((cell) =>
    stopped.has(cell.id) ? { ...cell, memory: { ...cell.memory, held: cell.memory.wanted } } : cell,
  );
  const next = running === undefined ? {} : { running: { ...running, interrupting: true } };
  return [{ ...notebook, cells, queue: [], silenced: notebook.nextRun, ...next }, effects];
}

/** A control was moved: its cell runs next, whatever it costs, unless it is lazy. */
export function moveInput(notebook: Notebook, id: string, name: string, value: InputValue): Notebook {
  const cell = cellOf(notebook, id);
  if (cell === undefined || (Object.hasOwn(cell.inputs, name) && cell.inputs[name] === value))
    return notebook;
  const moved = change(notebook, id, (state) => ({ ...state, inputs: { ...state.inputs, [name]: value } }));
  const { notebook: settled, graph } = settle(moved);
  const after = cellOf(settled, id);
  const runs =
    after !== undefined &&
    !graph.stuck.has(id) &&
    after.status !== "fresh" &&
    (after.attributes.run ?? settled.level) !== "lazy";
  return settled.trusted && runs ? enqueueAhead(settled, graph, id) : settled;
}
