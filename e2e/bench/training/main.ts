import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { findBrowser } from "@tilebook/cli";
import { aboutThis } from "../about.ts";
import { type HarnessBrowser, harnessBrowser } from "../browser.ts";
import { allSizes, cellOf } from "./notebook.ts";
import { printTraining } from "./print.ts";
import { compareLosses, type TrainingResult } from "./result.ts";
import { type Options, trainInRounds } from "./rounds.ts";

const peers = fileURLToPath(new URL("../peers", import.meta.url));
const results = fileURLToPath(new URL("../results", import.meta.url));
const notebooks = fileURLToPath(new URL("../../../public/notebooks", import.meta.url));

const usage = `npm run bench:train -- [--size ${Object.keys(allSizes).join("|")}] [--engines tilebook,jax] [--rounds 5] [--steps 5 (of a round)]
  [--tune seconds] [--adapter swiftshader|default] [--out x.json]`;

/**
 * npm run bench:train - a step of the gallery's language model in Tilebook and in jax-js: the same weights, batches and optimizer, in one
 * page on one device, in turns. Gives 0 when the losses of all engines agree: else the times are those of different things.
 */
export async function main(words: readonly string[]): Promise<number> {
  const options = optionsOf(words);
  if (options === undefined) {
    process.stderr.write(`${usage}\n`);
    return 2;
  }
  if (harnessBrowser === undefined) return 1;
  const result = await inChromium(harnessBrowser, options);
  const file = resolve(options.out ?? join(results, `train-${result.at.replaceAll(/[:.]/g, "-")}.json`));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ ...aboutThis(peers), ...result }, undefined, 1));
  process.stdout.write(`${printTraining(result)}\n\n${file}\n`);
  return compareLosses(result).agree ? 0 : 1;
}

type Words = Options & { readonly adapter: string; readonly out: string | undefined };

function optionsOf(words: readonly string[]): Words | undefined {
  const text = { type: "string" } as const;
  try {
    const { values } = parseArgs({
      args: [...words],
      options: { size: text, engines: text, rounds: text, steps: text, tune: text, adapter: text, out: text },
    });
    const { size = "sketch", engines = "tilebook,jax", adapter = "swiftshader" } = values;
    const sizes = allSizes[size];
    if (sizes === undefined) return undefined;
    return {
      size,
      sizes,
      engines: engines.split(","),
      rounds: Number(values.rounds ?? 5),
      stepsOfRound: Number(values.steps ?? 5),
      tuneSeconds: Number(values.tune ?? 0),
      adapter,
      out: values.out,
    };
  } catch {
    return undefined;
  }
}

async function inChromium({ serve, launch, cpuMs }: HarnessBrowser, options: Words): Promise<TrainingResult> {
  const web = await serve({ add: `training=${fileURLToPath(new URL("page.ts", import.meta.url))}` });
  const chrome = await launch({ adapter: options.adapter, executablePath: findBrowser("chromium")?.path });
  try {
    const page = await chrome.open(web.url);
    const { gpu, renderer } = await chrome.pids();
    const engines = await trainInRounds(page, options, {
      cell: cellOf(readFileSync(join(notebooks, "language-model.nb.md"), "utf8"), "net"),
      book: gunzipSync(readFileSync(join(notebooks, "data/moby-dick.txt.gz"))).toString("utf8"),
      clocks: { gpu: () => cpuMs(gpu), page: () => cpuMs(renderer) },
      say: (text) => process.stderr.write(`${text}\n`),
    });
    const { size, sizes, tuneSeconds } = options;
    const at = new Date().toISOString();
    const chromium = chrome.browser.version();
    return { at, chromium, load: loadavg(), size, sizes, tuneSeconds, engines };
  } finally {
    await chrome.browser.close();
    web.close();
  }
}
