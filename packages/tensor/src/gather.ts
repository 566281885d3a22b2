import { Fault } from "@tilebook/base";
import { dtypeInfo, valueDType } from "@tilebook/ir";
import { toBytes } from "./bytes.ts";
import { arithmetic, choose, compare } from "./elementwise.ts";
import { fromNested } from "./create.ts";
import { Expr, pick } from "./expr.ts";
import { broadcast, cast, iota, permute, reshape, slice, take } from "./nodes.ts";
import { broadcastShape, checkAxis, sameShape, sayShape, type Shape, sizeOf } from "./shape.ts";

/**
 * Elements by number. Numbers below 0 count from the end, as in NumPy. In a list they are checked at the call; in a tensor they are
 * known to the device alone, and those outside are clamped to the nearest element.
 */

/** Numbers of elements in even nested lists. */
export type Places = number | readonly Places[];

/** What names elements: numbers, checked, or a tensor of integers. */
export type Index = Expr | Places;

const watched = new WeakMap<Expr, (size: number) => void>();

/** `heard` is told of how many elements each is one that is taken by this index. */
export function watchTakes(index: Expr, heard: (size: number) => void): void {
  watched.set(index, heard);
}

/** Elements of one axis by number; the shape of the index stands in the place of that axis. Faults `shape/index`, `tensor/index`. */
export function takeAlong(input: Expr, index: Index, axis: number): Expr {
  const at = checkAxis(axis, input.shape.length);
  const size = pick(input.shape, at);
  if (index instanceof Expr) watched.get(index)?.(size);
  const numbers = fromTheEnd(index, size);
  const flat = reshape(numbers, [sizeOf(numbers.shape)]);
  const first = [at, ...axesBut(input.shape, at)];
  const taken = take(permute(input, first), flat);
  const back = input.shape.map((_, n) => first.indexOf(n));
  const shape = [...input.shape.slice(0, at), ...numbers.shape, ...input.shape.slice(at + 1)];
  return reshape(permute(taken, back), shape);
}

/**
 * result[i, j, k] = input[i, index[i, j, k], k] for axis 1 of three: along one axis, an element for each number. The other axes
 * broadcast. As NumPy's `take_along_axis` and ONNX GatherElements. Faults `shape/index`, `tensor/index`.
 */
export function takeAlongAxis(input: Expr, index: Expr, axis: number): Expr {
  const at = checkAxis(axis, input.shape.length);
  if (index.shape.length !== input.shape.length) throw wrongIndex(input.shape, index.shape);
  const shape = broadcastShape(index.shape.with(at, 1), input.shape.with(at, 1)).with(
    at,
    pick(index.shape, at),
  );
  const places = input.shape.map((size, n) => {
    if (n === at) return broadcast(placesOf(index, size), shape);
    return size === 1 ? undefined : coordinate(shape, n);
  });
  return pickPlaces(input, places, shape);
}

/**
 * The last axis of the index names a place on the first axes of the input: result[i...] = input[index[i..., 0], index[i..., 1], ...],
 * and all that stands there. As ONNX GatherND. Faults `shape/index`, `tensor/index`.
 */
export function gatherND(input: Expr, index: Expr): Expr {
  const depth = index.shape.at(-1) ?? 0;
  if (depth === 0 || depth > input.shape.length) throw wrongIndex(input.shape, index.shape);
  const count = sizeOf(index.shape) / depth;
  const columns = permute(reshape(integers(index), [count, depth]), [1, 0]);
  const rows = input.shape.slice(0, depth).map((size, n) => {
    const column = slice(columns, [n, 0], [1, count]);
    return placesOf(reshape(column, [count]), size);
  });
  return reshape(gatherRows(input, rows), [...index.shape.slice(0, -1), ...input.shape.slice(depth)]);
}

/** By a vector of places for each of the first axes, all of one length; the first axis of the result has that length. */
export function gatherRows(input: Expr, places: readonly Expr[]): Expr {
  const [lead, rest] = [input.shape.slice(0, places.length), input.shape.slice(places.length)];
  const row = flatPlace(lead, places);
  return take(reshape(input, [sizeOf(lead), ...rest]), row);
}

function pickPlaces(input: Expr, places: readonly (Expr | undefined)[], shape: Shape): Expr {
  const row = reshape(broadcast(flatPlace(input.shape, places), shape), [sizeOf(shape)]);
  return reshape(take(reshape(input, [sizeOf(input.shape)]), row), shape);
}

/** The row-major number of a place; what is absent stands at 0. */
function flatPlace(shape: Shape, places: readonly (Expr | undefined)[]): Expr {
  const total = places.reduce<Expr | undefined>((so, place, axis) => {
    const moved = so === undefined ? undefined : arithmetic("mul", so, pick(shape, axis));
    if (place === undefined) return moved;
    return moved === undefined ? place : arithmetic("add", moved, place);
  }, undefined);
  return total ?? constants([0]);
}

/** Where an element stands on one axis of `shape`. */
function coordinate(shape: Shape, axis: number): Expr {
  const size = pick(shape, axis);
  const line = reshape(
    iota([size], "i32"),
    shape.map((_, n) => (n === axis ? size : 1)),
  );
  return broadcast(line, shape);
}

/** Where the elements stand that these numbers name, on an axis of `size`; the nearest ones. Faults `shape/index`, `tensor/index`. */
export function placesOf(index: Index, size: number): Expr {
  const places = fromTheEnd(index, size);
  if (!(index instanceof Expr)) return places;
  return arithmetic("min", arithmetic("max", places, 0), size - 1);
}

/** Numbers below 0 counted from the end; lists become a tensor of their form. */
function fromTheEnd(index: Index, size: number): Expr {
  if (!(index instanceof Expr)) return checkedPlaces(index, size);
  const numbers = integers(index);
  return choose(compare("lt", numbers, 0), arithmetic("add", numbers, size), numbers);
}

function checkedPlaces(places: Places, size: number): Expr {
  const { values, shape, dtype } = fromNested(places);
  if (dtype === "bool") throw noMask();
  const list = Array.from(values);
  const wrong = list.find((at) => !Number.isInteger(at) || at < -size || at >= size);
  if (wrong === undefined && list.length > 0)
    return reshape(constants(list.map((at) => (at < 0 ? at + size : at))), shape);
  throw new Fault(
    "shape/index",
    `cannot take ${wrong ?? "no elements at all"} of an axis with ${size} elements`,
    { hint: `use integers from ${-size} to ${size - 1}; those below 0 count from the end` },
  );
}

function noMask(): Fault {
  return new Fault("shape/index", "booleans pick elements of one axis, as a list", {
    hint: "x.at([true, false]) for an axis of two; use where(mask, x, 0) for a mask of the shape of x",
  });
}

function integers(index: Expr): Expr {
  if (dtypeInfo[valueDType(index.dtype)].kind === "integer") return cast(index, "i32");
  throw new Fault("tensor/index", `an index needs integers, not ${index.dtype}`, {
    hint: 'make them with cast("i32"), or tensor([...], { dtype: "i32" })',
  });
}

function constants(values: readonly number[]): Expr {
  return Expr.data(toBytes(values, "i32"), { dtype: "i32", shape: [values.length] });
}

function axesBut(shape: Shape, axis: number): readonly number[] {
  return Array.from(shape.keys()).filter((n) => n !== axis);
}

function wrongIndex(shape: Shape, index: Shape): Fault {
  return new Fault(
    "shape/index",
    `an index of shape ${sayShape(index)} does not fit a tensor of shape ${sayShape(shape)}`,
    {
      hint: sameShape(shape, index)
        ? "it must be integers"
        : "takeAlongAxis needs as many axes as the tensor, gatherND a last axis with at most as many",
    },
  );
}
