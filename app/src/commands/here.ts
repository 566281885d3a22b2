import { app } from "../state/app.ts";

/** Does `act` with the selected cell, if there is one. */
export function here(act: (cell: string) => void): () => void {
  return () => {
    const { selected } = app.getState();
    if (selected !== undefined) act(selected);
  };
}

export function inNotebook(): boolean {
  return app.getState().page.kind === "notebook";
}

export function canWrite(): boolean {
  return inNotebook() && !app.getState().readOnly;
}
