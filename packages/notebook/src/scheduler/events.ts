import type { FaultData } from "@tilebook/base";
import type { KernelReport, Output } from "../output.ts";
import type { CellState, Cost, Effect, LastRun, Notebook, RunningJob } from "../state.ts";
import { change } from "./cell.ts";
import { stampOf } from "./stamp.ts";

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

function targetOf(notebook: Notebook, run: number): string | undefined {
  if (notebook.running?.run === run) return notebook.running.cell;
  return notebook.cells.find((cell) => cell.memory.live === run)?.id;
}

export function finish(notebook: Notebook, run: number, cost: Cost): [Notebook, readonly Effect[]] {
  const { running } = notebook;
  if (running?.run !== run) return [endLive(notebook, run), []];
  return [end(notebook, running, (cell) => ({ ...succeeded(cell, running), cost })), []];
}

export function fail(notebook: Notebook, run: number, fault: FaultData): [Notebook, readonly Effect[]] {
  const { running } = notebook;
  const failed = (cell: CellState, last: LastRun, outputs: number): CellState => {
    const { live: _, ...memory } = cell.memory;
    return { ...cell, outputs: cell.outputs.slice(0, outputs), memory: { ...memory, last } };
  };
  if (running?.run === run) {
    const forget: readonly Effect[] = [{ type: "forget", cell: running.cell }];
    const last: LastRun = { ...lastRun(running), end: "failed", fault };
    return [end(notebook, running, (cell) => failed(cell, last, running.outputs)), forget];
  }
  const live = notebook.cells.find((cell) => cell.memory.live === run);
  const last = live?.memory.last;
  if (live === undefined || last === undefined) return [notebook, []];
  const ended: LastRun = { ...last, end: "failed", fault };
  return [
    change(notebook, live.id, (cell) => failed(cell, ended, cell.outputs.length)),
    [{ type: "forget", cell: live.id }],
  ];
}

/** The run was stopped. The values of the run before count as gone; its outputs stay, marked stale. */
export function stopped(notebook: Notebook, run: number): [Notebook, readonly Effect[]] {
  const { running } = notebook;
  if (running?.run !== run) return [endLive(notebook, run), []];
  const last: LastRun = { ...lastRun(running), end: "interrupted" };
  const next = end(notebook, running, (cell) => ({ ...cell, memory: { ...cell.memory, last } }));
  return [next, [{ type: "forget", cell: running.cell }]];
}

/** A generator has a value. After its first one others may run; each later one puts its readers out of date. */
export function yielded(notebook: Notebook, run: number): [Notebook, readonly Effect[]] {
  const { running } = notebook;
  if (running?.run === run) {
    const live = (cell: CellState): CellState => {
      const done = succeeded(cell, running);
      return { ...done, memory: { ...done.memory, live: run } };
    };
    return [end(notebook, running, live), []];
  }
  const target = targetOf(notebook, run);
  return target === undefined ? [notebook, []] : [change(notebook, target, nextValue), []];
}

function nextValue(cell: CellState): CellState {
  const { last } = cell.memory;
  if (last?.end !== "good") return cell;
  const version = last.version + 1;
  const isCurrent = last.stamp === cell.memory.wanted;
  const next: LastRun = { ...last, version, stamp: stampOf({ ...last, version }) };
  return {
    ...cell,
    memory: { ...cell.memory, last: next, version: isCurrent ? version : cell.memory.version },
  };
}

function succeeded(cell: CellState, running: RunningJob): CellState {
  const before = cell.memory.last;
  const warm = before?.end !== "failed" && before?.code === running.code;
  const outputs = cell.outputs.slice(0, running.outputs);
  const kernels = running.kernels === 0 ? [] : cell.kernels;
  return { ...cell, outputs, kernels, memory: { ...cell.memory, last: { ...lastRun(running), warm } } };
}

function lastRun(running: RunningJob): LastRun {
  const { stamp, code, text, version, inputs, device, read, analysis } = running;
  const defines = analysis.defines.map(({ name }) => name);
  return { stamp, code, text, version, inputs, device, read, defines, end: "good", warm: false };
}

function end(notebook: Notebook, running: RunningJob, to: (cell: CellState) => CellState): Notebook {
  const { running: _, ...rest } = notebook;
  return change(rest, running.cell, (cell) => (cell.kind === "prose" ? cell : to(cell)));
}

function endLive(notebook: Notebook, run: number): Notebook {
  const target = notebook.cells.find((cell) => cell.memory.live === run)?.id;
  if (target === undefined) return notebook;
  return change(notebook, target, ({ memory: { live: _, ...memory }, ...cell }) => ({ ...cell, memory }));
}
