import { warmUp as warmCompiler } from "@tilebook/compiler";
import { warmUp as warmFront } from "@tilebook/lang";
import { openGpu } from "@tilebook/runtime";
import { createTensors, type Tensor, type Tensors } from "@tilebook/tensor";
import { runCell } from "./cell.ts";
import { cells } from "./cells.ts";
import { BenchHost } from "./host.ts";
import { type Inputs, inputsOf, type Spec } from "./inputs.ts";

const BUDGET_BYTES = 2 ** 30;

/** A case of the harness, ready to be run: see `peers/README.md`. */
interface Prepared {
  readonly note: string;
  readonly run: () => Promise<Tensor>;
  readonly read: (out: Tensor) => Promise<ArrayLike<number>>;
  readonly free: (out: Tensor) => void;
  readonly dispose: () => void;
}

interface Engine {
  readonly name: string;
  readonly init: () => Promise<void>;
  readonly cases: Readonly<Record<string, (spec: Spec, inputs: Inputs) => Promise<Prepared>>>;
}

let tensors: Tensors | undefined;

/** What opening a notebook does: the device, and both halves of the compiler warm. */
async function init(): Promise<void> {
  const executor = await openGpu({ gpu: navigator.gpu, budgetBytes: BUDGET_BYTES });
  warmFront();
  warmCompiler(executor.target());
  tensors = createTensors(new BenchHost(executor));
}

async function prepare(spec: Spec, inputs: Inputs): Promise<Prepared> {
  const cell = cells[spec.op];
  if (tensors === undefined || cell === undefined) throw new Error(`no cell for ${spec.op}`);
  const opened = tensors;
  const scope = opened.openScope(spec.id);
  const given = inputsOf(opened.globals, spec, inputs);
  await opened.realize(Object.values(given));
  const { run } = (await runCell(opened, cell.text, { ...spec, ...given })) as { run: () => Tensor };
  return {
    note: cell.note,
    run: () => queued(opened, run()),
    read: (out) => out.data(),
    free: (out) => out.dispose(),
    dispose: () => scope.close(),
  };
}

/** The one place where work is given to the device: resolves as soon as it is queued. */
async function queued(opened: Tensors, result: Tensor): Promise<Tensor> {
  await opened.realize([result]);
  return result;
}

const engine: Engine = {
  name: "tilebook",
  init,
  cases: Object.fromEntries(Object.keys(cells).map((op) => [op, prepare])),
};

export default engine;
