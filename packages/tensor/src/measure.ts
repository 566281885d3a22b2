import { Fault } from "@tilebook/base";
import { sayShape } from "./shape.ts";
import { checkOptions, needFunction } from "./options.ts";
import { Tensor } from "./tensor.ts";
import type { Workspace } from "./workspace.ts";

/** How far measured values are from a reference. */
export interface Comparison {
  /** Sum of squared errors over the sum of squared reference values. */
  readonly nmse: number;
  readonly maxAbs: number;
}

/** Normalised squared error of `measured` against `reference`. 0 is equal; NaN anywhere gives NaN. */
export function nmse(measured: ArrayLike<number>, reference: ArrayLike<number>): number {
  needEqual(measured, reference);
  let [error, power] = [0, 0];
  for (let at = 0; at < reference.length; at++) {
    const wanted = reference[at] ?? NaN;
    error += ((measured[at] ?? NaN) - wanted) ** 2;
    power += wanted ** 2;
  }
  return error === 0 ? 0 : error / power;
}

export function maxAbs(measured: ArrayLike<number>, reference: ArrayLike<number>): number {
  needEqual(measured, reference);
  let most = 0;
  for (let at = 0; at < reference.length; at++) {
    const error = Math.abs((measured[at] ?? NaN) - (reference[at] ?? NaN));
    if (!(error <= most)) most = error;
    if (Number.isNaN(error)) return NaN;
  }
  return most;
}

/** Numbers, as many on both sides and at least one: what is compared with nothing would always be equal. */
function needEqual(measured: ArrayLike<number>, reference: ArrayLike<number>): void {
  for (const side of [measured, reference]) {
    if (typeof side === "object" && side !== null && "length" in side && side.length > 0) continue;
    throw new Fault("measure/values", "nmse compares two lists of numbers", {
      hint: "await compare(t) for a tensor, or give it await t.data() and await reference(t)",
    });
  }
  if (measured.length === reference.length) return;
  throw new Fault("measure/length", `cannot compare ${measured.length} values with ${reference.length}`, {
    hint: "compare values of tensors of one shape",
  });
}

/** The tensor's values from the device against `expected` (itself by default) by the f64 interpreter. */
export async function compare(workspace: Workspace, tensor: Tensor, expected: Tensor): Promise<Comparison> {
  const [own, other] = [Tensor.expr(tensor), Tensor.expr(expected)];
  if (own.shape.join() !== other.shape.join()) {
    throw new Fault("measure/shape", `cannot compare ${sayShape(own.shape)} with ${sayShape(other.shape)}`, {
      span: workspace.host.here(),
      hint: "reshape one of them",
    });
  }
  const [values, wanted] = [await tensor.data(), await workspace.reference(other)];
  return { nmse: nmse(values, wanted), maxAbs: maxAbs(values, wanted) };
}

export interface TimeOptions {
  /** How often it is measured, after one run that is not counted (it compiles the kernels). Default 5. */
  readonly repeat?: number;
}

export interface Timing {
  /** Median, wall clock, from building the graph until the device is done. */
  readonly milliseconds: number;
  readonly all: readonly number[];
  /** Most bytes of device buffers beyond what was there before: results and everything in between. */
  readonly peakBytes: number;
}

/** Computes what `work` returns, again and again, and measures. What it made is freed each time. */
export async function time(
  workspace: Workspace,
  work: () => unknown,
  options: TimeOptions = {},
): Promise<Timing> {
  needFunction("time", work, "await time(() => a.matmul(b))");
  checkOptions("time", options, ["repeat"]);
  const repeat = options.repeat ?? 5;
  if (!Number.isInteger(repeat) || repeat < 1) {
    throw new Fault("measure/repeat", `repeat is a positive integer, not ${repeat}`, {
      span: workspace.host.here(),
    });
  }
  await once(workspace, work);
  const before = await workspace.host.memory();
  workspace.host.resetPeak();
  const all: number[] = [];
  for (let n = 0; n < repeat; n++) all.push(await once(workspace, work));
  const { peakBytes } = await workspace.host.memory();
  return { milliseconds: median(all), all, peakBytes: Math.max(0, peakBytes - before.liveBytes) };
}

/** Milliseconds of one turn. */
async function once(workspace: Workspace, work: () => unknown): Promise<number> {
  const outer = workspace.scope;
  const scope = workspace.open(outer.name);
  const start = workspace.clock.now();
  try {
    const results = [await work()].flat().filter((result) => result instanceof Tensor);
    await workspace.keep(results.map((result) => Tensor.expr(result)));
    await workspace.host.memory();
    return workspace.clock.now() - start;
  } finally {
    workspace.close(scope);
    workspace.enter(outer);
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? NaN) + high) / 2;
}
