import type { Expr } from "../expr.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { extremeText, launchOne, type LibraryDType, powerOfTwo } from "./launch.ts";

/** A running fold along one axis. */
export type ScanName = "cumsum" | "cumprod" | "cummax" | "cummin";

const steps: Readonly<Record<ScanName, (dtype: LibraryDType) => string>> = {
  cumsum: () => "a + b",
  cumprod: () => "a * b",
  cummax: (dtype) => extremeText("maximum", dtype),
  cummin: (dtype) => extremeText("minimum", dtype),
};

const least: Readonly<Record<LibraryDType, string>> = { f32: "-Infinity", i32: "-2147483648", u32: "0" };
const most: Readonly<Record<LibraryDType, string>> = {
  f32: "Infinity",
  i32: "2147483647",
  u32: "4294967295",
};

/** What changes nothing when it is folded in. */
function neutral(op: ScanName, dtype: LibraryDType): string {
  if (op === "cumsum") return "0";
  if (op === "cumprod") return "1";
  return op === "cummax" ? least[dtype] : most[dtype];
}

/**
 * Each program takes ROWS rows, or one part of one row, a tile at a time, and carries the fold of what it has seen. A tile
 * is scanned in pieces, LANES a row, since one thread walks along each piece.
 * Places are counted from where the scan begins: with REVERSE from the end of the row.
 */
function scanText(op: ScanName, dtype: LibraryDType, carried: boolean): string {
  const zero = `full([1], ${neutral(op, dtype)}, "${dtype}")`;
  return `kernel((x: Ptr<"${dtype}">, ${carried ? `carry: Ptr<"${dtype}">, ` : ""}y: Ptr<"${dtype}">, rows: i32, n: i32,
    part: i32, ROWS: Const, BLOCK: Const, LANES: Const, REVERSE: Const, EXCLUSIVE: Const) => {
  const step = (a, b) => ${steps[op](dtype)};
  const row = programId(1) * ROWS + arange(ROWS);
  const first = programId(0) * part;
  const neutral = ${zero};
  const lane = expand(arange(BLOCK), 0);
  let total = ${carried ? "load(carry + row * numPrograms(0) + programId(0), row < rows)" : "broadcast(neutral, [ROWS])"};
  for (const start of range(first, min(first + part, n), BLOCK)) {
    const at = start + lane;
    const inside = at < n && expand(row < rows, 1);
    const place = expand(row * n, 1) + (REVERSE ? n - 1 - at : at);
    const value = load(x + place, inside, neutral);
    const pieces = reshape(value, [ROWS, LANES, idiv(BLOCK, LANES)]);
    const within = scan(pieces, 2, step);
    const ends = scan(reduce(pieces, 2, step), 1, step);
    const piece = broadcast(expand(arange(LANES), 0), [ROWS, LANES]);
    const before = where(piece > 0, gather(ends, maximum(piece - 1, 0), 1), neutral);
    const running = step(expand(total, 1), reshape(step(expand(before, 2), within), [ROWS, BLOCK]));
    if (EXCLUSIVE) {
      const next = at + 1;
      store(y + (expand(row * n, 1) + (REVERSE ? n - 1 - next : next)), running, next < n && inside);
      if (start == 0) store(y + (row * n + (REVERSE ? n - 1 : 0)), neutral, row < rows);
    } else store(y + place, running, inside);
    total = ${last(dtype)};
  }
})`;
}

/** The last column of the tile: no sum, since nothing but one element a row is not 0. */
function last(dtype: LibraryDType): string {
  return `sum(where(lane == BLOCK - 1, running, full([1], 0, "${dtype}")), 1)`;
}

/** The fold of each part of each row, [rows, parts]. */
function partsText(op: ScanName, dtype: LibraryDType): string {
  return `kernel((x: Ptr<"${dtype}">, y: Ptr<"${dtype}">, n: i32, part: i32, BLOCK: Const, REVERSE: Const) => {
  const row = programId(1);
  const first = programId(0) * part;
  const neutral = full([1], ${neutral(op, dtype)}, "${dtype}");
  let total = broadcast(neutral, [BLOCK]);
  for (const start of range(first, min(first + part, n), BLOCK)) {
    const at = start + arange(BLOCK);
    const a = total;
    const b = load(x + row * n + (REVERSE ? n - 1 - at : at), at < n, neutral);
    total = ${steps[op](dtype)};
  }
  store(y + row * numPrograms(0) + programId(0), reduce(total, 0, (a, b) => ${steps[op](dtype)}));
})`;
}

/** Elements of one row that a program goes through at most, where rows are too few to fill the device. */
export const partLength = 4096;
const fewRows = 64;

/** Whether rows are long and few enough to go in parts. */
export function goesInParts({ rows, length }: { readonly rows: number; readonly length: number }): boolean {
  return length > 2 * partLength && rows < fewRows;
}

/** How rows [rows, length] are scanned. */
export interface Scan {
  readonly op: ScanName;
  readonly dtype: LibraryDType;
  readonly rows: number;
  readonly length: number;
  readonly reverse: boolean;
  readonly exclusive: boolean;
}

/** x [rows, length], and the result is like it. Long rows of few go in parts: the fold of each, and then each from what is before it. */
export function scanRows(kernels: KernelCache, x: Expr, scan: Scan): Expr {
  const { rows, length } = scan;
  if (!goesInParts(scan)) return oneLaunch(kernels, x, scan);
  const parts = Math.ceil(length / partLength);
  const totals = launchOne(kernels, {
    name: `${scan.op}_parts`,
    text: partsText(scan.op, scan.dtype),
    constants: { BLOCK: 1024, REVERSE: scan.reverse },
    grid: [parts, rows, 1],
    given: { x, y: { makes: { dtype: scan.dtype, shape: [rows, parts] } }, n: length, part: partLength },
  });
  const before = scanRows(kernels, totals, { ...scan, length: parts, reverse: false, exclusive: true });
  return oneLaunch(kernels, x, scan, before);
}

function oneLaunch(kernels: KernelCache, x: Expr, scan: Scan, before?: Expr): Expr {
  const { op, dtype, rows, length, reverse, exclusive } = scan;
  const part = before === undefined ? length : partLength;
  const block = Math.min(1024, powerOfTwo(length));
  const tall = before === undefined ? Math.min(powerOfTwo(rows), 1024 / block) : 1;
  return launchOne(kernels, {
    name: op,
    text: scanText(op, dtype, before !== undefined),
    constants: {
      ROWS: tall,
      BLOCK: block,
      LANES: block >= 64 ? 32 : 1,
      REVERSE: reverse,
      EXCLUSIVE: exclusive,
    },
    grid: [Math.ceil(length / part), Math.ceil(rows / tall), 1],
    given: {
      x,
      ...(before === undefined ? {} : { carry: before }),
      y: { makes: { dtype, shape: x.shape } },
      rows,
      n: length,
      part,
    },
  });
}
