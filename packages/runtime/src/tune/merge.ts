import { leastGain } from "./decide.ts";
import type { KernelTuning } from "./tuning.ts";

/**
 * What two tables of one class of devices know about one kernel. What was found here stands; the other table's winner is used
 * only where it was not tried here, and took less time there than ours here.
 */
export function merged(known: KernelTuning, given: KernelTuning): KernelTuning {
  const own = new Set(known.candidates.map(({ config }) => config));
  const others = given.candidates.filter(({ config }) => !own.has(config));
  if (others.length === 0) return known;
  const candidates = [...known.candidates, ...others];
  const complete = known.complete || given.complete;
  if (own.has(given.winner) || !isFaster(given, known)) return { ...known, candidates, complete };
  return { ...given, candidates, complete };
}

function isFaster(given: KernelTuning, known: KernelTuning): boolean {
  const [theirs, ours] = [timeOf(given), timeOf(known)];
  if (theirs === undefined) return false;
  return ours === undefined || (given.clock === known.clock && theirs < ours * (1 - leastGain));
}

function timeOf({ candidates, winner }: KernelTuning): number | undefined {
  return candidates.find(({ config }) => config === winner)?.milliseconds;
}

/** Why a table that came from elsewhere cannot be true. */
export function whyUntrue({ kernel, winner, candidates }: KernelTuning): string | undefined {
  const used = candidates.findIndex(({ config }) => config === winner);
  // The first config is used where nothing else can be, whatever came of it.
  if (used > 0 && candidates[used]?.milliseconds === undefined)
    return `the config that ${kernel} uses has no time`;
  if (new Set(candidates.map(({ config }) => config)).size < candidates.length)
    return `a config of ${kernel} stands there twice`;
  const odd = candidates.some(
    ({ milliseconds, samples = [] }) =>
      milliseconds !== undefined &&
      samples.length > 0 &&
      (milliseconds < Math.min(...samples) || milliseconds > Math.max(...samples)),
  );
  return odd ? `a time of ${kernel} is not among its measurements` : undefined;
}
