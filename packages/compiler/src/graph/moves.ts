import type {
  ArithmeticName,
  CompareName,
  PasteNode,
  SliceNode,
  TileBuilder,
  ValueId,
  WindowNode,
} from "@tilebook/ir";
import type { Note } from "./rows.ts";

/** Where an element of a view stands in what it is a view of: one i32 an axis, in arithmetic on the view's own. */

/** What places are computed with. Numbers become scalar parameters, so that others are the same kernel. */
interface Writer {
  readonly b: TileBuilder;
  readonly note: Note;
  scalar(role: string, value: number, dtype: "i32"): ValueId;
  binary(op: ArithmeticName | CompareName, left: ValueId, right: ValueId): ValueId;
}

/** start + at * step. */
export function sliceAxes(
  writer: Writer,
  { start, step }: SliceNode,
  at: readonly ValueId[],
  role: string,
): readonly ValueId[] {
  return at.map((place, axis) => {
    const along = times(writer, place, step?.[axis] ?? 1, `${role}_step${axis}`);
    return writer.binary("add", along, writer.scalar(`${role}_start${axis}`, start[axis] ?? 0, "i32"));
  });
}

/** at * stride + (place in the window) * dilation, on the axis that has windows. */
export function windowAxes(
  writer: Writer,
  { axis, stride, dilation }: WindowNode,
  at: readonly ValueId[],
  role: string,
): readonly ValueId[] {
  const [count, inner] = [at[axis], at.at(-1)];
  if (count === undefined || inner === undefined) return at;
  const first = times(writer, count, stride, `${role}_stride`);
  const more = times(writer, inner, dilation, `${role}_dilation`);
  return at.slice(0, -1).with(axis, writer.binary("add", first, more));
}

interface Paste {
  readonly node: PasteNode;
  /** Of what is pasted. */
  readonly shape: readonly number[];
  readonly role: string;
}

/** Where a place is in what is pasted, and what must hold for it to be there at all: nothing where it covers everything. */
export function pasteAxes(
  writer: Writer,
  { node, shape, role }: Paste,
  at: readonly ValueId[],
): { readonly coordinates: readonly ValueId[]; readonly inside: readonly ValueId[] } {
  const inside: ValueId[] = [];
  const coordinates = at.map((place, axis) => {
    const [size = 1, start = 0, step = 1] = [shape[axis], node.start[axis], node.step?.[axis]];
    if (size === node.type.shape[axis] && step === 1) return place;
    const found = behind(writer, place, { size, start, step, role: (what) => `${role}_${what}${axis}` });
    inside.push(found.inside);
    return found.index;
  });
  return { coordinates, inside };
}

interface Along {
  readonly size: number;
  readonly start: number;
  readonly step: number;
  readonly role: (what: string) => string;
}

/** The i for which start + i * step is `place`, and whether there is one below `size`. */
function behind(
  writer: Writer,
  place: ValueId,
  { size, start, step, role }: Along,
): { readonly index: ValueId; readonly inside: ValueId } {
  const { b, note } = writer;
  const far = writer.binary("sub", place, writer.scalar(role("start"), start, "i32"));
  const by = step === 1 ? undefined : writer.scalar(role("step"), step, "i32");
  const index = by === undefined ? far : writer.binary("idiv", far, by);
  const above = writer.binary("ge", index, b.const(0, "i32", note));
  const below = writer.binary("lt", index, writer.scalar(role("length"), size, "i32"));
  const within = writer.binary("and", above, below);
  if (by === undefined) return { index, inside: within };
  const met = writer.binary("eq", writer.binary("mul", index, by), far);
  return { index, inside: writer.binary("and", within, met) };
}

function times(writer: Writer, place: ValueId, by: number, role: string): ValueId {
  return by === 1 ? place : writer.binary("mul", place, writer.scalar(role, by, "i32"));
}
