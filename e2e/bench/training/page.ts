import { open as openJax } from "../peers/engines/jax-training.js";
import { attribute, counters, resetPeak } from "../peers/page/instrument.js";
import { type Ours, openOurs } from "./ours.ts";
import type { Batch, Setting, Sizes, Training } from "./setting.ts";

/** What `main.ts` asks of the page. */
export interface TrainingPage {
  /** Opens Tilebook, and draws the weights and the batches that all engines have. */
  readonly prepare: (with_: {
    readonly cell: string;
    readonly book: string;
    readonly sizes: Sizes;
    readonly steps: number;
  }) => Promise<void>;
  readonly open: (name: string) => Promise<void>;
  /** The engine's next steps. */
  readonly steps: (name: string, count: number) => Promise<Steps>;
  readonly tune: (withinMs: number) => Promise<void>;
}

/** What some steps in a row took, each in the mean. */
export interface Steps {
  readonly losses: readonly number[];
  readonly wallMs: number;
  readonly dispatches: number;
  readonly submits: number;
  /** Of all these steps: the most bytes of GPU buffers, pools included. */
  readonly peakBytes: number;
  readonly pipelines: number;
  readonly errors: readonly string[];
}

interface Runner {
  readonly training: Training;
  done: number;
}

let ours: Ours | undefined;
let setting: Setting | undefined;
let batches: readonly Batch[] = [];
const runners = new Map<string, Runner>();

const page: TrainingPage = {
  prepare: async ({ cell, book, sizes, steps }) => {
    attribute("tilebook");
    ours ??= await openOurs(cell);
    setting = await ours.setting(sizes);
    const text = new TextEncoder().encode(book);
    batches = await ours.batches(text.subarray(0, Math.floor(text.length * 0.9)), sizes, steps);
  },
  open: async (name) => {
    if (ours === undefined || setting === undefined) throw new Error("prepare comes first");
    attribute(name);
    const training = name === "tilebook" ? ours.open(setting) : await openJax(setting);
    runners.set(name, { training, done: 0 });
  },
  steps: async (name, count) => {
    const runner = runners.get(name);
    if (runner === undefined) throw new Error(`${name} was not opened`);
    attribute(name);
    return measured(name, runner, count);
  },
  tune: async (withinMs) => {
    attribute("tuner");
    await ours?.tune(withinMs);
  },
};

async function measured(name: string, runner: Runner, count: number): Promise<Steps> {
  resetPeak(name);
  const before = counters(name);
  const start = performance.now();
  const losses: number[] = [];
  for (const batch of batches.slice(runner.done, runner.done + count))
    losses.push(await runner.training.step(batch));
  const wallMs = (performance.now() - start) / losses.length;
  runner.done += losses.length;
  const after = counters(name);
  return {
    losses,
    wallMs,
    dispatches: (after.dispatches - before.dispatches) / losses.length,
    submits: (after.submits - before.submits) / losses.length,
    peakBytes: after.bytesPeak,
    pipelines: after.pipelines - before.pipelines,
    errors: after.errors.slice(before.errors.length),
  };
}

/** The harness loads it as an engine of its own page; it has no cases there. */
const engine = {
  name: "training",
  init: (): Promise<void> => {
    Object.assign(globalThis, { training: page });
    return Promise.resolve();
  },
  cases: {},
};

export default engine;
