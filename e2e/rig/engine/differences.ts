import { compileKernel, type KernelFailure, type Target } from "@tilebook/compiler";
import { runTileKernel, type TileMessage, TileTrap } from "@tilebook/interp";
import { type BufferDType, isPacked } from "@tilebook/ir";
import type { Asked, EdgeCase } from "./edges.ts";
import { jobOf, type Launching, type Outcome, outcomeOf } from "./job.ts";
import type { Engine } from "./open.ts";

/**
 * Where an engine differs from the tile interpreter, case by case: elements, prints, asserts. What `mayDiffer` names is
 * not compared (see edges.ts).
 */
export async function differences(
  engine: Pick<Engine, "run">,
  cases: readonly EdgeCase[],
  { target, mayDiffer }: { readonly target: Target; readonly mayDiffer: (asked: Asked) => boolean },
): Promise<readonly string[]> {
  const launchings = cases.map(({ kernel, grid, arguments: given }): Launching => ({
    compiled: compileKernel(kernel, target),
    grid,
    arguments: given,
  }));
  const answers = await engine.run(launchings.map(jobOf));
  return cases.flatMap((one, at) => {
    const launching = launchings[at];
    const answer = answers[at];
    if (launching === undefined || answer === undefined) return [`${one.name}: no answer`];
    try {
      const outcome = outcomeOf(launching, answer);
      const isCut = (one.turns ?? 0) > (target.loopTurns ?? Infinity);
      const wrong = isCut ? unsaid(outcome) : differing(one, outcome, mayDiffer);
      return wrong.map((what) => `${one.name}: ${what}`);
    } catch (error) {
      return [`${one.name}: ${error instanceof Error ? error.message : String(error)}`];
    }
  });
}

/** An engine that cuts loops must have failed by saying so. */
function unsaid({ said }: Outcome): readonly string[] {
  const failure = said?.failed === undefined ? undefined : spellFailure(said.failed);
  return failure === "kernel/turns 0,0,0 0" ? [] : [`the engine cut its loop, and said ${failure}`];
}

function differing(
  { kernel, grid, arguments: given, asked }: EdgeCase,
  outcome: Outcome,
  mayDiffer: (asked: Asked) => boolean,
): readonly string[] {
  const memory = given.map((item) => (typeof item === "number" ? item : item.values.slice()));
  const heard: TileMessage[] = [];
  let failed: string | undefined;
  try {
    runTileKernel(kernel, grid, memory, { onMessage: (message) => heard.push(message) });
  } catch (error) {
    if (!(error instanceof TileTrap)) throw error;
    failed = `${error.code} ${error.program.join()} ${error.lane}`;
  }
  const said = outcome.said?.messages.map(({ program, visit, elements }) => ({ program, visit, elements }));
  const expected = heard.map(({ program, visit, elements }) => ({ program, visit, elements }));
  const failure = outcome.said?.failed;
  const wrong = [
    same("prints", said ?? [], expected),
    same("the failed assert", failure === undefined ? undefined : spellFailure(failure), failed),
  ];
  const arrays = memory.filter((item) => typeof item !== "number");
  const elements = given.filter((item) => typeof item !== "number");
  return [
    ...wrong.flatMap((item) => item ?? []),
    ...elements.flatMap(({ dtype }, at) => {
      const places = wrongPlaces(dtype, outcome.buffers[at] ?? [], arrays[at] ?? []);
      return places
        .filter(({ place }) => {
          const about = asked?.(dtype, place);
          return about === undefined || !mayDiffer(about);
        })
        .slice(0, 40)
        .map(({ place, seen, wanted }) => {
          const about = asked?.(dtype, place);
          const what = about === undefined ? `${dtype}[${place}]` : `${about.op}(${about.given.join(", ")})`;
          return `${what} is ${seen}, not ${wanted}`;
        });
    }),
  ];
}

function spellFailure({ site, program, place }: KernelFailure): string {
  return `${site.turns === true ? "kernel/turns" : "kernel/assert"} ${program.join()} ${place}`;
}

function same(what: string, seen: unknown, wanted: unknown): string | undefined {
  return text(seen) === text(wanted) ? undefined : `${what}: ${text(seen)}, not ${text(wanted)}`;
}

/** NaN and the infinities are texts of their own. */
function text(value: unknown): string {
  return (
    JSON.stringify(value, (_, item: unknown) => (typeof item === "number" ? String(item + 0) : item)) ??
    "none"
  );
}

function wrongPlaces(
  dtype: BufferDType,
  seen: readonly number[],
  wanted: ArrayLike<number>,
): readonly { readonly place: number; readonly seen: number; readonly wanted: number }[] {
  return Array.from(wanted, (value, place) => ({ place, seen: seen[place] ?? NaN, wanted: value })).filter(
    (one) => !near(one.seen, one.wanted, dtype),
  );
}

/** Equal; for floats as near as WGSL asks its functions to be. Signs of zeros are free in WGSL. */
function near(seen: number, wanted: number, dtype: BufferDType): boolean {
  if (Object.is(seen, wanted) || seen === wanted) return true;
  if (isPacked(dtype) || (dtype !== "f32" && dtype !== "f16") || !Number.isFinite(wanted)) return false;
  const slack = dtype === "f16" ? 2e-3 : 2e-5;
  return Math.abs(seen - wanted) <= slack * Math.max(Math.abs(wanted), dtype === "f16" ? 1e-2 : 1e-4);
}
