import type { MatmulNode, TileBuilder, ValueId } from "@tilebook/ir";

/** What the kernels of products are written with: rows of a matrix in memory, and tiles of them. */

export type Note = { readonly span?: MatmulNode["span"] };

export interface Rows {
  readonly rows: ValueId;
  readonly columns: ValueId;
  /** Rows from here on are not there; absent where all of them are. */
  readonly rowCount?: ValueId;
  readonly columnCount: ValueId;
  /** First element of this batch, and how far rows lie apart. */
  readonly start: ValueId;
  readonly stride: ValueId;
  readonly shape: readonly number[];
}

export function asFloat(b: TileBuilder, value: ValueId): ValueId {
  return b.typeOf(value).dtype === "f32" ? value : b.cast(value, "f32");
}

export function blockAt(b: TileBuilder, program: ValueId, block: number, note: Note): ValueId {
  const start = b.binary("mul", program, b.const(block, "i32", note), note);
  return b.binary("add", b.broadcast(start, [block], note), b.arange(0, block, note), note);
}

export function down(b: TileBuilder, value: ValueId, shape: readonly number[]): ValueId {
  return b.broadcast(b.reshape(value, [shape[0] ?? 1, 1]), shape);
}

export function across(b: TileBuilder, value: ValueId, shape: readonly number[]): ValueId {
  return b.broadcast(b.reshape(value, [1, shape[1] ?? 1]), shape);
}

export function placeRows(
  b: TileBuilder,
  at: Rows,
  note: Note,
): { readonly offset: ValueId; readonly mask: ValueId } {
  const { shape } = at;
  const [row, column] = [down(b, at.rows, shape), across(b, at.columns, shape)];
  const inside = b.binary("mul", row, b.broadcast(at.stride, shape), note);
  const offset = b.binary("add", b.binary("add", b.broadcast(at.start, shape), inside, note), column, note);
  const columnLive = b.binary("lt", column, b.broadcast(at.columnCount, shape), note);
  if (at.rowCount === undefined) return { offset, mask: columnLive };
  const rowLive = b.binary("lt", row, b.broadcast(at.rowCount, shape), note);
  return { offset, mask: b.binary("and", rowLive, columnLive, note) };
}

export function loadRows(b: TileBuilder, pointer: ValueId, at: Rows, note: Note): ValueId {
  return b.load({ pointer, ...placeRows(b, at, note) }, note);
}
