import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { warmUp as warmCompiler } from "@tilebook/compiler";
import { warmUp as warmFront } from "@tilebook/lang";
import { type GpuExecutor, openGpu } from "@tilebook/runtime";
import { dawn } from "@tilebook/runtime/testing";
import { createTensors } from "@tilebook/tensor";
import { BenchHost } from "../bench/host.ts";
import { type NotebookModel, openModel } from "../bench/training/by-notebook.ts";
import { allSizes } from "../bench/training/notebook.ts";

const usage = `npm run train:lm -- --out tiny-lm.safetensors [--size ${Object.keys(allSizes).join("|")}] [--steps 1500] [--every 50] [--tune seconds]
  [--own-drivers]`;
const budgetBytes = 2 ** 31;
/** By then every kernel of a step has run. */
const warmSteps = 3;

/**
 * npm run train:lm - the gallery's language model, trained by the cells of its own notebook on this machine's GPU by Dawn. Its rate falls
 * to the least at the last of the steps asked for. Every so many steps it writes two checkpoints, which the notebook opens: `<out>.whole`
 * has what the optimizer remembers, and a stopped training goes on from it; `<out>` has the weights alone.
 */
export async function main(words: readonly string[], root: string): Promise<number> {
  const options = optionsOf(words);
  const sizes = options && allSizes[options.size];
  if (options === undefined || sizes === undefined) {
    process.stderr.write(`${usage}\n`);
    return 2;
  }
  const { size, steps, out, ownDrivers } = options;
  const executor = await openGpu({ gpu: dawn({ ownDrivers }), budgetBytes });
  warmFront();
  warmCompiler(executor.target());
  const host = new BenchHost(executor);
  const tensors = createTensors(host);
  tensors.openScope("train");
  say(`${executor.report().name}, ${size}, ${steps} steps`);
  const whole = wholeOf(out);
  const checkpoint = existsSync(whole) ? new Uint8Array(readFileSync(whole)) : undefined;
  const folder = join(root, "public/notebooks");
  const model = await openModel(tensors, { folder, size, sizes, steps, checkpoint });
  await train(model, options, { executor, tune: () => host.tune(options.tuneMs) });
  say(`${(await model.judge()).toFixed(3)} bits a byte on the tenth put aside`);
  executor.close();
  return 0;
}

interface Machine {
  readonly executor: GpuExecutor;
  readonly tune: () => Promise<void>;
}

/** The bytes in use after each report tell whether steps leave some behind. */
async function train(model: NotebookModel, { steps, every, out }: Options, machine: Machine): Promise<void> {
  const first = model.count();
  let [losses, began]: [number[], number] = [[], performance.now()];
  while (model.count() < steps) {
    losses.push(await model.step());
    const count = model.count();
    if (count === first + warmSteps) await machine.tune();
    if (count % every !== 0 && count < steps) continue;
    const seconds = (performance.now() - began) / 1000 / losses.length;
    const nats = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
    writeFileSync(wholeOf(out), await model.whole());
    writeFileSync(out, await model.weights());
    const mebibytes = machine.executor.memory().liveBytes / 2 ** 20;
    say(
      `${count} steps, ${nats.toFixed(4)} nats, ${seconds.toFixed(2)} s a step, ${mebibytes.toFixed(1)} MiB`,
    );
    [losses, began] = [[], performance.now()];
  }
}

function wholeOf(out: string): string {
  return `${out}.whole`;
}

interface Options {
  readonly size: string;
  readonly out: string;
  readonly steps: number;
  readonly every: number;
  readonly tuneMs: number;
  readonly ownDrivers: boolean;
}

function optionsOf(words: readonly string[]): Options | undefined {
  const text = { type: "string" } as const;
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        size: text,
        out: text,
        steps: text,
        every: text,
        tune: text,
        "own-drivers": { type: "boolean" },
      },
    });
    const { size = "tinyLM", out, steps = "1500", every = "50", tune = "60" } = values;
    if (out === undefined) return undefined;
    const ownDrivers = values["own-drivers"] === true;
    return {
      size,
      out: resolve(out),
      steps: Number(steps),
      every: Number(every),
      tuneMs: 1000 * Number(tune),
      ownDrivers,
    };
  } catch {
    return undefined;
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
