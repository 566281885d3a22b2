import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { aboutThis } from "./about.ts";
import { printComparison } from "./compare/print.ts";
import { type BenchResult, clockOf } from "./compare/result.ts";
import { compareRows } from "./compare/rows.ts";
import { startUps } from "./compare/start-up.ts";
import { compared, verdicts } from "./compare/targets.ts";
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
  const file = resolve(
    options.out ?? join(results, `${new Date().toISOString().replaceAll(/[:.]/g, "-")}.json`),
  );
  mkdirSync(dirname(file), { recursive: true });
  const about = aboutThis(peers);
  const result = options.firefox ? await inFirefox(options) : inChromium(options, file);
  if (result === undefined) return 1;
  writeFileSync(file, JSON.stringify({ ...about, ...result }, undefined, 1));
  report(result, options);
  say(`\n${file}`);
  return 0;
}

/** The compared cases that the harness gives no cold run of its own get one in a second call. */
function inChromium(options: Words, file: string): BenchResult | undefined {
  if (!runChromium(peers, options, file)) return undefined;
  const result = readResult(file);
  const cases = compared.filter((id) => id in result.cases && !(id in result.cold));
  if (cases.length === 0 || options.rest.some((word) => word.endsWith("-only"))) return result;
  const rest = [...options.rest, "--cold-only"];
  const coldFile = `${file}.cold`;
  if (!runChromium(peers, { ...options, cases: `^(${cases.join("|")})$`, rest }, coldFile)) return result;
  const cold = { ...result.cold, ...readResult(coldFile).cold };
  rmSync(coldFile);
  return { ...result, cold };
}

async function inFirefox(options: Words): Promise<BenchResult | undefined> {
  const text = await runFirefox(peers, options);
  if (text === undefined) return undefined;
  const { cases, ops } = harness;
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

function report(result: BenchResult, { engine }: Words): number {
  const clock = clockOf(result);
  const { rows, failed } = compareRows(result, engine, clock);
  say(`\n${printComparison({ rows, failed, verdicts: verdicts(rows, clock) }, clock)}`);
  const ready = startUps(result).map(({ name, ms }) => `${name} ${ms.toFixed(0)}`);
  if (ready.length > 0) say(`start-up, load and init, wall ms: ${ready.join(", ")}`);
  return 0;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
