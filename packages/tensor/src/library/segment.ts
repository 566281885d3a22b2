import { Fault } from "@tilebook/base";
import { type BufferDType, dtypeInfo, valueDType } from "@tilebook/ir";
import type { Expr } from "../expr.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { alias, broadcast, cast, fill, iota, reshape, slice, take } from "../nodes.ts";
import { arithmetic, choose, compare, floating, logic } from "../elementwise.ts";
import { checkShape, sayShape, sizeOf } from "../shape.ts";
import { extremeText, launchOne, type LibraryDType, powerOfTwo } from "./launch.ts";
import { computedIn, storedAs } from "./rows.ts";
import { neighbour, recur } from "./recurrence.ts";
import { searchSorted } from "./search.ts";
import { sortAlong } from "./sort.ts";

/** What becomes of the values that meet in one segment. */
export type SegmentName = "sum" | "max" | "min" | "prod";

const steps: Readonly<Record<SegmentName, (dtype: LibraryDType) => string>> = {
  sum: () => "a + b",
  prod: () => "a * b",
  max: (dtype) => extremeText("maximum", dtype),
  min: (dtype) => extremeText("minimum", dtype),
};

const starts: Readonly<Record<SegmentName, Readonly<Record<LibraryDType, string>>>> = {
  sum: { f32: "0", i32: "0", u32: "0" },
  prod: { f32: "1", i32: "1", u32: "1" },
  max: { f32: "-Infinity", i32: "-2147483648", u32: "0" },
  min: { f32: "Infinity", i32: "2147483647", u32: "4294967295" },
};

/** Rows of values in the order of their segments: those of segment c are order[first[c]] to order[first[c + 1] - 1]. */
export interface Segments {
  readonly order: Expr;
  /** i32 [count + 1] */
  readonly first: Expr;
  readonly count: number;
}

/** Ids outside of 0 to count - 1 are in no segment. By sorting, so that each segment's values keep their order. */
export function segmentsOf(kernels: KernelCache, ids: Expr, count: number): Segments {
  const { values, places } = sortAlong(kernels, ids, 0);
  const first = searchSorted(kernels, values, iota([count + 1], "i32"));
  return { order: places, first, count };
}

/** A program for each segment and COLS columns: its lanes go through the segment's rows beside each other. */
function wideText(op: SegmentName, dtype: LibraryDType): string {
  return `kernel((x: Ptr<"${dtype}">, order: Ptr<"i32">, first: Ptr<"i32">, y: Ptr<"${dtype}">, width: i32, ROWS: Const, COLS: Const) => {
  const segment = programId(0);
  const column = programId(1) * COLS + arange(COLS);
  const lane = expand(arange(ROWS), 1);
  const end = load(first + segment + 1);
  const neutral = full([1], ${starts[op][dtype]}, "${dtype}");
  let total = broadcast(expand(neutral, 0), [ROWS, COLS]);
  for (const start of range(load(first + segment), end, ROWS)) {
    const row = load(order + (start + lane), start + lane < end);
    const a = total;
    const b = load(x + (row * width + expand(column, 0)), start + lane < end && expand(column < width, 0), neutral);
    total = ${steps[op](dtype)};
  }
  store(y + (segment * width + column), reduce(total, 0, (a, b) => ${steps[op](dtype)}), column < width);
})`;
}

/** An element of the result for each lane, which goes through its segment alone: for many short segments. */
function narrowText(op: SegmentName, dtype: LibraryDType): string {
  return `kernel((x: Ptr<"${dtype}">, order: Ptr<"i32">, first: Ptr<"i32">, y: Ptr<"${dtype}">, width: i32, count: i32, BLOCK: Const) => {
  const at = programId(0) * BLOCK + arange(BLOCK);
  const inside = at < count * width;
  const segment = idiv(at, width);
  const begin = load(first + segment, inside);
  const length = load(first + (segment + 1), inside) - begin;
  let total = full([BLOCK], ${starts[op][dtype]}, "${dtype}");
  for (const turn of range(0, max(length))) {
    const row = load(order + (begin + turn), turn < length);
    const a = total;
    const b = load(x + (row * width + at % width), turn < length);
    total = where(turn < length, ${steps[op](dtype)}, total);
  }
  store(y + at, total, inside);
})`;
}

/** Rows of fewer numbers, in segments of fewer rows, are folded a lane each. */
const narrowWidth = 16;
const shortSegment = 16;

/** Folds rows of `width` numbers by segment: [count, width] in the dtype kernels compute in. */
export function foldSegments(
  kernels: KernelCache,
  values: Expr,
  { order, first, count }: Segments,
  op: SegmentName,
): Expr {
  const dtype = computedIn(values.dtype);
  const [n = 1] = values.shape;
  const width = sizeOf(values.shape) / n;
  const narrow = width < narrowWidth && n / count < shortSegment;
  const columns = Math.min(64, powerOfTwo(width));
  return launchOne(kernels, {
    name: `segment_${op}`,
    text: narrow ? narrowText(op, dtype) : wideText(op, dtype),
    constants: narrow ? { BLOCK: 256 } : { ROWS: 256 / columns, COLS: columns },
    grid: narrow ? [Math.ceil((count * width) / 256), 1, 1] : [count, Math.ceil(width / columns), 1],
    given: {
      x: cast(values, dtype),
      order,
      first,
      y: { makes: { dtype, shape: [count, width] } },
      width,
      count,
    },
  });
}

/**
 * values [n, ...] and ids i32 [n] -> [count, ...]: element c is the sum (product, greatest, least) of the values whose id
 * is c, in their order; 0 (1, -Infinity, Infinity) where there are none. Ids outside of 0 to count - 1 are passed over.
 * No atomics: the same device gives the same bits. Faults `shape/segment`, `tensor/index`, `shape/sizes`.
 */
export function segment(
  kernels: KernelCache,
  values: Expr,
  { ids, count, op }: { readonly ids: Expr; readonly count: number; readonly op: SegmentName },
): Expr {
  checkIds(values, ids);
  const [rows = 1] = checkShape([count]);
  const segments = segmentsOf(kernels, cast(ids, "i32"), rows);
  const made = reshape(foldSegments(kernels, values, segments, op), [rows, ...values.shape.slice(1)]);
  const result = cast(made, storedAs(values.dtype));
  const pull = (g: Expr, y: Expr, [x = values]: readonly Expr[]): readonly Expr[] => {
    const places = cast(ids, "i32");
    if (op === "sum") return [rowsOf(g, places, values.dtype)];
    const inner = { g: cast(g, "f32"), y: cast(y, "f32"), x: cast(x, "f32"), ids: places };
    return [cast(pullFold(kernels, op, inner, segments), x.dtype)];
  };
  return alias(result).withGradient({ of: [values], pull });
}

/** The cotangent of the values of folds by segment, but for sums; f32. */
export function pullFold(
  kernels: KernelCache,
  op: Exclude<SegmentName, "sum">,
  pulled: Pulled,
  segments: Segments,
): Expr {
  return op === "prod" ? pullProducts(kernels, pulled, segments) : pullExtremes(kernels, pulled);
}

/** Of a fold by segment, all f32. */
interface Pulled {
  /** The cotangent of the result. */
  readonly g: Expr;
  /** The result, and what was folded. */
  readonly y: Expr;
  readonly x: Expr;
  /** i32 */
  readonly ids: Expr;
}

/** Values that are equally extreme in their segment share its cotangent evenly, as those of `max` do. */
function pullExtremes(kernels: KernelCache, { g, y, x, ids }: Pulled): Expr {
  const tied = compare("eq", x, rowsOf(y, ids, "f32"));
  const many = segmentSum(kernels, cast(tied, "f32"), ids, g.shape[0] ?? 1);
  const shares = floating("div", g, arithmetic("max", many, 1));
  return choose(tied, rowsOf(shares, ids, "f32"), 0);
}

/** The product of the values before it in its segment and of those behind it: exact at zeros, too, and so are its own gradients. */
function pullProducts(kernels: KernelCache, { g, x, ids }: Pulled, { order }: Segments): Expr {
  const sorted = take(ids, order);
  const inOrder = take(x, order);
  const others = [true, false].map((before) => {
    const near = neighbour(sorted, { axis: 0, before });
    const edge = compare("ne", iota(sorted.shape, "i32"), before ? 0 : (sorted.shape[0] ?? 1) - 1);
    const same = logic("and", compare("eq", near, sorted), edge);
    const spread = broadcast(reshape(same, [...sorted.shape, ...x.shape.slice(1).map(() => 1)]), x.shape);
    const factors = choose(spread, neighbour(inOrder, { axis: 0, before }), 0);
    return recur(kernels, {
      factors,
      terms: choose(spread, fill(0, x.shape, "f32"), 1),
      axis: 0,
      reverse: !before,
    });
  });
  const made = others.reduce((so, one) => arithmetic("mul", so, one), rowsOf(g, sorted, "f32"));
  return take(made, sortAlong(kernels, order, 0).places);
}

/** The row of each id, and zeros where there is none. */
export function rowsOf(rows: Expr, ids: Expr, dtype: BufferDType): Expr {
  const last = (rows.shape[0] ?? 1) - 1;
  const near = arithmetic("min", arithmetic("max", ids, 0), last);
  const spread = reshape(compare("eq", near, ids), [...ids.shape, ...rows.shape.slice(1).map(() => 1)]);
  const found = take(rows, near);
  return cast(choose(broadcast(spread, found.shape), found, 0), dtype);
}

/** values [n, ...], ids i32 [n] -> [count, ...]; what `take` needs for its gradient. */
export function segmentSum(kernels: KernelCache, values: Expr, ids: Expr, count: number): Expr {
  return segment(kernels, values, { ids, count, op: "sum" });
}

/** How many of the ids are 0, 1, ..., count - 1: i32 [count]. Others are passed over. */
export function bincount(kernels: KernelCache, ids: Expr, count: number): Expr {
  const flat = reshape(ids, [sizeOf(ids.shape)]);
  checkIds(flat, flat);
  const { first } = segmentsOf(kernels, cast(flat, "i32"), checkShape([count])[0] ?? 1);
  return arithmetic("sub", slice(first, [1], [count]), slice(first, [0], [count]));
}

function checkIds(values: Expr, ids: Expr): void {
  if (dtypeInfo[valueDType(ids.dtype)].kind !== "integer") {
    throw new Fault("tensor/index", `segments are named by i32 numbers, not ${ids.dtype}`, {
      hint: 'make them with cast("i32"), or tensor([...], { dtype: "i32" })',
    });
  }
  const fits = ids.shape.length === 1 && values.shape.length > 0 && ids.shape[0] === values.shape[0];
  if (fits) return;
  const message = `values ${sayShape(values.shape)} need one id a row, not ids ${sayShape(ids.shape)}`;
  throw new Fault("shape/segment", message, {
    hint: "ids is a vector as long as the first axis of the values",
  });
}
