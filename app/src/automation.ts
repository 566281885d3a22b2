import type { Notebook } from "@tilebook/notebook";
import { stop as stopAll, runAll } from "./session/run.ts";
import { show } from "./session/documents.ts";
import { app } from "./state/app.ts";
import { textOf } from "./state/notebook-slice.ts";
import { isBusy } from "./state/selectors.ts";

/**
 * The door for programs that drive the page: `tilebook run`, tests, and the console. It is `window.tilebook`.
 * It can do what a person at the page can do, and no more. Documented in app/README.md.
 */
export interface Automation {
  /** Shows a notebook, given as the text of its file. Nothing runs, and nothing is kept on the device until it is edited. */
  open(text: string): void;
  /** Trusts the notebook, runs all cells, and resolves when none is running or waiting any more. */
  runAll(): Promise<AutomationReport>;
  /** Stops what is running and empties the queue. */
  stop(): void;
  /** The notebook as it is: cells with their text, status, outputs and faults. */
  state(): Notebook;
  /** The text of the file, as a download would write it. */
  text(): string;
  /** Whether every edit is on the disk: "none" (nothing to keep), "saving", "saved" or "failed". */
  saving(): string;
}

export interface AutomationReport {
  readonly cells: Notebook["cells"];
}

declare global {
  interface Window {
    tilebook?: Automation;
  }
}

export function openAutomation(): void {
  window.tilebook = {
    open: (text) => show(text, { kind: "automation" }),
    runAll: async () => {
      await runAll();
      await whenIdle();
      return { cells: app.getState().notebook.cells };
    },
    stop: stopAll,
    state: () => app.getState().notebook,
    text: () => textOf(app.getState()),
    saving: () => app.getState().saving.kind,
  };
}

/** Resolves when no cell is running or waiting. */
function whenIdle(): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (isBusy(app.getState())) return;
      end();
      resolve();
    };
    const end = app.subscribe(look);
    look();
  });
}
