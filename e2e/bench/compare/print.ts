import { geometricMean } from "./mean.ts";
import type { ClockName } from "./result.ts";
import type { Beside, Row } from "./rows.ts";
import { compared, type Verdict } from "./targets.ts";

const heads = ["case", "ms", "library", "", "hand", "", "of fma", "of copy", "dispatches", "MiB", "first ms"];

/** A table of the rows, the geometric means of the compared ones, and a line for each target. */
export function printComparison(
  {
    rows,
    failed,
    verdicts,
  }: {
    readonly rows: readonly Row[];
    readonly failed: readonly string[];
    readonly verdicts: readonly Verdict[];
  },
  clock: ClockName,
): string {
  const unit = clock === "gpuCpuMs" ? "GPU-process CPU ms" : "wall ms";
  const about = `Tilebook beside the others (${unit} per run; x: how many times as long they take; * not compared)`;
  return [
    about,
    ...columns([heads, ...rows.map(cellsOf)]),
    meansOf(rows.filter(({ id }) => compared.includes(id))),
    ...failed.map((line) => `FAILED ${line}`),
    "",
    ...verdicts.map(({ target, passed, found }) => `${passed ? "PASS " : "BELOW"} ${target}: ${found}`),
  ].join("\n");
}

function cellsOf(row: Row): readonly string[] {
  return [
    compared.includes(row.id) ? row.id : `${row.id} *`,
    row.ms === undefined ? "-" : number(row.ms),
    ...time(row.library),
    ...time(row.hand),
    percent(row.ofFlops),
    percent(row.ofBytes),
    pair(row.dispatches, (value) => number(value)),
    pair(row.peakBytes, (value) => number(value / 2 ** 20)),
    pair(row.cold, (value) => value.toFixed(0)),
  ];
}

function time(beside: Beside | undefined): readonly [string, string] {
  if (beside === undefined) return ["-", ""];
  return [`${beside.best.name} ${number(beside.best.value)}`, `${beside.ratio.toFixed(2)}x`];
}

/** Ours, and the least of the others. */
function pair(beside: Beside | undefined, say: (value: number) => string): string {
  if (beside === undefined) return "-";
  return `${say(beside.ours)} (${beside.best.name} ${say(beside.best.value)})`;
}

function meansOf(rows: readonly Row[]): string {
  const mean = (of: (row: Row) => Beside | undefined): string => {
    const ratios = rows.flatMap((row) => of(row)?.ratio ?? []);
    return ratios.length === 0 ? "-" : `${geometricMean(ratios).toFixed(2)}x`;
  };
  return `geometric mean: libraries ${mean(({ library }) => library)}, hand-written ${mean(({ hand }) => hand)}`;
}

function number(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

function percent(share: number | undefined): string {
  return share === undefined ? "-" : `${(100 * share).toFixed(0)} %`;
}

/** Lines whose columns stand under each other. */
function columns(table: readonly (readonly string[])[]): readonly string[] {
  const widths = heads.map((_, at) => Math.max(...table.map((line) => (line[at] ?? "").length)));
  return table.map((line) =>
    line
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
