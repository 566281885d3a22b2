import { openInPage, type Page } from "../browser.ts";
import type { Steps, TrainingPage } from "./page.ts";
import type { Sizes } from "./setting.ts";

export interface Options {
  readonly size: string;
  readonly sizes: Sizes;
  readonly engines: readonly string[];
  readonly rounds: number;
  readonly stepsOfRound: number;
  /** How long Tilebook's tuner may try other ways, after the first steps. 0: not at all, as for somebody who opens a notebook. */
  readonly tuneSeconds: number;
}

/** What one engine took for its steps: one number for each round, of one step. */
export interface Measured {
  /** Of the first steps, in which everything is compiled: all of them together. */
  readonly firstMs: number;
  readonly pipelines: number;
  readonly losses: number[];
  readonly gpuCpuMs: number[];
  /** CPU of the page's own process. */
  readonly pageCpuMs: number[];
  readonly wallMs: number[];
  dispatches: number;
  submits: number;
  /** From the first step on. */
  peakBytes: number;
  errors: readonly string[];
}

/** By the engine's name. */
export type MeasuredEngines = Readonly<Record<string, Measured>>;

export interface Around {
  readonly cell: string;
  readonly book: string;
  readonly clocks: { readonly gpu: () => number; readonly page: () => number };
  readonly say: (text: string) => void;
}

/** Steps that nobody times: the first has no means yet and the second has, so both are planned; the third finds all there. */
const FIRST_STEPS = 3;

/** All engines in turns, each round beginning with another one. */
export async function trainInRounds(
  page: Page,
  options: Options,
  { cell, book, clocks, say }: Around,
): Promise<MeasuredEngines> {
  const { sizes, engines, rounds, stepsOfRound, tuneSeconds } = options;
  const { ask } = await openInPage<TrainingPage>(page, "training");
  const steps = FIRST_STEPS + (rounds + 1) * stepsOfRound;
  await ask("prepare", { cell, book, sizes, steps });
  const found: Record<string, Measured> = {};
  for (const name of engines) {
    await ask("open", name);
    found[name] = begun(await ask("steps", name, FIRST_STEPS));
    say(`${name}: the first ${FIRST_STEPS} steps took ${(found[name].firstMs / 1000).toFixed(1)} s`);
  }
  if (tuneSeconds > 0) await ask("tune", tuneSeconds * 1000);
  // One round more than was asked for: what was tuned is compiled, and caches are warm.
  for (let round = -1; round < rounds; round++)
    for (const [turn] of engines.entries()) {
      const name = engines[(turn + Math.max(round, 0)) % engines.length] ?? "";
      const measured = found[name];
      if (measured === undefined) continue;
      const [gpu, own] = [clocks.gpu(), clocks.page()];
      const taken = await ask("steps", name, stepsOfRound);
      const cpu = { gpu: (clocks.gpu() - gpu) / stepsOfRound, page: (clocks.page() - own) / stepsOfRound };
      note(measured, taken, round < 0 ? undefined : cpu);
      say(
        `${name}: ${cpu.gpu.toFixed(0)} ms GPU process, ${cpu.page.toFixed(0)} ms page, ${taken.wallMs.toFixed(0)} ms wall`,
      );
    }
  return found;
}

function begun({ losses, wallMs, pipelines, dispatches, submits, peakBytes, errors }: Steps): Measured {
  return {
    firstMs: wallMs * losses.length,
    pipelines,
    losses: [...losses],
    gpuCpuMs: [],
    pageCpuMs: [],
    wallMs: [],
    dispatches,
    submits,
    peakBytes,
    errors,
  };
}

function note(
  measured: Measured,
  taken: Steps,
  cpu: { readonly gpu: number; readonly page: number } | undefined,
): void {
  measured.losses.push(...taken.losses);
  measured.peakBytes = Math.max(measured.peakBytes, taken.peakBytes);
  measured.errors = [...measured.errors, ...taken.errors];
  if (cpu === undefined) return;
  measured.dispatches = taken.dispatches;
  measured.submits = taken.submits;
  measured.gpuCpuMs.push(cpu.gpu);
  measured.pageCpuMs.push(cpu.page);
  measured.wallMs.push(taken.wallMs);
}
