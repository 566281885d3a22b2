import { type Cost, type Effect, type Notebook, type Op } from "@tilebook/notebook";
import type { KernelDetail } from "@tilebook/notebook";
import {
  type InspectRequest,
  type NaNOrigin,
  type NaNSeek,
  openSandbox,
  type PeekRequest,
  type Probe,
  type ProbeResult,
  type ProfileNote,
  type Sandbox,
  type SandboxEvent,
  type StepAnswer,
  type StepRequest,
  type TensorPeek,
  type TuningOrder,
} from "@tilebook/sandbox";
import { Fault, type FaultData, faultData } from "@tilebook/base";
import type { DeviceReport, DeviceSpeed, TablesMerged } from "@tilebook/runtime";
import { app } from "../state/app.ts";
import { cellOf } from "../state/selectors.ts";
import { cellRuns, forgetTexts, kernelRan } from "./ran-texts.ts";
import { MeshDoor } from "../mesh/service.ts";
import { dangers } from "./dangers.ts";
import { forgetChosen } from "./chosen-files.ts";
import { files } from "./serve-files.ts";
import { beginTuning, tunings } from "./tuning-start.ts";

/** The sandbox of the open notebook. Another notebook gets another one, so that nothing is left over. */
let sandbox: Sandbox | undefined;
let meshes: MeshDoor | undefined;

/** `?interpreter` in the address: no GPU, even where there is one. */
export const interpreterWanted: boolean = new URLSearchParams(location.search).has("interpreter");

const mebibyte = 2 ** 20;

/** Opens the sandbox. Nothing of the notebook runs by that. */
export function openMachine(): void {
  closeMachine();
  meshes = new MeshDoor({
    running: () => app.getState().notebook.running,
    isLast: (asker) => isLast(app.getState().notebook, asker),
    changed: (cells) => tell({ type: "mesh", cells }),
  });
  const opened = openSandbox({
    mesh: meshes,
    frameUrl: new URL("frame.html", document.baseURI).href,
    files,
    budgetBytes: (matchMedia("(pointer: coarse)").matches ? 256 : 1024) * mebibyte,
    interpreter: interpreterWanted,
    ledger: {
      begin: (key, stage) => dangers().begin(key, stage),
      end: (key) => dangers().end(key),
    },
    tunings: { kept: (device) => tunings.kept(device), keep: (device, text) => tunings.keep(device, text) },
  });
  sandbox = opened;
  beginTuning(opened);
  opened.listen((event) => sandbox === opened && hear(event));
  opened.ready.then(
    (report) => sandbox === opened && nameDevice(report),
    (error: unknown) => sandbox === opened && app.getState().say(faultData(error).message, { tone: "bad" }),
  );
}

export function closeMachine(): void {
  sandbox?.close();
  sandbox = undefined;
  meshes?.close();
  forgetTexts();
  forgetChosen();
  app.setState({ tuning: undefined, tuned: undefined });
  app.setState({ device: undefined, memory: undefined, startedAt: {}, stopping: false });
}

/**
 * Calls `then` when the machine is known, or will never be: what runs carries the name of its device, so nothing is asked
 * to run before.
 */
export function whenMachineKnown(then: () => void): void {
  const target = sandbox;
  const act = () => sandbox === target && then();
  if (target === undefined) then();
  else target.ready.then(act, act);
}

/** Statistics and a slice of a tensor of the open notebook. */
export async function peek(request: PeekRequest): Promise<TensorPeek> {
  if (sandbox === undefined) throw new Fault("executor/unknown-tensor", "no notebook is open");
  return sandbox.peek(request);
}

/** Where the first NaN of a tensor of the open notebook began. */
export async function nanOrigin(tensor: string, seek: NaNSeek): Promise<NaNOrigin> {
  if (sandbox === undefined) throw new Fault("executor/unknown-tensor", "no notebook is open");
  return sandbox.nanOrigin(tensor, seek);
}

/** The texts of a kernel that a run of the open notebook has reported. */
export async function inspect(request: InspectRequest): Promise<KernelDetail> {
  if (sandbox === undefined) throw new Fault("executor/unknown-kernel", "no notebook is open");
  return sandbox.inspect(request);
}

/** Steps through the launch that a run's probe kept. */
export async function step(
  request: StepRequest,
  progress?: (done: number, total: number) => void,
): Promise<StepAnswer> {
  if (sandbox === undefined) throw new Fault("step/gone", "no notebook is open");
  return sandbox.step(request, progress);
}

/** Tells the tuner of the open notebook what to do. */
export function orderTuner(wish: TuningOrder): void {
  sandbox?.tune(wish);
}

/** All that was measured on this class of devices, as text. */
export async function tunedText(): Promise<string | undefined> {
  return sandbox?.tunings();
}

/** Learns from such a text, read from the file `from`. */
export async function mergeTunings(text: string, from: string): Promise<TablesMerged | undefined> {
  return sandbox?.mergeTunings(text, from);
}

/** What a run is to do beside its work, and who wants to know. */
interface Wanted {
  readonly probe: Probe;
  readonly found: (result: ProbeResult) => void;
  /** Hears what a profile finds meanwhile. */
  readonly note?: ((note: ProfileNote) => void) | undefined;
}

/** Probes of cells whose run was asked for and has not begun, and of the runs that have. */
const wanted = new Map<string, Wanted>();
const probing = new Map<number, Wanted>();
/** What the cells of runs with probes cost before: with a probe they take longer, and that says nothing about them. */
const costs = new Map<number, Cost>();

/** The next run of this cell does this as well. `found` hears once what came of it. */
export function probeNextRun(
  cell: string,
  probe: Probe,
  found: (result: ProbeResult) => void,
  note?: (note: ProfileNote) => void,
): void {
  wanted.set(cell, { probe, found, note });
}

/** What probes are doing in runs is not wanted any more. The runs go on. */
export function endProbes(): void {
  for (const run of probing.keys()) sandbox?.endProbe(run);
}

/** The run is over. A probe that has not answered will not. */
function endProbe(run: number, fault: FaultData): void {
  costs.delete(run);
  const left = probing.get(run);
  probing.delete(run);
  left?.found({ kind: "refused", kernel: left.probe.kernel ?? "", fault });
}

/** What the open notebook's device does at best. Runs of cells and this wait for each other. */
export async function measure(): Promise<DeviceSpeed | undefined> {
  return sandbox?.measure();
}

/** Does what the notebook asks of the machine. Runs wait until it is ready. */
export function performOnMachine(effect: Exclude<Effect, { readonly type: "save" }>): void {
  const target = sandbox;
  if (target === undefined) return;
  const act = () => {
    if (sandbox === target) order(target, effect);
  };
  target.ready.then(act, (error: unknown) => {
    if (effect.type === "evaluate")
      app.getState().send({ type: "failed", run: effect.run, fault: faultData(error) });
  });
}

function order(target: Sandbox, effect: Exclude<Effect, { readonly type: "save" }>): void {
  switch (effect.type) {
    case "evaluate": {
      const { type: _, ...request } = effect;
      cellRuns(effect.cell, effect.text);
      const more = wanted.get(effect.cell);
      if (more === undefined) return target.run(request);
      wanted.delete(effect.cell);
      probing.set(effect.run, more);
      const { cost } = cellOf(app.getState().notebook, effect.cell) ?? {};
      if (cost !== undefined) costs.set(effect.run, cost);
      return target.run({ ...request, probe: more.probe });
    }
    case "interrupt":
      return target.interrupt(effect.run);
    case "supersede":
      return target.supersede(effect.run);
    case "forget":
      return target.forget(effect.cell);
  }
}

const lostOnce = "The GPU was lost and is opened again. Results on it are made again when they are needed.";
const lostAgain = "The GPU was lost again. Reload the page to go on.";

function hear(event: SandboxEvent): void {
  switch (event.type) {
    case "device":
      return nameDevice(event.report);
    case "tuning":
      return app.setState({ tuning: event.progress });
    case "tuned":
      return app.setState({ tuned: event.view });
    case "memory":
      return app.setState({ memory: event.report });
    case "lost":
      if (event.cells.length > 0) app.getState().say(event.why);
      return tell({ type: "lost", cells: event.cells });
    case "lostNames":
      return tell(event);
    case "deviceLost":
      return app.getState().say(event.recovering ? lostOnce : lostAgain, { tone: "bad" });
    case "probed":
      probing.get(event.run)?.found(event.result);
      return void probing.delete(event.run);
    case "profiling":
      return probing.get(event.run)?.note?.(event.note);
    case "interrupted":
      endProbe(event.run, { code: "run/interrupted", message: "the run was interrupted" });
      return tell({ type: "interrupted", run: event.run });
    case "failed":
      endProbe(event.run, event.fault);
      return tell(event);
    case "kernel":
      kernelRan(event.report);
      return tell(event);
    case "finished": {
      const cost = costs.get(event.run) ?? event.cost;
      costs.delete(event.run);
      return tell({ ...event, cost });
    }
    case "started":
    case "output":
    case "yielded":
      return tell(event);
  }
}

/** Gives the notebook an op, and keeps the clocks of running cells. */
function tell(op: Op): void {
  app.getState().send(op);
  const { notebook, startedAt } = app.getState();
  const running = notebook.cells.filter((cell) => cell.status === "running").map((cell) => cell.id);
  if (running.length === Object.keys(startedAt).length && running.every((id) => id in startedAt)) return;
  const now = performance.now();
  app.setState({
    startedAt: Object.fromEntries(running.map((id) => [id, startedAt[id] ?? now])),
    stopping: false,
  });
}

function nameDevice(report: DeviceReport): void {
  app.setState({ device: report });
  tell({ type: "device", device: `${report.kind} ${report.name}` });
}

/** Whether a cell is at this run, or has what came of it. */
function isLast(
  { running, cells }: Notebook,
  { run, cell }: { readonly run: number; readonly cell: string },
): boolean {
  if (running?.run === run) return true;
  return cells.find(({ id }) => id === cell)?.memory.last?.run === run;
}
