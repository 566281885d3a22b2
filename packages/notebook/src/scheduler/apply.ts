import type { Effect, Notebook, Op } from "../state.ts";
import type { Analyze } from "./cell.ts";
import {
  convertCell,
  deleteCell,
  editText,
  insertCell,
  moveCell,
  nameCell,
  restoreCell,
  setAttributes,
  setLevel,
  setPins,
  setRecords,
  setTitle,
} from "./edits.ts";
import { fail, finish, showKernel, showOutput, stopped, yielded } from "./events.ts";
import { schedule } from "./queue.ts";
import { lose, loseNames, regroup } from "./losses.ts";
import { interrupt, moveInput, requestEverything, requestRun, requestStale, trust } from "./requests.ts";

/**
 * The next state of the notebook, and what must be done about it. Pure: the same notebook and op, the same answer.
 * Read `perform` for what each op changes and `schedule` for what follows from it.
 */
export function applyWith(analyze: Analyze, notebook: Notebook, op: Op): [Notebook, readonly Effect[]] {
  const [changed, effects] = perform(analyze, notebook, op);
  if (changed === notebook || isForShow(op)) return [changed, effects];
  const [next, more] = schedule(changed, !isNews(op));
  return [next, [...effects, ...more]];
}

/** Ops after which nothing can be stale that was not before. */
function isForShow(op: Op): boolean {
  return ["output", "kernel", "title", "pins", "records"].includes(op.type);
}

/** Ops that nobody's hand made: values that come one after the other may never let a slow reader end. */
function isNews({ type }: Op): boolean {
  const told = [
    "started",
    "finished",
    "failed",
    "interrupted",
    "yielded",
    "lost",
    "lostNames",
    "device",
    "mesh",
  ];
  return told.includes(type);
}

function perform(analyze: Analyze, notebook: Notebook, op: Op): [Notebook, readonly Effect[]] {
  switch (op.type) {
    case "edit":
      return editText(notebook, op.cell, op.text, analyze);
    case "insert":
      return insertCell(notebook, op, analyze);
    case "delete":
      return deleteCell(notebook, op.cell);
    case "restore":
      return restoreCell(notebook, op.at, op.state, analyze);
    case "move":
      return moveCell(notebook, op.cell, op.to);
    case "convert":
      return convertCell(notebook, op.cell, op.kind, analyze);
    case "name":
      return nameCell(notebook, op.cell, op.id, analyze);
    case "attributes":
      return setAttributes(notebook, op.cell, op.attributes);
    case "title":
      return setTitle(notebook, op.title);
    case "pins":
      return setPins(notebook, op.pins);
    case "records":
      return setRecords(notebook, op.records);
    case "level":
      return setLevel(notebook, op.level);
    case "trust":
      return [trust(notebook), []];
    case "run":
      return [requestRun(notebook, op.cell), []];
    case "runAll":
      return [requestEverything(notebook), []];
    case "runStale":
      return [requestStale(notebook), []];
    case "interrupt":
      return interrupt(notebook);
    case "input":
      return [moveInput(notebook, op.cell, op.name, op.value), []];
    case "started":
      return [notebook, []];
    case "output":
      return [showOutput(notebook, op.run, op.index, op.output), []];
    case "kernel":
      return [showKernel(notebook, op.run, op.report), []];
    case "finished":
      return finish(notebook, op.run, op.cost);
    case "failed":
      return fail(notebook, op.run, op.fault);
    case "interrupted":
      return stopped(notebook, op.run);
    case "yielded":
      return yielded(notebook, op.run);
    case "lost":
      return [lose(notebook, op.cells), []];
    case "lostNames":
      return [loseNames(notebook, op.cell, op.names), []];
    case "device":
      return [op.device === notebook.device ? notebook : { ...notebook, device: op.device }, []];
    case "mesh":
      return [regroup(notebook, op.cells), []];
  }
}
