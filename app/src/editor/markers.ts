import { app } from "../state/app.ts";
import { FaultMarkers, markKernels } from "./fault-markers.ts";
import { textsChanged } from "./models.ts";
import type { Monaco } from "./monaco.ts";
import { markTypes, type OpenChecker } from "./type-markers.ts";

/** After so many milliseconds without a keystroke the kernels and the types are checked. */
const quiet = 400;

/** Marks in the text what the analysis, the last run, the checker of kernels, and TypeScript find wrong. */
export function keepMarkers(monaco: Monaco, openChecker: OpenChecker): void {
  const faults = new FaultMarkers(monaco);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let round = 0;
  const later = () => {
    clearTimeout(timer);
    round += 1;
    const mine = round;
    timer = setTimeout(() => {
      markKernels(monaco, app.getState().notebook);
      // Types are a help: without them, and without a word about it, the notebook still runs.
      markTypes(monaco, openChecker, () => mine === round).catch(() => undefined);
    }, quiet);
  };
  faults.mark(app.getState().notebook);
  later();
  app.subscribe(({ notebook }, before) => {
    if (notebook.cells === before.notebook.cells) return;
    faults.mark(notebook);
    if (textsChanged(notebook, before.notebook)) later();
  });
}
