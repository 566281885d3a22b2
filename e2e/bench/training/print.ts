import type { TrainingResult } from "./result.ts";
import { compareLosses } from "./result.ts";
import type { Measured } from "./rounds.ts";

const columns = [
  "engine",
  "GPU CPU",
  "page CPU",
  "wall",
  "of ours",
  "dispatches",
  "submits",
  "MiB",
  "pipelines",
  "first ms",
];

/** A row for each engine. "of ours" is how many times as long it takes as Tilebook, by the GPU process and by the wall. */
export function printTraining(result: TrainingResult): string {
  const ours = result.engines["tilebook"];
  const rows = Object.entries(result.engines).map(([name, measured]) => cells(name, measured, ours));
  const table = [columns, ...rows];
  const widths = columns.map((_, at) => Math.max(...table.map((row) => row[at]?.length ?? 0)));
  const lines = table.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const { most, steps, agree } = compareLosses(result);
  const verdict = agree ? "PASS" : "WRONG";
  return [
    `ms of a step of ${result.size}, medians of rounds`,
    ...lines,
    `${verdict}  losses of the first ${steps} steps within 1e-3 of each other: ${most.toExponential(1)}`,
  ].join("\n");
}

function cells(name: string, measured: Measured, ours: Measured | undefined): readonly string[] {
  const { gpuCpuMs, pageCpuMs, wallMs, dispatches, submits, peakBytes, pipelines, firstMs } = measured;
  return [
    name,
    ...[gpuCpuMs, pageCpuMs, wallMs].map((values) => median(values).toFixed(0)),
    `${times(gpuCpuMs, ours?.gpuCpuMs)} ${times(wallMs, ours?.wallMs)}`,
    dispatches.toFixed(0),
    submits.toFixed(1),
    (peakBytes / 2 ** 20).toFixed(1),
    String(pipelines),
    firstMs.toFixed(0),
  ];
}

function times(values: readonly number[], own: readonly number[] | undefined): string {
  return own === undefined ? "" : `${(median(values) / median(own)).toFixed(2)}x`;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const [low, high] = [sorted[sorted.length % 2 === 0 ? half - 1 : half], sorted[half]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}
