import type { BenchResult } from "./result.ts";

/** Milliseconds from nothing to ready (load and init) of each engine, over the fresh pages: medians, least first. */
export function startUps({ cold }: BenchResult): readonly { readonly name: string; readonly ms: number }[] {
  const times = new Map<string, number[]>();
  for (const engines of Object.values(cold))
    for (const [name, { loadMs, initMs }] of Object.entries(engines))
      if (loadMs !== undefined && initMs !== undefined)
        times.set(name, [...(times.get(name) ?? []), loadMs + initMs]);
  return Array.from(times, ([name, all]) => ({ name, ms: median(all) })).toSorted((a, b) => a.ms - b.ms);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
