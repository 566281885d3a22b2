import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { differences } from "../rig/engine/differences.ts";
import { edgeCases, mayDiffer } from "../rig/engine/edges.ts";
import { wrongInInterpreter } from "../rig/engine/interpreter.ts";
import { type Engine, type EngineName, openEngine } from "../rig/engine/open.ts";
import { wrongKernels } from "../rig/engine/sound.ts";

const usage = `npm run fuzz -- [--engine chromium|firefox|interpreter] [--from SEED] [--count N]
npm run fuzz -- --edges [--engine chromium|firefox]`;

const engines = ["chromium", "firefox", "interpreter"] as const;

interface Options {
  readonly engine: EngineName | "interpreter";
  readonly from: number;
  readonly count: number;
  /** Every op on edge values instead of random kernels. */
  readonly edges: boolean;
}

/** Seeds between two lines of progress. */
const stride = 100;

/**
 * Random kernels through an engine, held against the tile interpreter (or, for the interpreter, its rounding against
 * f64). Prints the seed and the Tile IR of each that is refused or differs. Gives 1 when there is one, and 2 when the words
 * are wrong.
 */
export async function main(words: readonly string[]): Promise<number> {
  const options = readOptions(words);
  if (options === undefined) {
    process.stderr.write(`${usage}\n`);
    return 2;
  }
  const found = await foundBy(options);
  say(found === 0 ? "no mismatch" : `mismatches: ${found}`);
  return found === 0 ? 0 : 1;
}

function readOptions(words: readonly string[]): Options | undefined {
  const text = { type: "string" } as const;
  const options = { engine: text, from: text, count: text, edges: { type: "boolean" } } as const;
  try {
    const { values } = parseArgs({ args: [...words], options });
    const engine = engines.find((name) => name === (values.engine ?? "chromium"));
    const [from, count] = [Number(values.from ?? 1), Number(values.count ?? 200)];
    const edges = values.edges ?? false;
    const fits = Number.isSafeInteger(from) && Number.isSafeInteger(count) && count > 0;
    if (engine === undefined || !fits || (edges && engine === "interpreter")) return undefined;
    return { engine, from, count, edges };
  } catch {
    return undefined;
  }
}

async function foundBy({ engine: name, edges, from, count }: Options): Promise<number> {
  if (name === "interpreter")
    return bySeeds(from, count, (seeds) => Promise.resolve(wrongInInterpreter(seeds)));
  const engine = await openEngine(name);
  try {
    say(`${name}: ${engine.offer.name}`);
    return edges ? await onEdges(engine, name) : await bySeeds(from, count, (s) => wrongKernels(engine, s));
  } finally {
    await engine.close();
  }
}

async function onEdges(engine: Engine, name: EngineName): Promise<number> {
  const packed = { ...engine.target, f16: false };
  const targets = engine.target.f16 ? [engine.target, packed] : [packed];
  let found = 0;
  for (const target of targets) {
    const wrong = await differences(engine, edgeCases, { target, mayDiffer: mayDiffer[name] });
    wrong.forEach(say);
    found += wrong.length;
  }
  return found;
}

async function bySeeds(
  from: number,
  count: number,
  wrongOf: (seeds: readonly number[]) => Promise<readonly string[]>,
): Promise<number> {
  const start = performance.now();
  let found = 0;
  for (let done = 0; done < count; done += stride) {
    const seeds = Array.from({ length: Math.min(stride, count - done) }, (_, at) => from + done + at);
    const wrong = await wrongOf(seeds);
    wrong.forEach(say);
    found += wrong.length;
    const seconds = Math.round((performance.now() - start) / 1000);
    say(`${done + seeds.length} of ${count} in ${seconds} s (load ${loadavg()[0]?.toFixed(1)})`);
  }
  return found;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
