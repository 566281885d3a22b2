import { faultData } from "@tilebook/base";
import type { KernelReport } from "@tilebook/notebook";
import type { ProbeResult, StepOpening } from "@tilebook/sandbox";
import { probeNextRun, step } from "../session/machine.ts";
import { runCell, whenRun } from "../session/run.ts";
import { app } from "../state/app.ts";
import { cellOf } from "../state/selectors.ts";
import { goToFault, goToOrigin, restart } from "./actions.ts";
import { openSession, stepper } from "./store.ts";

interface Wish {
  readonly launch?: number;
  /** Begin at the step that wrote this element of the kernel's output, the last one if it is not said which. */
  readonly element?: number;
  readonly output?: number;
  /** Begin where a program runs into this fault. */
  readonly fault?: string;
}

/** Runs the report's cell again, keeps the launch on the way, and shows it in the panel. */
export function openStepper(report: KernelReport, wish: Wish = {}): void {
  unwatch ??= watch();
  begin(report, wish, true);
  app.getState().openPanel("step");
}

let unwatch: (() => void) | undefined;

/** Whoever leaves the panel or the notebook is done with the launch. */
function watch(): () => void {
  return app.subscribe((state, before) => {
    const left = state.panel !== "step" && before.panel === "step";
    if (left || state.source !== before.source) close();
  });
}

function close(): void {
  const { opening } = openSession() ?? {};
  if (opening !== undefined) void step({ do: "close", session: opening.session }).catch(() => undefined);
  stepper.setState({ kind: "none" }, true);
}

function begin(report: KernelReport, wish: Wish, again: boolean): void {
  const { launch = 0 } = wish;
  const waiting = { kind: "opening", report, launch } as const;
  stepper.setState(waiting, true);
  const isStill = (): boolean => stepper.getState() === waiting;
  probeNextRun(report.cell, { kind: "step", kernel: report.key, launch }, (result) => {
    if (isStill()) heard(report, wish, result, again);
  });
  runCell(report.cell);
  whenRun(report.cell, () => {
    if (!isStill()) return;
    const message = "the cell did not run: what it needs is missing or failed";
    stepper.setState({ kind: "refused", report, fault: { code: "step/not-run", message } }, true);
  });
}

function heard(report: KernelReport, wish: Wish, result: ProbeResult, again: boolean): void {
  if (result.kind === "step") return void show(report, wish, result);
  const fault =
    result.kind === "refused"
      ? result.fault
      : faultData(new Error("something else was asked for at the same time"));
  // The text has changed since the report: the run that has just ended knows the kernel as it is now.
  if (again && fault.code === "probe/not-launched")
    return whenRun(report.cell, () => {
      const newer = cellOf(app.getState().notebook, report.cell)?.kernels.find(
        ({ name, key }) => name === report.name && key !== report.key,
      );
      if (newer === undefined) stepper.setState({ kind: "refused", report, fault }, true);
      else begin(newer, wish, false);
    });
  stepper.setState({ kind: "refused", report, fault }, true);
}

async function show(report: KernelReport, wish: Wish, opening: StepOpening): Promise<void> {
  stepper.setState(
    {
      kind: "open",
      report,
      opening,
      texts: textsOf(opening),
      view: undefined,
      enlarged: undefined,
      tile: undefined,
      findings: undefined,
      finding: undefined,
      asked: undefined,
      note: undefined,
      busy: undefined,
    },
    true,
  );
  await restart();
  const outputs = opening.buffers.filter(({ written }) => written);
  const output = outputs.at(wish.output ?? -1);
  if (wish.element !== undefined && output !== undefined) await goToOrigin(output.value, wish.element);
  if (wish.fault !== undefined) await goToFault(wish.fault);
}

function textsOf({ lines }: StepOpening): Readonly<Record<string, string>> {
  const { notebook } = app.getState();
  const sources = new Set(lines.flatMap(({ span }) => span?.source ?? []));
  const texts = Array.from(sources, (source) => [source, cellOf(notebook, source)?.text ?? ""]);
  return Object.fromEntries(texts) as Record<string, string>;
}
