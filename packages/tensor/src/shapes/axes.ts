import { Fault } from "@tilebook/base";
import { type Expr, pick } from "../expr.ts";
import { broadcast, permute, reshape, slice } from "../nodes.ts";
import { broadcastShape, checkAxis, checkShape, sameShape, sayShape } from "../shape.ts";

/** Adding, dropping, moving, repeating and turning axes: index maps all. */

type Axes = number | readonly number[];

/** Without axes of size 1: all of them, or those that are named. Fault `shape/squeeze`. */
export function squeeze(input: Expr, axes?: Axes): Expr {
  const { shape } = input;
  const named =
    axes === undefined ? onesOf(shape) : [axes].flat().map((axis) => checkAxis(axis, shape.length));
  const wide = named.find((axis) => shape[axis] !== 1);
  if (wide !== undefined) {
    throw new Fault(
      "shape/squeeze",
      `axis ${wide} of ${sayShape(shape)} has ${shape[wide]} elements, not 1`,
      {
        hint: "only axes of size 1 can be dropped; to fold an axis use sum, max, ...",
      },
    );
  }
  return reshape(
    input,
    shape.filter((_, axis) => !named.includes(axis)),
  );
}

function onesOf(shape: readonly number[]): readonly number[] {
  return shape.flatMap((size, axis) => (size === 1 ? [axis] : []));
}

/** With axes of size 1, at these places of the result. */
export function expandDims(input: Expr, axes: Axes): Expr {
  const list = [axes].flat();
  const rank = input.shape.length + list.length;
  const added = new Set(list.map((axis) => checkAxis(axis, rank)));
  if (added.size < list.length)
    throw new Fault("shape/axis", `[${list.join(", ")}] names an axis twice`, {
      hint: "name each new axis once",
    });
  const sizes = input.shape.values();
  return reshape(
    input,
    Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : (sizes.next().value ?? 1))),
  );
}

/** Axes of size 1 and missing ones repeat up to this shape. Fault `shape/broadcast`. */
export function broadcastTo(input: Expr, wanted: unknown): Expr {
  const shape = checkShape(wanted);
  if (!sameShape(broadcastShape(input.shape, shape), shape)) {
    throw new Fault("shape/broadcast", `${sayShape(input.shape)} does not broadcast to ${sayShape(shape)}`, {
      hint: "only axes of size 1 repeat, and new axes stand in front",
    });
  }
  return broadcast(input, shape);
}

/** The axes `from` go to the places `to`; the others keep their order. */
export function moveAxis(input: Expr, from: Axes, to: Axes): Expr {
  const rank = input.shape.length;
  const [sources, places] = [from, to].map((axes) => [axes].flat().map((axis) => checkAxis(axis, rank)));
  if (sources === undefined || places === undefined || !areTwins(sources, places)) {
    throw new Fault("shape/axis", `cannot move the axes [${String(from)}] to [${String(to)}]`, {
      hint: "name as many places as axes, each once",
    });
  }
  const rest = Array.from(input.shape.keys())
    .filter((axis) => !sources.includes(axis))
    .values();
  const order = input.shape.map((_, at) => {
    const moved = places.indexOf(at);
    return moved >= 0 ? pick(sources, moved) : (rest.next().value ?? 0);
  });
  return permute(input, order);
}

function areTwins(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && new Set(a).size === a.length && new Set(b).size === b.length;
}

/** The whole tensor again and again along its axes, as NumPy's tile: `repeats` may have more entries than axes, or fewer. */
export function tile(input: Expr, repeats: Axes): Expr {
  const counts = checkShape(repeats);
  const missing = Math.max(0, counts.length - input.shape.length);
  const wide = reshape(input, [...Array.from({ length: missing }, () => 1), ...input.shape]);
  const first = wide.shape.length - counts.length;
  return counts.reduce((so, count, at) => repeatBlocks(so, count, first + at), wide);
}

function repeatBlocks(input: Expr, count: number, axis: number): Expr {
  if (count === 1) return input;
  const { shape } = input;
  const [before, after] = [shape.slice(0, axis), shape.slice(axis)];
  const once = reshape(input, [...before, 1, ...after]);
  const [size = 1, ...rest] = after;
  return reshape(broadcast(once, [...before, count, ...after]), [...before, count * size, ...rest]);
}

/** Each element so many times, one after the other, along one axis; without an axis, of the flattened tensor. */
export function repeat(input: Expr, count: number, axis?: number): Expr {
  const [times = 1] = checkShape(count);
  const flat = axis === undefined ? reshape(input, [input.shape.reduce((a, b) => a * b, 1)]) : input;
  const at = checkAxis(axis ?? 0, flat.shape.length);
  const [before, size, after] = [flat.shape.slice(0, at), pick(flat.shape, at), flat.shape.slice(at + 1)];
  const once = reshape(flat, [...before, size, 1, ...after]);
  return reshape(broadcast(once, [...before, size, times, ...after]), [...before, size * times, ...after]);
}

/** Backwards along these axes, all by default. */
export function flip(input: Expr, axes?: Axes): Expr {
  const { shape } = input;
  const all = Array.from(shape.keys());
  const turned = axes === undefined ? all : [axes].flat().map((axis) => checkAxis(axis, shape.length));
  const isTurned = (axis: number): boolean => turned.includes(axis);
  const start = shape.map((size, axis) => (isTurned(axis) ? size - 1 : 0));
  const step = shape.map((_, axis) => (isTurned(axis) ? -1 : 1));
  return slice(input, start, shape, step);
}
