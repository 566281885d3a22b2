import type { ValueId } from "@tilebook/ir";
import { columnClass, type Layout, rowClass, sameLayout } from "../layout/layout.ts";
import type { Expr } from "../thread/ir.ts";
import { type Context, now, type Tile } from "./context.ts";
import { exprOf, type Lanes, laneOf, lanesOf, same } from "./lanes.ts";
import { type Coordinate, firstHolder, flatten, registerSite, type Site } from "./site.ts";

/** Calls `visit` for every register of a layout: unrolled when there are few, else inside loops. */
export function forRegisters(
  context: Context,
  layout: Layout,
  visit: (row: Expr, chunk: Expr) => void,
): void {
  const { emitter } = context;
  const { registerRows, chunks } = layout;
  if (registerRows * chunks <= context.schedule.unroll) {
    forEachInt(context, registerRows, (row) => forEachInt(context, chunks, (chunk) => visit(row, chunk)));
    return;
  }
  const walkChunks = (row: Expr): void => {
    if (chunks <= 2) forEachInt(context, chunks, (chunk) => visit(row, chunk));
    else countedLoop(context, chunks, "c", (chunk) => visit(row, chunk));
  };
  if (registerRows <= 2) forEachInt(context, registerRows, walkChunks);
  else countedLoop(context, registerRows, "r", walkChunks);
  emitter.hint = "v";
}

export function forEachInt(context: Context, count: number, visit: (index: Expr) => void): void {
  for (let index = 0; index < count; index++) visit(context.emitter.int(index));
}

export function countedLoop(
  context: Context,
  count: number,
  label: string,
  body: (index: Expr) => void,
): void {
  const { emitter } = context;
  emitter.loop({ from: emitter.int(0), to: emitter.int(count), label }, body);
}

/** Which register of the memory: r * chunks + c. */
export function registerIndex(context: Context, layout: Layout, row: Expr, chunk: Expr): Expr {
  const { emitter } = context;
  return emitter.binary("add", emitter.binary("mul", row, emitter.int(layout.chunks)), chunk);
}

/** A kept value at a site, when this thread holds the place in its registers. */
export function readHeld(context: Context, tile: Tile, place: Site): Lanes | undefined {
  const { emitter } = context;
  const { layout, memory, since } = tile;
  const { home } = place;
  if (home !== undefined && sameLayout(home.layout, layout))
    return lanesOf(emitter.read(memory, registerIndex(context, layout, home.row, home.chunk), since));
  const split = matrixCoordinates(layout, place.coordinates);
  const row = split === undefined ? undefined : heldRow(context, layout, split.row);
  const column = split === undefined ? undefined : heldColumn(context, layout, split.column);
  if (row === undefined || column === undefined) return undefined;
  const register = emitter.read(memory, registerIndex(context, layout, row, column.chunk), since);
  return column.lane === undefined ? lanesOf(register) : same(emitter.lane(register, column.lane));
}

interface MatrixPlace {
  readonly row: Coordinate | undefined;
  readonly column: Coordinate | undefined;
}

/** Row and column of a place, for tiles with at most one row axis that is not 1. */
function matrixCoordinates(layout: Layout, coordinates: readonly Coordinate[]): MatrixPlace | undefined {
  const isColumn = layout.columns === layout.shape.at(-1) && layout.columns > 1;
  const leading = isColumn ? layout.shape.slice(0, -1) : layout.shape;
  const rows = coordinates.filter((_, axis) => (leading[axis] ?? 1) > 1);
  if (rows.length > 1) return undefined;
  return { row: rows[0], column: isColumn ? coordinates.at(-1) : undefined };
}

function heldRow(context: Context, layout: Layout, row: Coordinate | undefined): Expr | undefined {
  if (layout.rows === 1 || row === undefined) return context.emitter.int(0);
  if (row.owner?.class === rowClass(layout)) return row.owner.register;
  return layout.threadRows === 1 && row.lanes.kind === "same" ? row.lanes.value : undefined;
}

function heldColumn(
  context: Context,
  layout: Layout,
  column: Coordinate | undefined,
): { readonly chunk: Expr; readonly lane?: Expr } | undefined {
  const { emitter } = context;
  if (layout.columns === 1 || column === undefined) return { chunk: emitter.int(0) };
  if (column.owner?.class === columnClass(layout)) return { chunk: column.owner.register };
  if (layout.threadColumns !== 1) return undefined;
  if (layout.width === 4 && column.chunk !== undefined && column.lanes.kind === "run")
    return { chunk: column.chunk };
  if (column.lanes.kind !== "same") return undefined;
  if (layout.width === 1) return { chunk: column.lanes.value };
  const index = column.lanes.value;
  const chunk = emitter.binary("shr", index, emitter.int(2));
  return { chunk, lane: emitter.binary("and", index, emitter.int(3)) };
}

/** A kept value at a place that another thread may hold: from its copy in workgroup memory. */
export function readShared(context: Context, value: ValueId, tile: Tile, place: Site): Lanes {
  const { emitter } = context;
  const { shared, layout } = tile;
  if (shared === undefined) {
    context.wishes.shared.add(value);
    return same({ kind: "const", type: { scalar: tile.memory.type.scalar, width: 1 }, value: 0 });
  }
  const index = flatten(context, place.coordinates, layout.shape).lanes;
  const read = (lane: number): Expr =>
    emitter.read(shared.memory, laneOf(emitter, index, lane), shared.since);
  return index.kind === "same" ? same(read(0)) : lanesOf(emitter.pack([0, 1, 2, 3].map(read)));
}

/** Declares the tile to hold from now on what its memory holds, and copies it to workgroup memory if wished. */
export function publish(context: Context, value: ValueId, tile: Omit<Tile, "since" | "shared">): void {
  const held: Tile = { ...tile, since: now(context) };
  const shared = context.granted.shared.has(value) ? { shared: share(context, held) } : {};
  context.tiles.set(value, { ...held, ...shared });
}

function share(context: Context, tile: Tile): NonNullable<Tile["shared"]> {
  const { emitter } = context;
  const { layout } = tile;
  const { scalar } = tile.memory.type;
  const size = layout.rows * layout.columns;
  const purpose = `the ${scalar}[${layout.shape.join(", ")}] tile ${tile.memory.name.replace(/_\d+$/, "")}`;
  const memory = emitter.declare({
    name: "shared",
    space: "workgroup",
    type: { scalar, width: 1 },
    length: size,
    purpose,
    ...(emitter.span === undefined ? {} : { span: emitter.span }),
  });
  const write = (): void =>
    forRegisters(context, layout, (row, chunk) => {
      const place = registerSite(context, layout, row, chunk);
      const index = flatten(context, place.coordinates, layout.shape).lanes;
      const lanes = lanesOf(
        emitter.read(tile.memory, registerIndex(context, layout, row, chunk), tile.since),
      );
      for (let lane = 0; lane < layout.width; lane++)
        emitter.set(memory, laneOf(emitter, index, lane), laneOf(emitter, lanes, lane));
    });
  const first = firstHolder(context, layout);
  if (first === undefined) write();
  else emitter.branch(first, false, { whenTrue: write });
  return { memory, since: now(context) };
}

/** Writes one register of a memory laid out by `layout`. */
export function writeRegister(
  context: Context,
  target: Pick<Tile, "memory" | "layout">,
  place: { readonly row: Expr; readonly chunk: Expr },
  lanes: Lanes,
): void {
  const index = registerIndex(context, target.layout, place.row, place.chunk);
  context.emitter.set(target.memory, index, exprOf(context.emitter, lanes));
}
