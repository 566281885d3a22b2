import type { ValueId } from "@tilebook/ir";
import { columnClass, type Layout, rowClass } from "../layout/layout.ts";
import type { Expr } from "../thread/ir.ts";
import { type Context, log2 } from "./context.ts";
import { addLanes, exprOf, type Lanes, lanesOf, multiplyLanes, same } from "./lanes.ts";

/** Where along one axis. */
export interface Coordinate {
  readonly lanes: Lanes;
  /** Set when this is a row or column of a layout, held by this thread in that register row or chunk. */
  readonly owner?: { readonly class: string; readonly register: Expr };
  /** Set when the lanes run by 1 from 4 * chunk. */
  readonly chunk?: Expr;
}

/** One element of a tile, or four neighbours along one axis. */
export interface Site {
  readonly coordinates: readonly Coordinate[];
  /** Set when the site is a whole register of a layout. */
  readonly home?: { readonly layout: Layout; readonly row: Expr; readonly chunk: Expr };
  /** Values already computed here. */
  readonly known: Map<ValueId, Lanes>;
}

export function site(coordinates: readonly Coordinate[], home?: Site["home"]): Site {
  return { coordinates, known: new Map(), ...(home === undefined ? {} : { home }) };
}

export function at(value: Expr): Coordinate {
  return { lanes: same(value) };
}

/** The row of `layout` that this thread holds in register row `register`. */
export function rowAt(context: Context, layout: Layout, register: Expr): Coordinate {
  const { emitter } = context;
  if (layout.rows === 1) return at(emitter.int(0));
  const group = emitter.binary("shr", context.thread, emitter.int(log2(layout.stride)));
  const own = layout.threadRows === 1 ? emitter.int(0) : group;
  const above = emitter.binary("mul", register, emitter.int(layout.threadRows));
  const row = emitter.binary("add", above, own);
  return { lanes: same(row), owner: { class: rowClass(layout), register } };
}

/** The column, or the four columns, of `layout` that this thread holds in chunk `register`. */
export function columnAt(context: Context, layout: Layout, register: Expr): Coordinate {
  const { emitter } = context;
  if (layout.columns === 1) return at(emitter.int(0));
  const own =
    layout.threadColumns === 1
      ? emitter.int(0)
      : emitter.binary("and", context.thread, emitter.int(layout.threadColumns - 1));
  const before = emitter.binary("mul", register, emitter.int(layout.threadColumns));
  const chunk = emitter.binary("add", before, own);
  const owner = { class: columnClass(layout), register };
  if (layout.width === 1) return { lanes: same(chunk), owner };
  const base = emitter.binary("mul", chunk, emitter.int(4));
  return { lanes: { kind: "run", base, step: 1 }, owner, chunk };
}

/** Register (row, chunk) of a layout as a site of the tile. */
export function registerSite(context: Context, layout: Layout, row: Expr, chunk: Expr): Site {
  const leading = layout.columns === layout.shape.at(-1) ? layout.shape.slice(0, -1) : layout.shape;
  const rows = unflatten(context, rowAt(context, layout, row), leading);
  const coordinates = leading === layout.shape ? rows : [...rows, columnAt(context, layout, chunk)];
  return site(coordinates, { layout, row, chunk });
}

/** This thread holds the first of the copies of its elements. Nothing when there is one copy only. */
export function firstHolder(context: Context, layout: Layout): Expr | undefined {
  if (layout.threadColumns === layout.stride) return undefined;
  const { emitter, thread } = context;
  const column = emitter.binary("and", thread, emitter.int(layout.stride - 1));
  return emitter.binary("lt", column, emitter.int(layout.threadColumns));
}

/** The axes of a shape from an index in row-major order. A size-1 axis is at 0; sizes are powers of two. */
export function unflatten(
  context: Context,
  index: Coordinate,
  shape: readonly number[],
): readonly Coordinate[] {
  const { emitter } = context;
  const zero = at(emitter.int(0));
  const wide = shape.filter((size) => size > 1);
  if (wide.length <= 1) return shape.map((size) => (size > 1 ? index : zero));
  const result: Coordinate[] = [];
  let rest = index;
  for (const size of shape.toReversed()) {
    result.push(size === 1 ? zero : remainder(context, rest, size));
    rest = size === 1 ? rest : quotient(context, rest, size);
  }
  return result.toReversed();
}

/** Row-major index of a site in its shape. */
export function flatten(
  context: Context,
  coordinates: readonly Coordinate[],
  shape: readonly number[],
): Coordinate {
  const { emitter } = context;
  const wide = coordinates.filter((_, axis) => shape[axis] !== 1);
  const [only] = wide;
  if (wide.length <= 1) return only ?? at(emitter.int(0));
  let stride = 1;
  let total: Lanes = same(emitter.int(0));
  for (const [axis, coordinate] of Array.from(coordinates.entries()).toReversed()) {
    const part = multiplyLanes(emitter, coordinate.lanes, same(emitter.int(stride)));
    total = addLanes(emitter, total, part);
    stride *= shape[axis] ?? 1;
  }
  const last = coordinates.findLast((_, axis) => shape[axis] !== 1);
  if (last?.chunk === undefined || total.kind !== "run") return { lanes: total };
  return { lanes: total, chunk: emitter.binary("shr", total.base, emitter.int(2)) };
}

function remainder(context: Context, index: Coordinate, size: number): Coordinate {
  const { emitter } = context;
  const { lanes } = index;
  if (lanes.kind !== "run" || index.chunk === undefined || size < 4)
    return { lanes: lanesOf(emitter.binary("and", exprOf(emitter, lanes), emitter.int(size - 1))) };
  const base = emitter.binary("and", lanes.base, emitter.int(size - 1));
  const chunk = emitter.binary("and", index.chunk, emitter.int(size / 4 - 1));
  return { lanes: { kind: "run", base, step: 1 }, chunk };
}

function quotient(context: Context, index: Coordinate, size: number): Coordinate {
  const { emitter } = context;
  const { lanes } = index;
  const shift = emitter.int(log2(size));
  if (lanes.kind !== "run" || index.chunk === undefined || size < 4)
    return { lanes: lanesOf(emitter.binary("shr", exprOf(emitter, lanes), shift)) };
  return at(emitter.binary("shr", lanes.base, shift));
}
