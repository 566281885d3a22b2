import type { Command } from "../commands/command.ts";
import { dearest, kernelsToShow } from "../panels/kernel/kernel-choice.ts";
import { app } from "../state/app.ts";
import { cellOf } from "../state/selectors.ts";
import { next, nextTurn, previous, restart, toEnd } from "./actions.ts";
import { openStepper } from "./open.ts";
import { keys } from "./step-keys.ts";
import { openSession } from "./store.ts";
import type { FaultData } from "@tilebook/base";
import type { CellState, KernelReport, OriginOutput } from "@tilebook/notebook";

/** The kernel that "Step through" means for this cell: the dearest of those it ran or defines. */
export function kernelToStep(cell: string | undefined): KernelReport | undefined {
  const { notebook } = app.getState();
  const own = cellOf(notebook, cell);
  const shown = kernelsToShow(notebook.cells, own);
  return own !== undefined && shown?.cell !== own ? undefined : dearest(shown?.kernels ?? []);
}

export function stepThrough(cell: string | undefined): void {
  const report = kernelToStep(cell);
  if (report !== undefined) openStepper(report);
}

/** To the step that stored the element which an output of this cell is about. */
export function stepToOrigin(cell: string, { kernel, output, element }: OriginOutput): void {
  const { cells } = app.getState().notebook;
  const own = cellOf(app.getState().notebook, cell)?.kernels ?? [];
  const report = [...own, ...cells.flatMap(({ kernels }) => kernels)].find(({ name }) => name === kernel);
  if (report === undefined) return app.getState().say(`${kernel} has not run yet: run this cell first`);
  openStepper(report, { element, output });
}

/** The kernel of this cell whose program ran into the fault. */
export function kernelOfFault(cell: CellState | undefined, { code }: FaultData): KernelReport | undefined {
  const inside = code === "kernel/assert" || code.startsWith("tile/");
  return inside ? cell?.kernels.find(({ fault }) => fault?.code === code) : undefined;
}

export function stepToFault(report: KernelReport, { code }: FaultData): void {
  openStepper(report, { fault: code });
}

function moving(id: keyof typeof keys, title: string, run: () => Promise<void>): Command {
  return {
    id: `step-${id}`,
    title,
    group: "Run",
    keys: [keys[id]],
    when: "any",
    ready: () => openSession() !== undefined,
    run: () => void run(),
  };
}

export const stepping: readonly Command[] = [
  {
    id: "step-through",
    title: "Step through the cell's kernel",
    group: "Run",
    keys: ["s"],
    when: "command",
    ready: () => kernelToStep(app.getState().selected) !== undefined,
    run: () => stepThrough(app.getState().selected),
  },
  moving("next", "Next step of the program", next),
  moving("previous", "Previous step of the program", previous),
  moving("turn", "Next turn of the program's loop", nextTurn),
  moving("end", "Program to its end, or the next trap", toEnd),
  moving("restart", "Program back to its start", restart),
];
