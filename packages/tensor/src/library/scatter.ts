import { checkOptions } from "../options.ts";
import { Fault } from "@tilebook/base";
import { dtypeInfo, valueDType } from "@tilebook/ir";
import { arithmetic, compare, logic, choose } from "../elementwise.ts";
import type { Expr } from "../expr.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { alias, broadcast, cast, iota, permute, reshape, slice, take } from "../nodes.ts";
import { broadcastShape, checkAxis, sameShape, sayShape, type Shape, sizeOf } from "../shape.ts";
import { concat } from "../shapes/join.ts";
import { sliceAxis } from "../views.ts";
import { launchOne, type LibraryDType } from "./launch.ts";
import { computedIn } from "./rows.ts";
import { foldSegments, pullFold, rowsOf, type SegmentName, type Segments, segmentsOf } from "./segment.ts";

/** What becomes of an element that is there and those that go to its place; of `set` the last one stays. */
export type ScatterMode = "set" | "add" | "mul" | "max" | "min";

export interface ScatterOptions {
  readonly mode?: ScatterMode;
}

const folds = { add: "sum", mul: "prod", max: "max", min: "min" } as const satisfies Record<
  Exclude<ScatterMode, "set">,
  SegmentName
>;

/** Rows whose numbers are given anew take those of the last update; the others keep their own. */
function setText(dtype: LibraryDType): string {
  return `kernel((base: Ptr<"${dtype}">, x: Ptr<"${dtype}">, order: Ptr<"i32">, first: Ptr<"i32">, y: Ptr<"${dtype}">, width: i32, size: i32, BLOCK: Const) => {
  const at = programId(0) * BLOCK + arange(BLOCK);
  const inside = at < size;
  const row = idiv(at, width);
  const end = load(first + (row + 1), inside);
  const given = inside && end > load(first + row, inside);
  const source = load(order + (end - 1), given);
  const value = load(x + (source * width + at % width), given);
  store(y + at, where(given, value, load(base + at, inside && !given)), inside);
})`;
}

interface Update {
  /** Rows of base that updates go to; others than 0 to rows - 1 are passed over. i32 [m] */
  readonly rows: Expr;
  /** As many numbers an update as base has a row. */
  readonly values: Expr;
  readonly mode: ScatterMode;
}

/** `base` seen as [count, width] with the updates in it, in the shape and dtype of base. */
function scatterRows(kernels: KernelCache, base: Expr, count: number, update: Update): Expr {
  const { rows, mode } = update;
  const [updates = 1] = rows.shape;
  const values = reshape(update.values, [updates, sizeOf(update.values.shape) / updates]);
  const segments = segmentsOf(kernels, rows, count);
  if (mode === "set") {
    const pull = (g: Expr): readonly Expr[] => pullSet(g, segments, { rows, values, base });
    return alias(setRows(kernels, base, segments, values)).withGradient({ of: [base, values], pull });
  }
  const fold = foldSegments(kernels, cast(values, valueDType(base.dtype)), segments, folds[mode]);
  const result = cast(arithmetic(mode, base, reshape(fold, base.shape)), base.dtype);
  const pull = (g: Expr, y: Expr, [under = base, over = values]: readonly Expr[]): readonly Expr[] =>
    mode === "add"
      ? [g, rowsOf(asTable(g, count), rows, values.dtype)]
      : pullMet(kernels, mode, { g, y, base: under, values: over, rows, count });
  return alias(result).withGradient({ of: [base, values], pull });
}

/**
 * What stands there and the updates that go there are one segment. Of a product each has the others, exactly at zeros, too; those that are
 * equally extreme share the cotangent evenly, as those of `max` do and of PyTorch's scatter_reduce.
 */
function pullMet(
  kernels: KernelCache,
  mode: Exclude<ScatterMode, "set" | "add">,
  met: { readonly g: Expr; readonly y: Expr; readonly count: number } & Omit<Update, "mode"> & {
      readonly base: Expr;
    },
): readonly Expr[] {
  const { base, values, rows, count } = met;
  const table = (expr: Expr): Expr => asTable(cast(expr, "f32"), count);
  const x = concat([table(base), cast(values, "f32")], 0);
  const ids = concat([iota([count], "i32"), rows], 0);
  const pulled = { g: table(met.g), y: table(met.y), x, ids };
  const made = pullFold(kernels, folds[mode], pulled, segmentsOf(kernels, ids, count));
  const [updates = 1] = rows.shape;
  return [
    cast(reshape(sliceAxis(made, 0, 0, count), base.shape), base.dtype),
    cast(sliceAxis(made, 0, count, count + updates), values.dtype),
  ];
}

/** What was given anew no longer depends on what was there, and only on the last update of its row. */
function pullSet(
  g: Expr,
  { order, first, count }: Segments,
  { rows, values, base }: { readonly rows: Expr; readonly values: Expr; readonly base: Expr },
): readonly Expr[] {
  const table = asTable(g, count);
  const ends = slice(first, [1], [count]);
  const given = compare("gt", ends, slice(first, [0], [count]));
  const kept = choose(reshape(given, [count, 1]), 0, table);
  const last = take(order, arithmetic("max", arithmetic("sub", ends, 1), 0));
  const own = compare("eq", take(last, arithmetic("max", rows, 0)), iota(rows.shape, "i32"));
  const found = rowsOf(table, rows, values.dtype);
  return [
    cast(reshape(kept, base.shape), base.dtype),
    cast(choose(reshape(own, [sizeOf(rows.shape), 1]), found, 0), values.dtype),
  ];
}

function asTable(g: Expr, count: number): Expr {
  return reshape(g, [count, sizeOf(g.shape) / count]);
}

function setRows(kernels: KernelCache, base: Expr, { order, first, count }: Segments, values: Expr): Expr {
  const dtype = computedIn(base.dtype);
  const size = sizeOf(base.shape);
  const made = launchOne(kernels, {
    name: "scatter_set",
    text: setText(dtype),
    constants: { BLOCK: 256 },
    grid: [Math.ceil(size / 256), 1, 1],
    given: {
      base: cast(base, dtype),
      x: cast(cast(values, base.dtype), dtype),
      order,
      first,
      y: { makes: { dtype, shape: base.shape } },
      width: size / count,
      size,
    },
  });
  return cast(made, base.dtype);
}

/**
 * `input` with updates at the places `index` (a vector) of one axis: NumPy's x[index] = updates, and with `add` np.add.at.
 * Negative places count from the end; those outside are passed over. Updates broadcast to the shape of the input with as
 * many places along the axis as the index has.
 */
export function scatter(
  kernels: KernelCache,
  input: Expr,
  how: { index: Expr; updates: Expr; axis?: number } & ScatterOptions,
): Expr {
  const { index, updates, ...options } = how;
  checkOptions("scatter", options, ["axis", "mode"]);
  const { axis = 0, mode = "set" } = options;
  checkMode(mode);
  needIndex(index);
  const at = checkAxis(axis, input.shape.length);
  const [places = 0, ...more] = index.shape;
  if (more.length > 0 || index.shape.length === 0)
    throw misfit(`an index of shape ${sayShape(index.shape)} is no vector`, "use scatterND or putAlongAxis");
  const wanted = input.shape.with(at, places);
  const values = spread(updates, wanted);
  const order = [at, ...input.shape.map((_, n) => n).filter((n) => n !== at)];
  const back = input.shape.map((_, n) => order.indexOf(n));
  const count = input.shape[at] ?? 1;
  const rows = wrapped(index, count);
  const base = permute(input, order);
  return permute(scatterRows(kernels, base, count, { rows, values: permute(values, order), mode }), back);
}

/**
 * ONNX ScatterND: `index` [..., k] names elements of the first k axes, updates are [..., the other axes]. Negative numbers
 * count from the end; what lies outside is passed over.
 */
export function scatterND(
  kernels: KernelCache,
  input: Expr,
  how: { index: Expr; updates: Expr } & ScatterOptions,
): Expr {
  const { index, updates, ...options } = how;
  checkOptions("scatterND", options, ["mode"]);
  const { mode = "set" } = options;
  checkMode(mode);
  needIndex(index);
  const k = index.shape.at(-1) ?? 0;
  if (k < 1 || k > input.shape.length) {
    const said = `an index of shape ${sayShape(index.shape)} names no elements of ${sayShape(input.shape)}`;
    throw misfit(said, "its last axis has one number for each axis, at most as many as there are");
  }
  const many = index.shape.slice(0, -1);
  const values = spread(updates, [...many, ...input.shape.slice(k)]);
  const flat = reshape(index, [sizeOf(many), k]);
  const sizes = input.shape.slice(0, k);
  const parts = sizes.map((size, n) => wrapped(reshape(sliceAxis(flat, 1, n, n + 1), [sizeOf(many)]), size));
  const rows = parts.reduce((so, part, n) => {
    const both = arithmetic("add", arithmetic("mul", so, sizes[n] ?? 1), part);
    return choose(logic("and", compare("ge", so, 0), compare("ge", part, 0)), both, -1);
  });
  return scatterRows(kernels, input, sizeOf(sizes), { rows, values, mode });
}

/**
 * NumPy's put_along_axis, ONNX ScatterElements: element [i, j, ...] of the updates goes to the place index[i, j, ...] along
 * the axis. Index and input have equal sizes along the others.
 */
export function putAlongAxis(
  kernels: KernelCache,
  input: Expr,
  how: { index: Expr; updates: Expr; axis: number } & ScatterOptions,
): Expr {
  const { index, updates, axis, ...options } = how;
  checkOptions("putAlongAxis", options, ["mode"]);
  const { mode = "set" } = options;
  checkMode(mode);
  needIndex(index);
  const at = checkAxis(axis, input.shape.length);
  const { shape } = index;
  if (
    !sameShape(shape.toSpliced(at, 1), input.shape.toSpliced(at, 1)) ||
    shape.length !== input.shape.length
  ) {
    const said = `an index of shape ${sayShape(shape)} does not go along axis ${at} of ${sayShape(input.shape)}`;
    throw misfit(said, "it has the sizes of the tensor, but for that axis");
  }
  const along = wrapped(index, input.shape[at] ?? 1);
  const place = shape.reduce<Expr>(
    (sum, size, n) => {
      const part =
        n === at ? along : spread(reshape(iota([size], "i32"), onAxis(size, n, shape.length)), shape);
      const stride = sizeOf(input.shape.slice(n + 1));
      return arithmetic("add", sum, arithmetic("mul", part, stride));
    },
    arithmetic("mul", along, 0),
  );
  const rows = reshape(choose(compare("ge", along, 0), place, -1), [sizeOf(shape)]);
  return scatterRows(kernels, input, sizeOf(input.shape), { rows, values: spread(updates, shape), mode });
}

function onAxis(size: number, axis: number, rank: number): Shape {
  return Array.from({ length: rank }, (_, n) => (n === axis ? size : 1));
}

/** Counted from the front; -1 for what lies outside. */
function wrapped(index: Expr, size: number): Expr {
  const numbers = cast(index, "i32");
  const front = choose(compare("lt", numbers, 0), arithmetic("add", numbers, size), numbers);
  return choose(logic("and", compare("ge", front, 0), compare("lt", front, size)), front, -1);
}

function spread(updates: Expr, shape: Shape): Expr {
  if (sameShape(broadcastShape(updates.shape, shape), shape)) return broadcast(updates, shape);
  throw misfit(
    `updates of shape ${sayShape(updates.shape)} are not ${sayShape(shape)}`,
    "they must broadcast to it",
  );
}

function needIndex(index: Expr): void {
  if (dtypeInfo[valueDType(index.dtype)].kind === "integer") return;
  throw new Fault("tensor/index", `places are i32 numbers, not ${index.dtype}`, {
    hint: 'make them with cast("i32"), or tensor([...], { dtype: "i32" })',
  });
}

function checkMode(mode: unknown): void {
  const modes: readonly unknown[] = ["set", ...Object.keys(folds)];
  if (!modes.includes(mode))
    throw new Fault("tensor/mode", `a mode is one of ${modes.join(", ")}, not ${String(mode)}`);
}

function misfit(message: string, hint: string): Fault {
  return new Fault("shape/scatter", message, { hint });
}
