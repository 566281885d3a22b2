import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { warmUp as warmCompiler } from "@tilebook/compiler";
import { warmUp as warmFront } from "@tilebook/lang";
import { openGpu } from "@tilebook/runtime";
import { dawn } from "@tilebook/runtime/testing";
import { createTensors, type Tensor } from "@tilebook/tensor";
import { runCell } from "../bench/cell.ts";
import { BenchHost } from "../bench/host.ts";
import { allSizes, cellOf, type Net } from "../bench/training/notebook.ts";
import type { Sizes } from "../bench/training/setting.ts";

const usage = `npm run train:lm -- --out tiny-lm.safetensors [--size tinyLM] [--steps 1000] [--every 50] [--tune 60] [--own-drivers]`;
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
  const shape = options && allSizes[options.size];
  if (options === undefined || shape === undefined) {
    process.stderr.write(`${usage}\n`);
    return 2;
  }
  const { size, out, steps, every, tuneMs, ownDrivers } = options;
  const executor = await openGpu({ gpu: dawn({ ownDrivers }), budgetBytes });
  warmFront();
  warmCompiler(executor.target());
  const host = new BenchHost(executor);
  const tensors = createTensors(host);
  tensors.openScope("train");
  say(`${executor.report().name}, ${size}, ${steps} steps`);

  const whole = `${out}.whole`;
  const kept = existsSync(whole) ? { bytes: new Uint8Array(readFileSync(whole)) } : undefined;
  const { schedules } = tensors.globals;
  const cosine: typeof schedules.cosine = (pace) => schedules.cosine({ ...pace, steps });
  const page = { ...blindPage, fileInput: () => Promise.resolve(kept), schedules: { ...schedules, cosine } };
  const notebook = readFileSync(join(root, "public/notebooks/language-model.nb.md"), "utf8");
  const run = (id: string, given: object): Promise<object> =>
    runCell(tensors, cellOf(notebook, id), { ...page, size, shape, ...given });

  const packed = readFileSync(join(root, "public/notebooks/data/moby-dick.txt.gz"));
  const asset = (): Promise<object> =>
    Promise.resolve({ text: () => Promise.resolve(gunzipSync(packed).toString("utf8")) });
  const { text, seenBytes } = (await run("book", { asset })) as Book;
  const net = (await run("net", {})) as Net;
  const { model } = (await run("model", net)) as { readonly model: Model };
  const seen = text.subarray(0, seenBytes);
  const save = async (): Promise<void> => {
    const { bytes } = (await run("save", { model, trained: model.count })) as { readonly bytes: Uint8Array };
    writeFileSync(whole, bytes);
    const weights = model.params;
    const about = { model: size, steps: String(model.count), seed: "1", ...sizesInWords(shape) };
    writeFileSync(out, await tensors.globals.safetensors.write(weights, about));
    Object.values(weights).forEach((weight) => weight.dispose());
  };

  const [first, began] = [model.count, performance.now()];
  let sum = 0;
  while (model.count < steps) {
    const batch = model.count;
    sum += await model.step((weights) => net.surprise(weights, net.pieces(seen, shape, batch), shape));
    if (model.count === first + warmSteps) await host.tune(tuneMs);
    if (model.count % every !== 0 && model.count < steps) continue;
    await save();
    const done = model.count - first;
    const seconds = (performance.now() - began) / 1000 / done;
    say(
      `${model.count} steps, ${(sum / Math.min(every, done)).toFixed(4)} nats, ${seconds.toFixed(2)} s a step`,
    );
    sum = 0;
  }
  const { bits } = (await run("held", { ...net, text, seenBytes, model, trained: model.count })) as Held;
  say(`${bits.toFixed(3)} bits a byte on the tenth put aside`);
  executor.close();
  return 0;
}

type Weights = Record<string, Tensor>;

/** What `trainer` gives, as far as we use it. */
interface Model {
  readonly count: number;
  readonly params: Weights;
  readonly step: (loss: (weights: Weights) => Tensor) => Promise<number>;
}

interface Book {
  readonly text: Uint8Array;
  readonly seenBytes: number;
}

interface Held {
  readonly bits: number;
}

/** What cells ask of the page, where nobody looks. */
const blindPage = {
  display: () => undefined,
  download: () => undefined,
  md: () => "",
  check: () => undefined,
};

function sizesInWords(sizes: Sizes): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(sizes).map(([name, value]) => [name, String(value)]));
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
    const { size = "tinyLM", out, steps = "1000", every = "50", tune = "60" } = values;
    if (out === undefined) return undefined;
    return {
      size,
      out: resolve(out),
      steps: Number(steps),
      every: Number(every),
      tuneMs: 1000 * Number(tune),
      ownDrivers: values["own-drivers"] === true,
    };
  } catch {
    return undefined;
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
