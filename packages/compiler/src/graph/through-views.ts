import {
  type BroadcastNode,
  type PermuteNode,
  type ReshapeNode,
  sizeOf,
  type SliceNode,
  type ValueId,
  type WindowNode,
} from "@tilebook/ir";
import type { Place, RegionWriter } from "./expression.ts";
import { sliceAxes, windowAxes } from "./moves.ts";

/** A node that only says where its values lie in another one. */
export type ViewNode = ReshapeNode | PermuteNode | BroadcastNode | SliceNode | WindowNode;

interface View {
  readonly node: ViewNode;
  /** Of what it is a view of. */
  readonly shape: readonly number[];
  readonly role: string;
}

/** Where the values of a view lie in what it is a view of. */
export function throughView(writer: RegionWriter, view: View, place: Place): Place {
  const { node, shape, role } = view;
  if (node.kind === "reshape" || node.kind === "broadcast")
    if (shape.join() === place.shape.join()) return place;
  if (node.kind === "reshape") return reshaped(writer, view, place);
  const flat = node.kind === "broadcast" ? flatBehind(writer, { node, shape, role }, place) : undefined;
  if (flat !== undefined) return writer.place(shape, { flat }, place.masks);
  const from = writer.coordinatesOf(place, role);
  return writer.place(shape, { coordinates: moved(writer, { ...view, node }, from) }, place.masks);
}

/** Of what is repeated along all last axes, or along all first ones, by the row-major index alone, where no more than that is known. */
function flatBehind(
  writer: RegionWriter,
  { node, shape, role }: View & { readonly node: BroadcastNode },
  { flat, coordinates }: Place,
): ValueId | undefined {
  if (flat === undefined || coordinates !== undefined) return undefined;
  const whole = node.type.shape;
  const wide = whole.flatMap((size, axis) => (size > 1 ? [axis] : []));
  const repeated = wide.filter((axis) => shape[axis] === 1);
  const times = sizeOf(repeated.map((axis) => whole[axis] ?? 1));
  if (repeated.every((axis, at) => axis === wide[wide.length - repeated.length + at]))
    return writer.binary("idiv", flat, writer.scalar(`${role}_times`, times, "i32"));
  if (repeated.every((axis, at) => axis === wide[at]))
    return writer.binary("mod", flat, writer.scalar(`${role}_size`, sizeOf(shape), "i32"));
  return undefined;
}

/** Where the values at a place of what a view reads lie in the view. */
export function onwards(
  writer: RegionWriter,
  { node, role }: { readonly node: ReshapeNode | PermuteNode; readonly role: string },
  place: Place,
): Place {
  const { shape } = node.type;
  if (node.kind === "reshape") return reshaped(writer, { node, shape, role }, place);
  const from = writer.coordinatesOf(place, role);
  const coordinates = node.order.map((axis) => from[axis] ?? writer.zero());
  return writer.place(shape, { coordinates }, place.masks);
}

function moved(
  writer: RegionWriter,
  { node, shape, role }: View & { readonly node: Exclude<ViewNode, ReshapeNode> },
  from: readonly ValueId[],
): readonly ValueId[] {
  switch (node.kind) {
    case "permute":
      return node.order.map((_, axis) => from[node.order.indexOf(axis)] ?? writer.zero());
    case "broadcast":
      return shape.map((size, axis) => (size === 1 ? undefined : from[axis]) ?? writer.zero());
    case "slice":
      return sliceAxes(writer, node, from, role);
    case "window":
      return windowAxes(writer, node, from, role);
  }
}

/** Axes that stay keep their coordinates; where some are joined or split, only theirs are worked out anew. */
function reshaped(writer: RegionWriter, { shape, role }: View, place: Place): Place {
  const { coordinates } = place;
  if (coordinates === undefined)
    return writer.place(shape, { flat: writer.flatOf(place, role) }, place.masks);
  const parts = axisGroups(place.shape, shape).flatMap(({ from, to }, group) => {
    const sizes = from.map((axis) => place.shape[axis] ?? 1);
    const at = from.map((axis) => coordinates[axis] ?? writer.zero());
    const wanted = to.map((axis) => shape[axis] ?? 1);
    if (sizes.join() === wanted.join()) return at;
    const flat = writer.flatOf(writer.place(sizes, { coordinates: at }), `${role}_from${group}`);
    return writer.coordinatesOf(writer.place(wanted, { flat }), `${role}_to${group}`);
  });
  return writer.place(shape, { coordinates: parts }, place.masks);
}

interface AxisGroup {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** The shortest runs of axes of two shapes, of as many elements, that hold the same elements in the same order. */
export function axisGroups(from: readonly number[], to: readonly number[]): readonly AxisGroup[] {
  const groups: { readonly from: number[]; readonly to: number[] }[] = [{ from: [], to: [] }];
  let [a, b, left, right] = [0, 0, 1, 1];
  while (a < from.length || b < to.length) {
    const group = groups.at(-1);
    if (b >= to.length || (a < from.length && left <= right)) {
      left *= from[a] ?? 1;
      group?.from.push(a++);
    } else {
      right *= to[b] ?? 1;
      group?.to.push(b++);
    }
    const isWhole = left === right && group !== undefined && group.from.length > 0 && group.to.length > 0;
    if (isWhole) groups.push({ from: [], to: [] });
  }
  return groups;
}
