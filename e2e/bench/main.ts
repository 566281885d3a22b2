import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { aboutThis } from "./about.ts";
import { printComparison } from "./compare/print.ts";
import type { BenchResult, ClockName } from "./compare/result.ts";
import { compareRows } from "./compare/rows.ts";
import { startUps } from "./compare/start-up.ts";
import { verdicts } from "./compare/targets.ts";
import { firefoxResult } from "./firefox.ts";
import { harness } from "./harness.ts";
import { prepareHarness } from "./prepare.ts";
import { runChromium, runFirefox } from "./run.ts";
import { usage, type Words, wordsOf } from "./words.ts";

const peers = fileURLToPath(new URL("peers", import.meta.url));
const results = fileURLToPath(new URL("results", import.meta.url));

/**
 * npm run bench - the harness with Tilebook among its engines, then how we stand. Gives 0 when it ran, whatever it found: a
 * benchmark is no test. The JSON says whose numbers they are.
 */
export async function main(words: readonly string[]): Promise<number> {
  const options = wordsOf(words);
  if (options === undefined) {
    process.stderr.write(`${usage}\n`);
    return 2;
  }
  if (options.compare !== undefined) return report(readResult(options.compare), options);
  if (!prepareHarness(peers)) return 1;
  const file = options.out ?? `${results}/${new Date().toISOString().replaceAll(/[:.]/g, "-")}.json`;
  mkdirSync(dirname(file), { recursive: true });
  const about = aboutThis(peers);
  const result = options.firefox ? await inFirefox(options) : inChromium(options, file);
  if (result === undefined) return 1;
  writeFileSync(file, JSON.stringify({ ...about, ...result }, undefined, 1));
  report(result, options);
  say(`\n${file}`);
  return 0;
}

function inChromium(options: Words, file: string): BenchResult | undefined {
  return runChromium(peers, options, file) ? readResult(file) : undefined;
}

async function inFirefox(options: Words): Promise<BenchResult | undefined> {
  const text = await runFirefox(peers, options);
  if (text === undefined) return undefined;
  const { cases, ops } = await harness();
  const specs = cases.map((spec) => [
    spec.id,
    { flops: ops[spec.op]?.flops(spec) ?? 0, bytes: ops[spec.op]?.bytes(spec) ?? 0 },
  ]);
  return {
    ...firefoxResult(text, Object.fromEntries(specs)),
    browser: text.split("\n")[0] ?? "",
  } as BenchResult;
}

function readResult(file: string): BenchResult {
  return JSON.parse(readFileSync(resolve(file), "utf8")) as BenchResult;
}

function report(result: BenchResult, { engine, firefox }: Words): number {
  // Firefox and graphics cards have no clock but the wall.
  const clock: ClockName = firefox || result.limits === undefined ? "wallMs" : "gpuCpuMs";
  const { rows, failed } = compareRows(result, engine, clock);
  say(`\n${printComparison({ rows, failed, verdicts: verdicts(rows, clock) }, clock)}`);
  const ready = startUps(result).map(({ name, ms }) => `${name} ${ms.toFixed(0)}`);
  if (ready.length > 0) say(`start-up, load and init, wall ms: ${ready.join(", ")}`);
  return 0;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
