import { runAll, runCell, runStale, stop } from "../session/run.ts";
import { stopTuning, tune } from "../session/tuning.ts";
import { app } from "../state/app.ts";
import { countStale, isBusy } from "../state/selectors.ts";
import { insertAt, insertCell, selectNext } from "./cell-actions.ts";
import type { Command } from "./command.ts";
import { canWrite, here, inNotebook } from "./here.ts";

/** Runs the cell and goes on to the next one; at the end a new cell is added, as in Jupyter. */
function runAndGoOn(id: string): void {
  runCell(id);
  if (!selectNext(1)) insertAt(app.getState().notebook.cells.length, "ts");
}

function runAndInsert(id: string): void {
  runCell(id);
  insertCell(id, "below");
}

/** In view of what comes of it. */
function tuneAll(): void {
  app.getState().openPanel("tuner");
  tune();
}

export const running: readonly Command[] = [
  {
    id: "run-go-on",
    title: "Run and go on",
    group: "Run",
    keys: ["Shift+Enter"],
    when: "any",
    ready: inNotebook,
    run: here(runAndGoOn),
  },
  {
    id: "run",
    title: "Run",
    group: "Run",
    keys: ["Mod+Enter"],
    when: "any",
    ready: inNotebook,
    run: here(runCell),
  },
  {
    id: "run-insert",
    title: "Run and insert below",
    group: "Run",
    keys: ["Alt+Enter"],
    when: "any",
    ready: canWrite,
    run: here(runAndInsert),
  },
  {
    id: "run-stale",
    title: "Run stale cells",
    group: "Run",
    keys: ["r"],
    when: "command",
    ready: () => inNotebook() && countStale(app.getState()) > 0,
    run: runStale,
  },
  {
    id: "run-all",
    title: "Run all cells",
    group: "Run",
    keys: ["Mod+Shift+Enter"],
    when: "any",
    ready: inNotebook,
    run: () => void runAll(),
  },
  {
    id: "stop",
    title: "Stop",
    group: "Run",
    keys: ["i i"],
    when: "command",
    ready: () => isBusy(app.getState()),
    run: stop,
  },
  {
    id: "tune",
    title: "Tune the kernels that have run",
    group: "Run",
    keys: [],
    when: "command",
    ready: inNotebook,
    run: tuneAll,
  },
  {
    id: "stop-tuning",
    title: "Stop tuning",
    group: "Run",
    keys: [],
    when: "command",
    ready: () => app.getState().tuning !== undefined,
    run: stopTuning,
  },
];
