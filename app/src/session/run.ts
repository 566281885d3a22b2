import { app } from "../state/app.ts";

/** The ways to run. Asking for a run is the person's word that this notebook may run. */

export function runCell(cell: string): void {
  trust();
  app.getState().send({ type: "run", cell });
}

export function runAll(): void {
  trust();
  app.getState().send({ type: "runAll" });
}

export function runStale(): void {
  trust();
  app.getState().send({ type: "runStale" });
}

/** Stops everything: what runs, and what waits. */
export function stop(): void {
  app.setState({ stopping: true });
  app.getState().send({ type: "interrupt" });
}

export function trust(): void {
  const { notebook, send, answerTrust } = app.getState();
  answerTrust();
  if (!notebook.trusted) send({ type: "trust" });
}
