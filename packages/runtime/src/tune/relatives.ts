import type { Choice } from "@tilebook/compiler";
import type { KernelTuning } from "./tuning.ts";

/** What was tried for a choice. */
export interface Tried {
  readonly choice: Choice;
  readonly tuning: KernelTuning;
}

/** Sizes of relatives are so many times as large at most: from there on other blocks are the fast ones. */
const mostTimes = 4;
/** A config this many times as slow as the best is not the fastest of a relative, which does little more or less. */
const muchSlower = 2;

/** Whether both are of one kin, and of about the same size. */
export function areRelatives({ kin: a }: Choice, { kin: b }: Choice): boolean {
  if (a === undefined || b === undefined || a.name !== b.name) return false;
  return a.sizes.every((size, axis) => {
    const other = b.sizes[axis] ?? 0;
    return size <= other * mostTimes && other <= size * mostTimes;
  });
}

/** Configs that need not be tried for a choice: how many times as slow as the best each was for the relative for which it was least so. */
export function slowForRelatives(choice: Choice, tried: readonly Tried[]): ReadonlyMap<string, number> {
  const least = new Map<string, number>();
  for (const { choice: other, tuning } of tried) {
    if (other.key === choice.key || !areRelatives(choice, other)) continue;
    const best = Math.min(...tuning.candidates.map(({ milliseconds = Infinity }) => milliseconds));
    for (const { config, milliseconds } of tuning.candidates)
      if (milliseconds !== undefined)
        least.set(config, Math.min(least.get(config) ?? Infinity, milliseconds / best));
  }
  return new Map([...least].filter(([, times]) => times >= muchSlower));
}
