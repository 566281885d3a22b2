import { Fault } from "@tilebook/base";
import type { BufferDType } from "@tilebook/ir";
import { needList } from "../options.ts";
import { type Expr, pick } from "../expr.ts";
import { cast, paste, reshape, slice } from "../nodes.ts";
import { promote } from "../promote.ts";
import { broadcastShape, checkAxis, sayShape, type Shape } from "../shape.ts";
import { background } from "./background.ts";
import { broadcastTo } from "./axes.ts";

/** Putting tensors together and taking them apart. A joined tensor is pastes into a fill, in one kernel. */

/** Side by side along an axis that is there. dtypes meet. Faults `shape/concat`, `shape/axis`. */
export function concat(parts: readonly Expr[], axis: number): Expr {
  const first = needSome(parts, "concat");
  const at = checkAxis(axis, first.shape.length);
  for (const part of parts) {
    const fits =
      part.shape.length === first.shape.length &&
      part.shape.every((size, n) => n === at || size === first.shape[n]);
    if (!fits) throw unlike(first, part, at);
  }
  const dtype = dtypeOf(parts);
  const total = parts.reduce((sum, { shape }) => sum + pick(shape, at), 0);
  if (parts.length === 1) return first;
  let start = 0;
  return parts.reduce(
    (into, part) => {
      const from = first.shape.map((_, n) => (n === at ? start : 0));
      start += pick(part.shape, at);
      return paste(cast(part, dtype), into, from);
    },
    background(0, first.shape.with(at, total), dtype),
  );
}

/** On a new axis. Faults as `concat`. */
export function stack(parts: readonly Expr[], axis: number): Expr {
  const first = needSome(parts, "stack");
  const at = checkAxis(axis, first.shape.length + 1);
  const shape = first.shape.toSpliced(at, 0, 1);
  const other = parts.find((part) => sayShape(part.shape) !== sayShape(first.shape));
  if (other !== undefined) throw unlike(first, other, undefined);
  return concat(
    parts.map((part) => reshape(part, shape)),
    at,
  );
}

/** In so many equal parts, or in parts of these sizes. Fault `shape/split`. */
export function split(input: Expr, parts: number | readonly number[], axis: number): readonly Expr[] {
  const at = checkAxis(axis, input.shape.length);
  const size = pick(input.shape, at);
  if (typeof parts !== "number") needList("split", parts, "x.split(2), x.split([2, 3])");
  const sizes = typeof parts === "number" ? equalParts(size, parts) : parts;
  const whole = sizes.every((part) => Number.isInteger(part) && part > 0);
  if (!whole || sizes.reduce((sum, part) => sum + part, 0) !== size) {
    throw new Fault("shape/split", `cannot split ${size} elements into ${sayParts(parts)}`, {
      hint: "give a number that divides them, or sizes that add up to them: x.split([2, 3])",
    });
  }
  let start = 0;
  return sizes.map((part) => {
    const from = input.shape.map((_, n) => (n === at ? start : 0));
    start += part;
    return slice(input, from, input.shape.with(at, part));
  });
}

function sayParts(parts: number | readonly number[]): string {
  return typeof parts === "number" ? `${parts} equal parts` : `parts of [${parts.join(", ")}]`;
}

function equalParts(size: number, count: number): readonly number[] {
  const good = Number.isInteger(count) && count > 0 && size % count === 0;
  return good ? Array.from({ length: count }, () => size / count) : [];
}

/**
 * The coordinates of a grid: for vectors of n and m elements two tensors of [m, n] (`"xy"`, as in pictures) or [n, m] (`"ij"`, as in
 * matrices). More vectors add axes. Fault `shape/vector`.
 */
export function meshgrid(vectors: readonly Expr[], indexing: "xy" | "ij"): readonly Expr[] {
  needSome(vectors, "meshgrid");
  const wrong = vectors.find(({ shape }) => shape.length !== 1);
  if (wrong !== undefined) throw noVector("meshgrid", wrong.shape);
  const places = vectors.map((_, at) => (indexing === "xy" && vectors.length > 1 && at < 2 ? 1 - at : at));
  const columns = vectors.map((vector, at) =>
    reshape(
      vector,
      vectors.map((_, axis) => (axis === places[at] ? pick(vector.shape, 0) : 1)),
    ),
  );
  const shape = columns.reduce<Shape>((so, column) => broadcastShape(so, column.shape), []);
  return columns.map((column) => broadcastTo(column, shape));
}

export function noVector(what: string, shape: Shape): Fault {
  return new Fault("shape/vector", `${what} needs vectors, not a tensor of shape ${sayShape(shape)}`, {
    hint: "make it one axis with reshape(-1)",
  });
}

/** Equal dtypes stay, also packed ones. */
function dtypeOf(parts: readonly Expr[]): BufferDType {
  const [first, ...others] = parts.map(({ dtype }) => dtype);
  return others.reduce<BufferDType>((so, dtype) => (so === dtype ? so : promote(so, dtype)), first ?? "f32");
}

function needSome(parts: readonly Expr[], what: string): Expr {
  const [first] = parts;
  if (first !== undefined) return first;
  throw new Fault("shape/concat", `${what} needs at least one tensor`, {
    hint: `write ${what}([a, b])`,
  });
}

function unlike(first: Expr, other: Expr, axis: number | undefined): Fault {
  const besides = axis === undefined ? "" : ` but for axis ${axis}`;
  return new Fault("shape/concat", `${sayShape(first.shape)} and ${sayShape(other.shape)} cannot be joined`, {
    hint: `all shapes must be equal${besides}`,
  });
}
