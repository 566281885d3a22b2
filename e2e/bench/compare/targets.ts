import { geometricMean } from "./mean.ts";
import type { ClockName } from "./result.ts";
import type { Beside, Row } from "./rows.ts";

/** What the issue of speed asks for, and whether the rows show it. */
export interface Verdict {
  readonly target: string;
  readonly passed: boolean;
  /** The number that decides, and the cases that miss. */
  readonly found: string;
}

/** The cases that are compared; the others are shown only. */
export const compared: readonly string[] = [
  "matmul-256",
  "matmul-512",
  "gemv-2048",
  "bmm-8x256",
  "softmax-1024",
  "layernorm-1024",
  "attn-128",
  "attn-512",
  "attn-causal-128",
  "attn-causal-512",
  "gqa-8/2-512",
  "gelu-chain-4M",
  "sum-4M",
];

/** Largest relative error of a right result. */
const MOST_ERROR = 1e-5;
const HAND_SLACK = 1.05;
/** A difference of counted bytes below this is alignment. */
const BYTES_SLACK = 1.001;

/** The targets of this browser's clock, over the compared cases among the rows. */
export function verdicts(all: readonly Row[], clock: ClockName): readonly Verdict[] {
  const rows = all.filter(({ id }) => compared.includes(id));
  const mean = clock === "gpuCpuMs" ? 2 : 1.5;
  const shared = [
    each("right (error < 1e-5) in every case", all, ({ error }) => ratioTo(MOST_ERROR, error)),
    each("faster than the libraries in every case", rows, ({ library }) => library?.ratio),
    onMean(`${mean}x the fastest library per case, geometric mean`, rows, mean),
  ];
  if (clock === "wallMs") return [...missing(rows), ...shared];
  return [
    ...missing(rows),
    ...shared,
    each("no slower than the best hand-written WGSL, within 5 %", rows, ({ hand }) =>
      slack(hand, HAND_SLACK),
    ),
    matmulShare(rows),
    each("fewest dispatches in every case", rows, ({ dispatches }) => dispatches?.ratio),
    each("least GPU memory in every case", rows, ({ peakBytes }) => slack(peakBytes, BYTES_SLACK)),
    each("first result no slower than the quickest library", rows, ({ cold }) => cold?.ratio),
  ];
}

function missing(rows: readonly Row[]): readonly Verdict[] {
  const absent = compared.filter((id) => rows.every((row) => row.id !== id));
  if (absent.length === 0) return [];
  return [
    { target: "every compared case measured", passed: false, found: `not in this run: ${absent.join(", ")}` },
  ];
}

/** Passes when `ratio` is known in every row, and 1 or more. */
function each(target: string, rows: readonly Row[], ratio: (row: Row) => number | undefined): Verdict {
  const known = rows.flatMap((row) => {
    const value = ratio(row);
    return value === undefined ? [] : [{ id: row.id, value }];
  });
  if (known.length === 0) return { target, passed: false, found: "not measured" };
  const short = known.filter(({ value }) => value < 1).toSorted((a, b) => a.value - b.value);
  const list = short.map(({ id, value }) => `${id} ${value.toPrecision(2)}`).join(", ");
  const unknown = rows.length - known.length;
  const found = [
    `${known.length - short.length} of ${rows.length}`,
    ...(unknown > 0 ? [`${unknown} not measured`] : []),
    ...(short.length > 0 ? [`short: ${list}`] : []),
  ];
  return { target, passed: short.length === 0 && unknown === 0, found: found.join("; ") };
}

function onMean(target: string, rows: readonly Row[], least: number): Verdict {
  const ratios = rows.flatMap(({ library }) => (library === undefined ? [] : [library.ratio]));
  if (ratios.length === 0) return { target, passed: false, found: "not measured" };
  const mean = geometricMean(ratios);
  return { target, passed: mean >= least, found: `${mean.toFixed(2)}x over ${ratios.length} cases` };
}

/** The larger of the two products of matrices: the small one ends before the machine is busy. */
function matmulShare(rows: readonly Row[]): Verdict {
  const share = rows.find(({ id }) => id === "matmul-512")?.ofFlops;
  const found = share === undefined ? "not measured" : `${(100 * share).toFixed(0)} %`;
  return { target: "matmul-512 at 50 % of the multiply-add limit", passed: (share ?? 0) >= 0.5, found };
}

function slack(beside: Beside | undefined, factor: number): number | undefined {
  return beside === undefined ? undefined : beside.ratio * factor;
}

function ratioTo(most: number, value: number): number {
  return value === 0 ? Infinity : most / value;
}
