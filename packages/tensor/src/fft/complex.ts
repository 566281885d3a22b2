import { Fault } from "@tilebook/base";
import { toBytes } from "../bytes.ts";
import { arithmetic } from "../elementwise.ts";
import { Expr, pick } from "../expr.ts";
import { cast, fill, reshape, slice } from "../nodes.ts";
import { sayShape, type Shape } from "../shape.ts";

/*
 * Complex tensors are f32 with a last axis of 2: the real and the imaginary part, beside each other in memory. So every view,
 * fold and map of real tensors works on them, a product with a matrix of complex numbers is one product of real ones,
 * and no dtype is needed that WGSL does not have.
 */

/** Faults `shape/complex`. */
export function needComplex(input: Expr): Expr {
  if (input.shape.at(-1) === 2 && input.shape.length > 1) return cast(input, "f32");
  const message = `this needs complex numbers, a last axis of 2, not a tensor of shape ${sayShape(input.shape)}`;
  throw new Fault("shape/complex", message, { hint: "of real numbers take fft.rfft(x)" });
}

/** Numbers as a tensor of f32. */
export function constants(values: readonly number[], shape: Shape): Expr {
  return Expr.data(toBytes(values, "f32"), { dtype: "f32", shape });
}

/** [...] as [..., 2], with imaginary parts of 0. */
export function fromReal(input: Expr): Expr {
  const real = reshape(cast(input, "f32"), [...input.shape, 1]);
  return arithmetic("mul", real, constants([1, 0], [2]));
}

/** The real parts: [..., 2] as [...]. */
export function realPart(input: Expr): Expr {
  const shape = input.shape.slice(0, -1);
  return reshape(part(input, 0), shape);
}

/** Complex products, element by element; the shapes broadcast. */
export function multiply(a: Expr, b: Expr): Expr {
  const turned = arithmetic("mul", part(b, 1), constants([-1, 1], [2]));
  return arithmetic("add", arithmetic("mul", a, part(b, 0)), arithmetic("mul", swapped(a), turned));
}

/** a - bi for a + bi. */
export function conjugate(a: Expr): Expr {
  return arithmetic("mul", a, constants([1, -1], [2]));
}

/** The real (0) or the imaginary part (1), with the last axis of size 1. */
function part(input: Expr, which: 0 | 1): Expr {
  const last = input.shape.length - 1;
  return slice(
    input,
    input.shape.map((_, axis) => (axis === last ? which : 0)),
    input.shape.with(last, 1),
  );
}

/** b + ai for a + bi: the last axis backwards. */
function swapped(input: Expr): Expr {
  const last = input.shape.length - 1;
  const onLast = (value: number, other: number): readonly number[] =>
    input.shape.map((_, axis) => (axis === last ? value : other));
  return Expr.of({
    type: input.type,
    inputs: [input],
    make: (ids) => ({ kind: "slice", input: pick(ids, 0), start: onLast(1, 0), step: onLast(-1, 1) }),
  });
}

/** With zeros behind, or cut off, so that the axis has `length` elements. */
export function resized(input: Expr, axis: number, length: number): Expr {
  const size = input.shape[axis] ?? 1;
  const start = input.shape.map(() => 0);
  if (length <= size) return slice(input, start, input.shape.with(axis, length));
  const into = fill(0, input.shape.with(axis, length), "f32");
  return Expr.of({
    type: into.type,
    inputs: [input, into],
    make: (ids) => ({ kind: "paste", input: pick(ids, 0), into: pick(ids, 1), start }),
  });
}
