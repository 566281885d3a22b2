import { app } from "../state/app.ts";
import { cellOf } from "../state/selectors.ts";
import { whenMachineKnown } from "./machine.ts";

/** The ways to run. Asking for a run is the person's word that this notebook may run. */

/** Runs the cell with its stale ancestors. Text has nothing to run: it is set instead. */
export function runCell(cell: string): void {
  const { notebook, select } = app.getState();
  if (cellOf(notebook, cell)?.kind === "prose") return select(cell, "command");
  trust();
  whenMachineKnown(() => app.getState().send({ type: "run", cell }));
}

/** Resolves when the runs were asked for. */
export function runAll(): Promise<void> {
  trust();
  return new Promise((resolve) => {
    whenMachineKnown(() => {
      app.getState().send({ type: "runAll" });
      resolve();
    });
  });
}

export function runStale(): void {
  trust();
  whenMachineKnown(() => app.getState().send({ type: "runStale" }));
}

/** Stops everything: what runs, and what waits. */
export function stop(): void {
  app.setState({ stopping: true });
  app.getState().send({ type: "interrupt" });
}

/** The notebook may run; cells that run by themselves do. */
export function trust(): void {
  app.getState().answerTrust();
  app.setState({ stopping: false });
  whenMachineKnown(() => {
    const { notebook, send } = app.getState();
    if (!notebook.trusted) send({ type: "trust" });
  });
}

/** Calls `then` once when the run of the cell that was just asked for is over, or does not come about. */
export function whenRun(cell: string, then: () => void): void {
  const busy = (): boolean => {
    const status = cellOf(app.getState().notebook, cell)?.status;
    return status === "running" || status === "queued";
  };
  whenMachineKnown(() => {
    if (!busy()) return then();
    const end = app.subscribe(() => {
      if (busy()) return;
      end();
      then();
    });
  });
}
