import { warmUp as warmCompiler } from "@tilebook/compiler";
import { warmUp as warmFront } from "@tilebook/lang";
import { openGpu } from "@tilebook/runtime";
import { createTensors, type Tensor, type Tensors } from "@tilebook/tensor";
import { runCell } from "./cell.ts";
import type { Cell } from "./cells.ts";
import { isColdRun, watchForColdRun } from "./cold.ts";
import { BenchHost } from "./host.ts";
import { type Inputs, inputsOf, type Spec } from "./inputs.ts";

const BUDGET_BYTES = 2 ** 30;

/**
 * The harness gives a first result 90 s, with what comes after it. The tuner ends what it is at: on a busy machine, compiling
 * one more config has taken half a minute.
 */
const TUNING_MS = 40_000;

/** A case of the harness, ready to be run: see `peers/README.md`. */
export interface Prepared {
  readonly note: string;
  readonly run: () => Promise<Tensor>;
  readonly read: (out: Tensor) => Promise<ArrayLike<number>>;
  readonly free: (out: Tensor) => void;
  readonly dispose: () => void;
}

/** What the harness calls an engine. */
export interface Engine {
  readonly name: string;
  readonly init: () => Promise<void>;
  readonly cases: Readonly<Record<string, (spec: Spec, inputs: Inputs) => Promise<Prepared>>>;
}

/** Tilebook as an engine of the harness; each op is what its cell says. */
export function engineOf(name: string, cells: Readonly<Record<string, Cell>>): Engine {
  let opened: Opened | undefined;
  const prepared = (cell: Cell) => async (spec: Spec, inputs: Inputs) => {
    if (opened === undefined) throw new Error("init comes first");
    const { tensors, host } = opened;
    return tunedLater(await prepare(tensors, cell, { spec, inputs }), host);
  };
  return {
    name,
    init: async () => {
      watchForColdRun();
      opened = await open();
    },
    cases: Object.fromEntries(Object.entries(cells).map(([op, cell]) => [op, prepared(cell)])),
  };
}

interface Opened {
  readonly tensors: Tensors;
  readonly host: BenchHost;
}

/** What opening a notebook does: the device, and both halves of the compiler warm. */
async function open(): Promise<Opened> {
  const executor = await openGpu({ gpu: navigator.gpu, budgetBytes: BUDGET_BYTES });
  warmFront();
  warmCompiler(executor.target());
  const host = new BenchHost(executor);
  return { tensors: createTensors(host), host };
}

/**
 * The harness reads the first result when its time is taken, and before it times what is warm: then other ways are tried, once
 * for each case.
 */
function tunedLater(prepared: Prepared, host: BenchHost): Prepared {
  let tuned = isColdRun();
  return {
    ...prepared,
    read: async (out) => {
      const values = await prepared.read(out);
      if (!tuned) await host.tune(TUNING_MS);
      tuned = true;
      return values;
    },
  };
}

/** The inputs in the executor, and the cell run: all that comes before the first `run`. */
export async function prepare(
  tensors: Tensors,
  cell: Cell,
  { spec, inputs }: { readonly spec: Spec; readonly inputs: Inputs },
): Promise<Prepared> {
  const scope = tensors.openScope(spec.id);
  const given = inputsOf(tensors.globals, spec, inputs);
  await tensors.realize(Object.values(given));
  const { run } = (await runCell(tensors, cell.text, { ...spec, ...given })) as { run: () => Tensor };
  return {
    note: cell.note,
    run: () => queued(tensors, run()),
    read: (out) => out.data(),
    free: (out) => out.dispose(),
    dispose: () => scope.close(),
  };
}

/** The one place where work is given to the device: resolves as soon as the executor says that it is queued. */
async function queued(tensors: Tensors, result: Tensor): Promise<Tensor> {
  await tensors.realize([result]);
  return result;
}
