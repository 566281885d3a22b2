import type { BenchResult, CaseResult, ClockName, Measured } from "./result.ts";

const libraries: readonly string[] = ["tfjs", "ort", "jax"];
const handWritten: readonly string[] = ["wgsl-reg", "wgsl-sg", "wgsl-tiled"];

/** An engine that is wrong by more than this in a case does not count there. */
const RIGHT = 1e-3;

/** A value and whose it is. */
export interface Best {
  readonly name: string;
  readonly value: number;
}

/** A number of ours beside the best of others. Ratios are theirs / ours: above 1 we are better. */
export interface Beside {
  readonly ours: number;
  readonly best: Best;
  readonly ratio: number;
}

/** One case: we, and the best of the others in each respect. Absent is what was not measured. */
export interface Row {
  readonly id: string;
  /** Per run, on the clock that is compared. */
  readonly ms?: number;
  readonly error: number;
  readonly library?: Beside;
  readonly hand?: Beside;
  /** Part of the adapter's measured multiply-add rate, and of its copy rate, that the case's least work makes of our time. */
  readonly ofFlops?: number;
  readonly ofBytes?: number;
  readonly dispatches?: Beside;
  readonly peakBytes?: Beside;
  /** Milliseconds from setup to the first result in a fresh page, beside the quickest library. */
  readonly cold?: Beside;
}

/** How engine `ours` stands in each case that it ran, and the cases where it failed. */
export function compareRows(
  result: BenchResult,
  ours: string,
  clock: ClockName,
): { readonly rows: readonly Row[]; readonly failed: readonly string[] } {
  const rows: Row[] = [];
  const failed: string[] = [];
  for (const [id, entry] of Object.entries(result.cases)) {
    const warm = entry.engines[ours];
    const fresh = result.cold[id]?.[ours];
    const reason = warm?.failed ?? fresh?.failed;
    if (reason !== undefined) failed.push(`${id}: ${reason}`);
    else if (warm !== undefined || fresh !== undefined) rows.push(rowOf(result, id, { ours, clock, entry }));
  }
  return { rows, failed };
}

function rowOf(
  result: BenchResult,
  id: string,
  about: { readonly ours: string; readonly clock: ClockName; readonly entry: CaseResult },
): Row {
  const { ours, clock, entry } = about;
  const warm = entry.engines[ours];
  const error = worst(warm ?? result.cold[id]?.[ours] ?? { error: null });
  const ms = warm?.[clock];
  const timed = ms === undefined ? {} : { ms, ...times(entry, ours, clock), ...shares(result, entry, ms) };
  return { id, error, ...timed, ...costs(result, id, ours) };
}

function times(entry: CaseResult, ours: string, clock: ClockName): Pick<Row, "library" | "hand"> {
  const of = (row: Measured): number | undefined => row[clock];
  const rows = entry.engines;
  return {
    ...named("library", beside(rows, { ours, others: libraries, of })),
    ...named("hand", beside(rows, { ours, others: handWritten, of })),
  };
}

/** Dispatches of a warm run; memory and first result from nothing, where that was measured. */
function costs(
  { cases, cold }: BenchResult,
  id: string,
  ours: string,
): Pick<Row, "dispatches" | "peakBytes" | "cold"> {
  const warm = cases[id]?.engines ?? {};
  const fresh = cold[id] ?? {};
  const everybody = [...libraries, ...handWritten];
  return {
    ...named("dispatches", beside(warm, { ours, others: everybody, of: ({ dispatches }) => dispatches })),
    ...named("peakBytes", beside(fresh, { ours, others: everybody, of: peakOf })),
    ...named("cold", beside(fresh, { ours, others: libraries, of: firstOf })),
  };
}

function firstOf({ setupMs, firstMs }: Measured): number | undefined {
  return setupMs === undefined || firstMs === undefined ? undefined : setupMs + firstMs;
}

function peakOf({ peakBytes }: Measured): number | undefined {
  return peakBytes;
}

function shares({ limits }: BenchResult, { spec }: CaseResult, ms: number): Pick<Row, "ofFlops" | "ofBytes"> {
  if (limits === undefined) return {};
  return {
    ofFlops: spec.flops / ms / 1e6 / limits.gflopsCpu,
    ofBytes: spec.bytes / ms / 1e6 / limits.gbpsCpu,
  };
}

interface Question {
  readonly ours: string;
  readonly others: readonly string[];
  readonly of: (row: Measured) => number | undefined;
}

function beside(
  rows: Readonly<Record<string, Measured>>,
  { ours, others, of }: Question,
): Beside | undefined {
  const mine = rows[ours];
  const value = mine === undefined || mine.failed !== undefined ? undefined : of(mine);
  const best = others
    .flatMap((name): readonly Best[] => {
      const row = rows[name];
      const theirs = row === undefined || !isRight(row) ? undefined : of(row);
      return theirs === undefined || theirs <= 0 ? [] : [{ name, value: theirs }];
    })
    .toSorted((a, b) => a.value - b.value)[0];
  if (value === undefined || value <= 0 || best === undefined) return undefined;
  return { ours: value, best, ratio: best.value / value };
}

function isRight(row: Measured): boolean {
  return row.failed === undefined && worst(row) < RIGHT;
}

/** The larger error; JSON says null where a result had no number. */
function worst({ error = 0, recheck = error }: Measured): number {
  return error === null || recheck === null ? Infinity : Math.max(error, recheck);
}

function named<K extends string>(name: K, value: Beside | undefined): { readonly [name in K]?: Beside } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [name in K]?: Beside };
}
