import type { BufferDType } from "@tilebook/ir";
import { type Expr, pick } from "../expr.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { takeAlongAxis } from "../gather.ts";
import { alias, cast } from "../nodes.ts";
import { checkOptions } from "../options.ts";
import { launchLibrary, type LibraryDType, powerOfTwo } from "./launch.ts";
import { asRows, storedAs } from "./rows.ts";

export interface SortOptions {
  /** From the greatest to the least. Equal elements keep their order in both directions. */
  readonly descending?: boolean;
}

/** Elements in order along an axis, and where each of them stood. */
export interface Sorted {
  readonly values: Expr;
  /** i32 */
  readonly places: Expr;
}

/** What comes last in an order that is stable: nothing real may stand behind it. */
function padding(dtype: LibraryDType, descending: boolean): string {
  if (dtype === "f32") return descending ? "-Infinity" : "NaN";
  if (dtype === "i32") return descending ? "-2147483648" : "2147483647";
  return descending ? "0" : "4294967295";
}

/** Sorts runs of BLOCK elements of ROWS rows at a time. */
function runsText(dtype: LibraryDType, descending: boolean): string {
  return `kernel((x: Ptr<"${dtype}">, values: Ptr<"${dtype}">, places: Ptr<"i32">, rows: i32, n: i32, ROWS: Const, BLOCK: Const) => {
  const row = expand(programId(1) * ROWS + arange(ROWS), 1);
  const at = programId(0) * BLOCK + expand(arange(BLOCK), 0);
  const inside = row < rows && at < n;
  const value = load(x + (row * n + at), inside, full([1], ${padding(dtype, descending)}, "${dtype}"));
  const order = argsort(value, 1, { descending: ${descending} });
  store(values + (row * n + at), gather(value, order, 1), inside);
  store(places + (row * n + at), programId(0) * BLOCK + order, inside);
})`;
}

/** Whether a, of the run that stands first, comes before b or equals it. */
function precedes(dtype: LibraryDType, descending: boolean): string {
  if (dtype !== "f32") return descending ? "a >= b" : "a <= b";
  return descending ? "isNaN(a) || (!isNaN(b) && a >= b)" : "isNaN(b) || (!isNaN(a) && a <= b)";
}

/**
 * Merges neighbouring runs of `run` sorted elements. Element d of a merged pair looks up by halving how many of the d
 * elements before it come from the first run (merge path: Odeh, Green, Mwassi, Shmueli, Birk, 2012); so nothing is scattered.
 */
function mergeText(dtype: LibraryDType, descending: boolean): string {
  return `kernel((x: Ptr<"${dtype}">, from: Ptr<"i32">, values: Ptr<"${dtype}">, places: Ptr<"i32">, n: i32, run: i32, steps: i32, BLOCK: Const) => {
  const first = programId(1) * n;
  const at = programId(0) * BLOCK + arange(BLOCK);
  const inside = at < n;
  const base = at - at % (2 * run);
  const d = at - base;
  const left = minimum(run, n - base);
  const right = minimum(run, n - base - left);
  const ahead = (a, b) => ${precedes(dtype, descending)};
  let least = maximum(0, d - right);
  let most = minimum(d, left);
  for (const turn of range(steps)) {
    const open = least < most && inside;
    const middle = (least + most) >> 1;
    const a = load(x + (first + base + middle), open);
    const b = load(x + (first + base + left + d - 1 - middle), open);
    const more = open && ahead(a, b);
    least = where(more, middle + 1, least);
    most = where(open && !more, middle, most);
  }
  const other = d - least;
  const hasLeft = least < left;
  const hasRight = other < right;
  const a = load(x + (first + base + least), inside && hasLeft);
  const b = load(x + (first + base + left + other), inside && hasRight);
  const takesLeft = hasLeft && (!hasRight || ahead(a, b));
  const source = base + where(takesLeft, least, left + other);
  store(values + (first + at), where(takesLeft, a, b), inside);
  store(places + (first + at), load(from + (first + source), inside), inside);
})`;
}

/** Most elements of a run that a tile sorts: it compares each with each. */
const longestRun = 256;
const mergeBlock = 256;

/** Sorted along one axis; stable, and NaN counts as the greatest. Runs of a tile are sorted, then merged two by two. */
export function sortAlong(
  kernels: KernelCache,
  input: Expr,
  axis: number,
  options: SortOptions = {},
): Sorted {
  checkOptions("sort", options, ["descending"]);
  const { descending = false } = options;
  const { expr, dtype, rows, length, restore } = asRows(input, axis);
  const type = { dtype, rows, length, descending, shape: expr.shape };
  let sorted = sortRuns(kernels, expr, type);
  for (let run = longestRun; run < length; run *= 2) sorted = mergeRuns(kernels, sorted, { ...type, run });
  const values = cast(restore(sorted.values), storedAs(input.dtype));
  const places = restore(sorted.places);
  // Each element went to one place, so its gradient comes back from there.
  const pull = (g: Expr): readonly Expr[] => {
    const back = sortAlong(kernels, places, axis).places;
    return [cast(takeAlongAxis(g, back, axis), input.dtype)];
  };
  return { values: alias(values).withGradient({ of: [input], pull }), places };
}

interface SortedRows {
  readonly dtype: LibraryDType;
  readonly rows: number;
  readonly length: number;
  readonly descending: boolean;
  readonly shape: Expr["shape"];
}

function sortRuns(kernels: KernelCache, x: Expr, how: SortedRows): Sorted {
  const { dtype, rows, length, descending } = how;
  const block = Math.min(longestRun, powerOfTwo(length));
  const tall = Math.min(powerOfTwo(rows), longestRun / block);
  const made = launchLibrary(kernels, {
    name: "sort_runs",
    text: runsText(dtype, descending),
    constants: { ROWS: tall, BLOCK: block },
    grid: [Math.ceil(length / block), Math.ceil(rows / tall), 1],
    given: { x, rows, n: length, ...outputs(how) },
  });
  return { values: pick(made, 0), places: pick(made, 1) };
}

function mergeRuns(
  kernels: KernelCache,
  { values, places }: Sorted,
  how: SortedRows & { readonly run: number },
): Sorted {
  const { dtype, rows, length, descending, run } = how;
  const steps = Math.log2(run) + 1;
  const made = launchLibrary(kernels, {
    name: "sort_merge",
    text: mergeText(dtype, descending),
    constants: { BLOCK: mergeBlock },
    grid: [Math.ceil(length / mergeBlock), rows, 1],
    given: { x: values, from: places, n: length, run, steps, ...outputs(how) },
  });
  return { values: pick(made, 0), places: pick(made, 1) };
}

interface Made {
  readonly makes: { readonly dtype: BufferDType; readonly shape: Expr["shape"] };
}

function outputs({ dtype, shape }: SortedRows): { readonly values: Made; readonly places: Made } {
  return { values: { makes: { dtype, shape } }, places: { makes: { dtype: "i32", shape } } };
}
