import type { FaultData } from "@tilebook/base";
import type { KernelReport, Output } from "../output.ts";
import type { CellState, Cost, Effect, LastRun, Notebook, RunningJob } from "../state.ts";
import { change } from "./cell.ts";
import { askAgain } from "./queue.ts";
import { stampOf } from "./stamp.ts";

type Change = [Notebook, readonly Effect[]];

/** Most outputs and kernel reports a cell keeps. */
const mostOutputs = 500;
const mostKernels = 64;

/**
 * A new output takes the place of the old one with its index; old ones that no new one replaced go when the run ends.
 * So nothing flickers while a slider is moved.
 */
export function showOutput(notebook: Notebook, run: number, index: number, output: Output): Notebook {
  const target = targetOf(notebook, run);
  if (target === undefined || index >= mostOutputs) return notebook;
  const place = (cell: CellState): CellState => {
    const outputs = [...cell.outputs];
    outputs[Math.min(index, outputs.length)] = output;
    return { ...cell, outputs };
  };
  const { running } = notebook;
  const counted =
    running?.run === run
      ? { ...notebook, running: { ...running, outputs: Math.max(running.outputs, index + 1) } }
      : notebook;
  return change(counted, target, place);
}

/** The first report of a run replaces those of the run before. */
export function showKernel(notebook: Notebook, run: number, report: KernelReport): Notebook {
  const target = targetOf(notebook, run);
  if (target === undefined) return notebook;
  const { running } = notebook;
  const isFirst = running?.run === run && running.kernels === 0;
  const counted =
    running?.run === run ? { ...notebook, running: { ...running, kernels: running.kernels + 1 } } : notebook;
  return change(counted, target, (cell) => {
    const others = isFirst ? [] : cell.kernels.filter(({ key }) => key !== report.key);
    return { ...cell, kernels: [...others, report].slice(-mostKernels) };
  });
}

/** The cell a run may still show things in: the run under way, or one that ended well and was followed by no other. */
function targetOf(notebook: Notebook, run: number): string | undefined {
  if (notebook.running?.run === run) return notebook.running.cell;
  return landed(notebook, run)?.id;
}

function landed(notebook: Notebook, run: number): CellState | undefined {
  return notebook.cells.find(
    ({ id, memory }) =>
      memory.last?.run === run && memory.last.end === "good" && notebook.running?.cell !== id,
  );
}

export function finish(notebook: Notebook, run: number, cost: Cost): Change {
  const { running } = notebook;
  if (running?.run !== run) return [notebook, []];
  const isGone = !notebook.cells.some(({ id, kind }) => id === running.cell && kind !== "prose");
  const effects: readonly Effect[] = isGone ? [{ type: "forget", cell: running.cell }] : [];
  return [end(notebook, running, (cell) => ({ ...succeeded(cell, running), cost })), effects];
}

/** Nothing of the run before is left either: readers wait until this cell runs well. */
export function fail(notebook: Notebook, run: number, fault: FaultData): Change {
  const { running } = notebook;
  if (running?.run !== run) return [notebook, []];
  const last: LastRun = { ...lastRun(running), end: "failed", fault };
  const failed = (cell: CellState): CellState => {
    const outputs = cell.outputs.slice(0, running.outputs);
    return { ...cell, outputs, memory: { ...cell.memory, last } };
  };
  return [end(notebook, running, failed), [{ type: "forget", cell: running.cell }]];
}

/** The run was stopped, or ended because it was superseded. Values and outputs of the run before stay, marked stale. */
export function stopped(notebook: Notebook, run: number): Change {
  const { running } = notebook;
  if (running?.run !== run) return [notebook, []];
  const { interrupting, superseded } = running;
  // When the person stopped it, it was held then, and may have been edited since.
  const ended = end(notebook, running, (cell) => (interrupting || superseded ? cell : hold(cell)));
  return [superseded && !interrupting ? askAgain(ended, running.cell) : ended, []];
}

function hold(cell: CellState): CellState {
  return { ...cell, memory: { ...cell.memory, held: cell.memory.wanted } };
}

/** A generator has its next value: what reads it is out of date. One that was told to stop loses its value instead. */
export function yielded(notebook: Notebook, run: number): Change {
  const cell = landed(notebook, run);
  if (cell === undefined) return [notebook, []];
  if (run >= notebook.silenced) return [change(notebook, cell.id, nextValue), []];
  return [change(notebook, cell.id, silence), [{ type: "forget", cell: cell.id }]];
}

function nextValue(cell: CellState): CellState {
  const { last } = cell.memory;
  if (last === undefined) return cell;
  const version = last.version + 1;
  const isCurrent = last.stamp === cell.memory.wanted;
  const next: LastRun = { ...last, version, stamp: stampOf({ ...last, version }) };
  return {
    ...cell,
    memory: { ...cell.memory, last: next, version: isCurrent ? version : cell.memory.version },
  };
}

function silence(cell: CellState): CellState {
  const { last, wanted } = cell.memory;
  if (last === undefined) return cell;
  return { ...cell, memory: { ...cell.memory, held: wanted, last: { ...last, end: "lost" } } };
}

function succeeded(cell: CellState, running: RunningJob): CellState {
  const before = cell.memory.last;
  const warm = before?.end !== "failed" && before?.code === running.code;
  const outputs = cell.outputs.slice(0, running.outputs);
  const kernels = running.kernels === 0 ? [] : cell.kernels;
  return { ...cell, outputs, kernels, memory: { ...cell.memory, last: { ...lastRun(running), warm } } };
}

function lastRun(running: RunningJob): LastRun {
  const { run, stamp, code, text, version, inputs, device, read, analysis } = running;
  const defines = analysis.defines.map(({ name }) => name);
  return { run, stamp, code, text, version, inputs, device, read, defines, end: "good", warm: false };
}

function end(notebook: Notebook, running: RunningJob, to: (cell: CellState) => CellState): Notebook {
  const { running: _, ...rest } = notebook;
  return change(rest, running.cell, (cell) => (cell.kind === "prose" ? cell : to(cell)));
}
