import { seeded } from "@tilebook/base";
import {
  type Choice,
  compileGraph,
  type Config,
  type Step,
  stepsOf,
  type Target,
  type Way,
} from "@tilebook/compiler";
import { decodeElements, encodeElements, normalisedError, randomNumbers } from "@tilebook/compiler/testing";
import { runGraph, type TensorValue } from "@tilebook/interp";
import { type BufferDType, type Graph, isPacked, sizeOf, type TensorType, verifyGraph } from "@tilebook/ir";
import type { GridCase } from "./grid-cases.ts";
import { type Given, jobOf, type Launching, outcomeOf } from "./job.ts";
import type { Engine } from "./open.ts";
import type { Answer } from "./page.ts";

/** Pipelines that an engine has at once. */
const together = 24;

/** What results may be off, as squared error over squared size: rounding of f32 sums, and of f16 results. */
const slack: Partial<Record<BufferDType, number>> = { f32: 1e-10, f16: 1e-6 };

export interface GridReport {
  /** Configs of each case, and how many have code of their own. */
  readonly cases: readonly { readonly name: string; readonly configs: number; readonly codes: number }[];
  readonly ran: number;
  readonly wrong: readonly string[];
}

/** Runs every config of every case, or those that `pick` chooses, and holds the results against the f64 interpreter. */
export async function runGrid(
  engine: Pick<Engine, "run" | "target">,
  cases: readonly GridCase[],
  pick: (configs: readonly Trial[]) => readonly Trial[] = (all) => all,
): Promise<GridReport> {
  const report: { cases: GridReport["cases"][number][]; wrong: string[] } = { cases: [], wrong: [] };
  const picked: Trial[] = [];
  for (const one of cases) {
    const [trials, configs] = trialsOf(one, engine.target);
    report.cases.push({ name: one.name, configs, codes: trials.length });
    picked.push(...pick(trials));
  }
  for (let from = 0; from < picked.length; from += together) {
    const some = picked.slice(from, from + together);
    const ended = await runAll(engine, some);
    for (const [at, trial] of some.entries()) {
      const why = whyWrong(trial, ended[at]);
      if (why !== undefined) report.wrong.push(`${trial.name}, ${JSON.stringify(trial.config)}: ${why}`);
    }
  }
  return { ...report, ran: picked.length };
}

/** The last launch of a trial, and what came of it. */
interface Ended {
  readonly launching: Launching;
  readonly answer: Answer;
}

/** Runs the first launch of each, then the second one of those that have two, on the parts that the first one made. */
async function runAll(engine: Pick<Engine, "run">, trials: readonly Trial[]): Promise<readonly Ended[]> {
  const answers = await engine.run(trials.map(({ launching }) => jobOf(launching)));
  const ended = trials.map(({ launching }, at) => ({ launching, answer: answers[at] ?? noAnswer }));
  const seconds = trials.flatMap(({ next }, at): readonly (Pick<Ended, "launching"> & { at: number })[] => {
    const first = ended[at];
    if (next === undefined || first === undefined || "refused" in first.answer) return [];
    return [{ at, launching: next(outcomeOf(first.launching, first.answer).buffers) }];
  });
  if (seconds.length === 0) return ended;
  const more = await engine.run(seconds.map(({ launching }) => jobOf(launching)));
  seconds.forEach(({ at, launching }, place) => {
    ended[at] = { launching, answer: more[place] ?? noAnswer };
  });
  return ended;
}

const noAnswer: Answer = { refused: "no answer" };

/** Longer WGSL takes software GPUs many seconds. */
const mostSampledText = 16_000;

/** Of each case `count` configs that are not long to compile, the same ones for the same seed. */
export function sampled(seed: number, count: number): (trials: readonly Trial[]) => readonly Trial[] {
  const random = seeded(seed);
  return (trials) =>
    trials
      .filter(({ launching }) => launching.compiled.wgsl.length < mostSampledText)
      .map((trial) => ({ trial, rank: random() }))
      .toSorted((a, b) => a.rank - b.rank)
      .slice(0, count)
      .map(({ trial }) => trial);
}

/** One config of a case with the code that it comes to. */
export interface Trial {
  readonly name: string;
  readonly config: Config;
  readonly launching: Launching;
  /** Of two launches the second one, given the buffers of the first. */
  readonly next?: (buffers: readonly (readonly number[])[]) => Launching;
  /** Which buffer of the last launch is the result, and what should be there. */
  readonly result: number;
  readonly wanted: () => readonly number[];
}

/** Those with code of their own, and how many configs there are. */
function trialsOf({ name, graph }: GridCase, target: Target): readonly [readonly Trial[], number] {
  verifyGraph(graph);
  const program = compileGraph(graph, target);
  const [dispatch, ...more] = program.dispatches;
  const { choice, finished } = dispatch ?? {};
  if (dispatch === undefined || choice === undefined || more.length > (finished === undefined ? 0 : 1))
    throw new Error(`${name} is not one launch with a choice`);
  const inputs = inputsOf(graph);
  // What watched loops say has a buffer of its own, which the launch adds.
  const bound = dispatch.buffers.filter((place) => program.buffers[place]?.role !== "messages");
  const places = finished === undefined ? bound : [...bound.slice(0, -1), finished];
  const buffers = places.flatMap((place): readonly Given[] => {
    const buffer = program.buffers[place];
    if (buffer === undefined) return [];
    const { dtype, shape } = buffer.type;
    const values = inputs.get(buffer.tensor ?? "")?.values ?? new Float64Array(sizeOf(shape));
    return [{ dtype, values }];
  });
  const result = places.indexOf(program.outputs[0] ?? -1);
  const wanted = remembered(() => Array.from(runGraph(graph, inputs)[0] ?? []));
  const ways = waysOf(choice);
  const trials = ways.map(([config, way]): Trial => {
    const { finish } = way;
    if (finish === undefined) return { name, config, launching: launchingOf(way, buffers), wanted, result };
    const parts = buffers.with(result, zerosOf(finish.parts));
    const next: Trial["next"] = (after) => {
      const made = { dtype: finish.parts.dtype, values: Float64Array.from(after[result] ?? []) };
      return launchingOf(finish, [made, ...buffers.slice(result, result + 1)]);
    };
    return { name, config, launching: launchingOf(way, parts), next, wanted, result: 1 };
  });
  return [trials, choice.configs.length];
}

function launchingOf({ kernel, grid, scalars }: Step, buffers: readonly Given[]): Launching {
  return { compiled: kernel, grid, arguments: [...buffers, ...scalars] };
}

function zerosOf({ dtype, shape }: TensorType): Exclude<Given, number> {
  return { dtype, values: new Float64Array(sizeOf(shape)) };
}

/** Configs by their code, grid and numbers: each once. */
function waysOf({ configs, make }: Choice): readonly (readonly [Config, Way])[] {
  const met = new Map<string, readonly [Config, Way]>();
  for (const config of configs) {
    const way = make(config);
    const code = stepsOf(way)
      .flatMap(({ kernel, grid, scalars }) => [kernel.wgsl, ...grid, ...scalars])
      .join(" ");
    if (!met.has(code)) met.set(code, [config, way]);
  }
  return Array.from(met.values());
}

function inputsOf(graph: Graph): ReadonlyMap<string, TensorValue> {
  const values = new Map<string, TensorValue>();
  for (const [id, node] of graph.nodes.entries()) {
    if (node.kind !== "input") continue;
    const numbers = randomNumbers(sizeOf(node.type.shape), id + 1);
    const { dtype, shape } = node.type;
    if (isPacked(dtype)) throw new Error("the grid has no packed inputs");
    values.set(node.tensor, { type: { dtype, shape }, values: stored(numbers, dtype) });
  }
  return values;
}

/** As a buffer of that dtype holds them. */
function stored(numbers: readonly number[], dtype: BufferDType): Float64Array {
  return Float64Array.from(decodeElements(encodeElements(numbers, dtype), dtype, numbers.length));
}

function remembered<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function whyWrong({ result, wanted }: Trial, ended: Ended | undefined): string | undefined {
  try {
    if (ended === undefined) return "it has not run";
    const { launching, answer } = ended;
    const { buffers, said } = outcomeOf(launching, answer);
    if (said?.failed !== undefined) return "a loop was cut";
    const given = launching.arguments[result];
    const dtype = typeof given === "object" ? given.dtype : "f32";
    const error = normalisedError(buffers[result] ?? [], wanted());
    const most = slack[dtype] ?? 0;
    return error <= most ? undefined : `its normalised error is ${error.toExponential(1)}, at most ${most}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
