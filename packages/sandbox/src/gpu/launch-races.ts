import type { FaultData } from "@tilebook/base";
import type { Dispatch } from "@tilebook/compiler";
import { racesOf, sayRace, type TileKernel } from "@tilebook/ir";
import { namedScalars } from "./scalar-names.ts";

const found = new WeakMap<TileKernel, Map<string, readonly FaultData[]>>();
/** Launches of one kernel whose answer is kept. */
const MOST_KEPT = 64;

/** The races of a kernel that are certain with this grid and these scalars. The same launch is looked at once. */
export function racesAtLaunch(
  tile: TileKernel,
  { grid, scalars }: Pick<Dispatch, "grid" | "scalars">,
): readonly FaultData[] {
  const kept = found.get(tile) ?? new Map<string, readonly FaultData[]>();
  found.set(tile, kept);
  const key = JSON.stringify([grid, scalars]);
  const known = kept.get(key);
  if (known !== undefined) return known;
  const races = racesOf(tile, grid, namedScalars(tile, scalars)).map(sayRace);
  if (kept.size < MOST_KEPT) kept.set(key, races);
  return races;
}
