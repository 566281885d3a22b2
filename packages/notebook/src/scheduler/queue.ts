import type { CellState, Effect, Job, Notebook, RunningJob } from "../state.ts";
import { change } from "./cell.ts";
import { ancestors, descendants, type NameGraph } from "./graph.ts";
import { loseMissed } from "./losses.ts";
import { settle, settleAgain } from "./settle.ts";
import { sameInputs, stampOf } from "./stamp.ts";

/** A first run also pays for compiling its kernels, so it may cost this many times as much and still count as cheap. */
const coldFactor = 20;

/**
 * Settles the notebook, asks for the runs that happen by themselves, and starts the next run when none is under way. After what a person did
 * (`byHand`), the one under way hears of newer values that are on their way.
 */
export function schedule(changed: Notebook, byHand: boolean): [Notebook, readonly Effect[]] {
  const named = settle(changed);
  const complete = loseMissed(named.notebook, named.graph);
  const settled = complete === named.notebook ? named : settleAgain(complete, named.graph);
  const queued = byThemselves(prune(settled.notebook, settled.graph), settled.graph);
  const [told, news] = byHand ? supersede(queued, settled.graph) : [queued, []];
  const [started, effects] = startNext(told, settled.graph);
  return [settleAgain(started, settled.graph).notebook, [...news, ...effects]];
}

/**
 * Adds a run of this cell, as its text stands. A waiting run of the same cell takes the new text and keeps its place,
 * unless it is to go `ahead`.
 */
export function enqueue(notebook: Notebook, id: string, by: Job["by"], ahead = false): Notebook {
  const cell = notebook.cells.find((other) => other.id === id);
  if (cell === undefined || cell.kind === "prose" || cell.analysis === undefined) return notebook;
  const waiting = notebook.queue.find((job) => job.cell === id);
  const { kind, text, analysis, inputs } = cell;
  const { code, version } = cell.memory;
  const run = waiting?.run ?? notebook.nextRun;
  const keeps = waiting?.by === "person" ? "person" : by;
  const first = ahead || waiting?.ahead === true;
  const job: Job = { run, cell: id, by: keeps, ahead: first, kind, text, code, version, analysis, inputs };
  const queue = [...notebook.queue.filter((other) => other !== waiting), job].toSorted(byTurn);
  const nextRun = Math.max(notebook.nextRun, run + 1);
  return change({ ...notebook, queue, nextRun }, id, (state) => ({ ...state, run }));
}

function byTurn(a: Job, b: Job): number {
  return Number(b.ahead) - Number(a.ahead) || a.run - b.run;
}

/**
 * Runs this cell next: a control of it was moved. What waits for it and came by itself leaves the queue, since
 * `schedule` asks again for what still runs by itself; what a person asked for, or moved, waits until after it. Waiting
 * runs that it needs itself go before it.
 */
export function enqueueAhead(notebook: Notebook, graph: NameGraph, id: string): Notebook {
  const after = descendants(graph, id);
  const before = ancestors(graph, id);
  const queue = notebook.queue
    .filter((job) => !after.has(job.cell) || job.by === "person" || job.ahead)
    .map((job) => (before.has(job.cell) ? { ...job, ahead: true } : job));
  return enqueue({ ...notebook, queue }, id, "itself", true);
}

/** Whether a run of exactly this (code, controls, version) waits or is under way. */
export function isUnderWay(notebook: Notebook, cell: CellState): boolean {
  const same = (job: Job): boolean =>
    job.cell === cell.id &&
    job.code === cell.memory.code &&
    job.version === cell.memory.version &&
    sameInputs(job.inputs, cell.inputs);
  const { running } = notebook;
  const isRunning =
    running !== undefined && same(running) && running.stamp === cell.memory.wanted && !running.interrupting;
  return isRunning || notebook.queue.some(same);
}

/**
 * Drops runs that nobody needs any more, and those whose inputs will not come; the scheduler's own take the newest
 * text. Goes through the cells in order, so that what waits for a dropped run goes with it.
 */
function prune(notebook: Notebook, graph: NameGraph): Notebook {
  const held = holders(notebook, graph);
  const coming = new Set(notebook.running === undefined ? [] : [notebook.running.cell]);
  const hopeless = new Set<string>();
  const waiting = new Map(notebook.queue.map((job) => [job.cell, job]));
  const queue: Job[] = [];
  for (const cell of graph.order) {
    const job = newest(waiting.get(cell.id), cell);
    const names = (job?.analysis ?? cell.analysis)?.uses.map(({ name }) => name) ?? [];
    const definers = names.map((name) => graph.definer.get(name) ?? "");
    const inVain = definers.some((id) => hopeless.has(id));
    const served = names.every((name, index) => held.has(name) || coming.has(definers[index] ?? ""));
    if (job !== undefined && served && !inVain) {
      queue.push(job);
      coming.add(cell.id);
    }
    if (!coming.has(cell.id) && (inVain || cannotGive(cell, graph))) hopeless.add(cell.id);
  }
  return { ...notebook, queue: queue.toSorted(byTurn) };
}

/** It will not give a value to others before something about it changes. */
function cannotGive(cell: CellState, graph: NameGraph): boolean {
  return cell.status === "failed" || cell.status === "blocked" || graph.stuck.has(cell.id);
}

/** The waiting run of a cell as it should be now, if at all. */
function newest(job: Job | undefined, cell: CellState): Job | undefined {
  if (job === undefined || cell.kind === "prose" || cell.analysis === undefined) return undefined;
  if (job.by === "person") return job;
  const { last, wanted, code, version } = cell.memory;
  const isFresh = last?.end === "good" && last.stamp === wanted;
  if (isFresh || cell.analysis.faults.length > 0) return undefined;
  return {
    ...job,
    kind: cell.kind,
    text: cell.text,
    code,
    version,
    analysis: cell.analysis,
    inputs: cell.inputs,
  };
}

/** The names that have a value now, given by the cell that still defines them. */
function holders(notebook: Notebook, graph: NameGraph): ReadonlyMap<string, CellState> {
  const held = new Map<string, CellState>();
  for (const cell of notebook.cells) {
    const { last } = cell.memory;
    if (last?.end !== "good") continue;
    for (const name of last.defines) if (graph.definer.get(name) === cell.id) held.set(name, cell);
  }
  return held;
}

/** Asks for a run of every cell that is out of date, may run by itself, and whose inputs are there or on their way. */
function byThemselves(notebook: Notebook, graph: NameGraph): Notebook {
  if (!notebook.trusted) return notebook;
  const fresh = new Set(notebook.cells.flatMap((cell) => (cell.status === "fresh" ? [cell.id] : [])));
  const coming = new Set(notebook.queue.map((job) => job.cell));
  const running = notebook.cells.find((cell) => cell.id === notebook.running?.cell);
  // A run whose inputs have changed meanwhile brings nothing that a reader would want.
  if (running !== undefined && running.memory.wanted === notebook.running?.stamp) coming.add(running.id);
  let result = notebook;
  for (const cell of graph.order) {
    if (!wantsRun(cell, notebook) || !runsByItself(notebook, cell) || graph.stuck.has(cell.id)) continue;
    const reads = graph.reads.get(cell.id) ?? [];
    if (!reads.every((read) => coming.has(read.cell) || fresh.has(read.cell))) continue;
    coming.add(cell.id);
    result = enqueue(result, cell.id, "itself");
  }
  return result;
}

/** It is out of date, and neither waits, nor was it stopped or did it fail just as it is. */
function wantsRun(cell: CellState, notebook: Notebook): boolean {
  const { last, wanted, held } = cell.memory;
  const isOld = last?.stamp !== wanted || last.end === "lost";
  return isOld && held !== wanted && !isUnderWay(notebook, cell);
}

/** By its attribute, else by the front matter, else by what it cost. */
export function runsByItself(notebook: Notebook, cell: CellState): boolean {
  const rule = cell.attributes.run ?? notebook.level;
  return rule === "mixed" ? isCheap(notebook, cell) : rule === "auto";
}

/** What never ran counts as cheap when it has neither kernels nor `await`. */
function isCheap(notebook: Notebook, cell: CellState): boolean {
  const { cost, analysis, kernels, memory } = cell;
  if (cost === undefined)
    return analysis !== undefined && analysis.kernels.length === 0 && !analysis.usesAwait;
  const cold = memory.last?.warm !== true && kernels.length > 0;
  return cost.milliseconds <= notebook.autoMilliseconds * (cold ? coldFactor : 1);
}

/**
 * Tells the run under way that it is out of date: a control of its cell was moved, or it, or what it reads, waits to run on what is there now.
 */
function supersede(notebook: Notebook, graph: NameGraph): [Notebook, readonly Effect[]] {
  const { running, queue } = notebook;
  const cell = notebook.cells.find(({ id }) => id === running?.cell);
  if (running === undefined || running.interrupting || running.superseded) return [notebook, []];
  if (cell === undefined || cell.memory.wanted === running.stamp) return [notebook, []];
  const before = ancestors(graph, cell.id);
  const isMoved = !sameInputs(running.inputs, cell.inputs);
  if (!isMoved && !queue.some((job) => job.cell === cell.id || before.has(job.cell))) return [notebook, []];
  const told = { ...notebook, running: { ...running, superseded: true } };
  return [told, [{ type: "supersede", run: running.run }]];
}

/** A run of this cell was cut off because it was superseded. Whoever wanted it wants the new one, whatever it costs. */
export function askAgain(notebook: Notebook, id: string): Notebook {
  const cell = notebook.cells.find((other) => other.id === id);
  const isWaiting = notebook.queue.some((job) => job.cell === id);
  const isBroken = cell?.analysis === undefined || cell.analysis.faults.length > 0;
  if (isBroken || isWaiting || runsByItself(notebook, cell)) return notebook;
  return enqueue(notebook, id, "person");
}

/** Starts the first waiting run whose inputs do not wait themselves. Runs whose inputs are gone are dropped. */
function startNext(notebook: Notebook, graph: NameGraph): [Notebook, readonly Effect[]] {
  if (notebook.running !== undefined || !notebook.trusted) return [notebook, []];
  let { queue } = notebook;
  while (queue.length > 0) {
    const job = queue.find((one) => !queue.some((other) => other !== one && feeds(other, one))) ?? queue[0];
    if (job === undefined) break;
    queue = queue.filter((other) => other !== job);
    const held = holders(notebook, graph);
    if (job.analysis.uses.every(({ name }) => held.has(name)))
      return start({ ...notebook, queue }, job, held);
  }
  return [{ ...notebook, queue }, []];
}

function feeds(from: Job, to: Job): boolean {
  return from.analysis.defines.some(({ name }) => to.analysis.uses.some((use) => use.name === name));
}

function start(
  notebook: Notebook,
  job: Job,
  held: ReadonlyMap<string, CellState>,
): [Notebook, readonly Effect[]] {
  const { device } = notebook;
  const names = job.analysis.uses.map(({ name }) => name);
  const from = Object.fromEntries(names.map((name) => [name, held.get(name)?.id ?? ""]));
  const read = names.map((name) => ({ name, stamp: held.get(name)?.memory.last?.stamp ?? "" }));
  const stamp = stampOf({ ...job, device, read });
  const told = { interrupting: false, superseded: false };
  const running: RunningJob = { ...job, stamp, device, read, ...told, outputs: 0, kernels: 0 };
  const [released, effects] = takeOver({ ...notebook, running }, job);
  const { run, cell, kind, text, analysis, inputs } = job;
  const asked = { run, cell, kind, text, analysis, inputs, from };
  const readElsewhere = namesReadElsewhere(notebook, job);
  return [released, [...effects, { type: "evaluate", ...asked, readElsewhere }]];
}

function namesReadElsewhere({ cells }: Notebook, { cell, analysis }: Job): readonly string[] {
  const others = cells.filter(({ id }) => id !== cell);
  const read = new Set(others.flatMap((other) => (other.analysis?.uses ?? []).map(({ name }) => name)));
  return analysis.defines.flatMap(({ name }) => (read.has(name) ? [name] : []));
}

/**
 * The names a run defines are its own from now on: another cell that still holds one of them loses its values, and so
 * does this cell when it held names that it no longer defines.
 */
function takeOver(notebook: Notebook, job: Job): [Notebook, readonly Effect[]] {
  const names = new Set(job.analysis.defines.map(({ name }) => name));
  const effects: Effect[] = [];
  const cells = notebook.cells.map((cell): CellState => {
    const { last } = cell.memory;
    if (last?.end !== "good") return cell;
    const isOwn = cell.id === job.cell;
    if (!last.defines.some((name) => names.has(name) !== isOwn)) return cell;
    effects.push({ type: "forget", cell: cell.id });
    return { ...cell, memory: { ...cell.memory, last: { ...last, end: "lost" } } };
  });
  return [{ ...notebook, cells }, effects];
}
