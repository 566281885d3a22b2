import { hazardKeys } from "@tilebook/sandbox";
import { dangers } from "../session/dangers.ts";
import { runCell } from "../session/run.ts";
import { app } from "../state/app.ts";
import { cellOf } from "../state/selectors.ts";

/** The person lets the kernels of a WGSL cell run although they did not come back the last time, and runs `cell`. */
export async function letRun(kernels: string, cell: string): Promise<void> {
  const text = cellOf(app.getState().notebook, kernels)?.text;
  if (text === undefined) return;
  await dangers()
    .allow(hazardKeys({ id: kernels, text }))
    .catch(() => undefined);
  runCell(cell);
}
