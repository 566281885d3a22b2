import { warmUp as warmCompiler } from "@tilebook/compiler";
import { warmUp as warmFront } from "@tilebook/lang";
import { openGpu } from "@tilebook/runtime";
import { createTensors, type Tensors } from "@tilebook/tensor";
import { runCell } from "../cell.ts";
import { BenchHost } from "../host.ts";
import { adam, type Net, rates } from "./notebook.ts";
import type { Batch, Setting, Sizes, Training } from "./setting.ts";

const BUDGET_BYTES = 2 ** 30;

/** Tilebook with the notebook's own model, in one thread. */
export interface Ours {
  /** The numbers that all engines begin with. */
  readonly setting: (sizes: Sizes) => Promise<Setting>;
  readonly batches: (text: Uint8Array, sizes: Sizes, count: number) => Promise<readonly Batch[]>;
  readonly open: (setting: Setting) => Training;
  /** Tries other ways for the kernels that ran so far. */
  readonly tune: (withinMs: number) => Promise<void>;
}

export async function openOurs(cell: string): Promise<Ours> {
  const executor = await openGpu({ gpu: navigator.gpu, budgetBytes: BUDGET_BYTES });
  warmFront();
  warmCompiler(executor.target());
  const host = new BenchHost(executor);
  const tensors = createTensors(host);
  const net = (await runCell(tensors, cell, {})) as unknown as Net;
  return {
    setting: (sizes) => settingOf(tensors, net, sizes),
    batches: (text, sizes, count) => batchesOf(tensors, net, { text, sizes, count }),
    open: (setting) => train(tensors, net, setting),
    tune: (withinMs) => host.tune(withinMs),
  };
}

async function settingOf(tensors: Tensors, net: Net, sizes: Sizes): Promise<Setting> {
  const scope = tensors.openScope("weights");
  const drawn = Object.entries(net.initialWeights(sizes, 1));
  const weights: Record<string, Float32Array> = {};
  for (const [name, weight] of drawn) weights[name] = Float32Array.from(await weight.data());
  const shapes = Object.fromEntries(drawn.map(([name, { shape }]) => [name, shape]));
  scope.close();
  return { sizes, adam, weights, shapes };
}

async function batchesOf(
  tensors: Tensors,
  net: Net,
  { text, sizes, count }: { readonly text: Uint8Array; readonly sizes: Sizes; readonly count: number },
): Promise<readonly Batch[]> {
  const rateAt = tensors.globals.schedules.cosine(rates);
  const scope = tensors.openScope("batches");
  const batches: Batch[] = [];
  for (let step = 0; step < count; step++) {
    const pieces = Int32Array.from(await net.pieces(text, sizes, step).data());
    const inRow = sizes.length + 1;
    const tokens = pieces.filter((_, at) => at % inRow < sizes.length);
    const next = pieces.filter((_, at) => at % inRow > 0);
    batches.push({ pieces, tokens, next, rate: rateAt(step) });
  }
  scope.close();
  return batches;
}

/** As the notebook's cells `model` and `train` do it. */
function train(tensors: Tensors, net: Net, { sizes, weights, shapes }: Setting): Training {
  tensors.openScope("train");
  const { tensor, trainer, optimizers, schedules } = tensors.globals;
  const params = Object.fromEntries(
    Object.entries(weights).map(([name, data]) => [name, tensor(data, { shape: shapes[name] ?? [] })]),
  );
  const { beta2, decay, clip } = adam;
  const optimizer = optimizers.adamW({ rate: schedules.cosine(rates), beta2, decay });
  const model = trainer({ params, optimizer, clip });
  const shape = [sizes.batch, sizes.length + 1];
  return {
    step: ({ pieces }) => model.step((now) => net.surprise(now, tensor(pieces, { shape }), sizes)),
  };
}
