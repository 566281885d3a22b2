import type {
  ArithmeticName,
  CompareName,
  BufferDType,
  DType,
  Placement,
  ReduceName,
  UnaryName,
} from "@tilebook/ir";
import { Expr, pick } from "./expr.ts";
import { sameShape, type Shape } from "./shape.ts";

/** One expression per graph node, nothing more: types are right and shapes equal before these are called. */

export function fill(value: number, shape: Shape, dtype: DType): Expr {
  return Expr.of({ type: { shape, dtype }, inputs: [], make: () => ({ kind: "fill", value }) });
}

export function iota(shape: Shape, dtype: DType): Expr {
  return Expr.of({ type: { shape, dtype }, inputs: [], make: () => ({ kind: "iota" }) });
}

export function unary(op: UnaryName, input: Expr): Expr {
  return Expr.of({
    type: input.type,
    inputs: [input],
    make: (ids) => ({ kind: "unary", op, input: pick(ids, 0) }),
  });
}

export function binary(op: ArithmeticName | CompareName, left: Expr, right: Expr, dtype: DType): Expr {
  return Expr.of({
    type: { shape: left.shape, dtype },
    inputs: [left, right],
    make: (ids) => ({ kind: "binary", op, left: pick(ids, 0), right: pick(ids, 1) }),
  });
}

export function select(condition: Expr, yes: Expr, no: Expr): Expr {
  return Expr.of({
    type: yes.type,
    inputs: [condition, yes, no],
    make: (ids) => ({ kind: "select", condition: pick(ids, 0), yes: pick(ids, 1), no: pick(ids, 2) }),
  });
}

export function cast(input: Expr, dtype: BufferDType): Expr {
  if (input.dtype === dtype) return input;
  return Expr.of({
    type: { shape: input.shape, dtype },
    inputs: [input],
    make: (ids) => ({ kind: "cast", input: pick(ids, 0) }),
  });
}

/** The folded axis stays, with size 1. */
export function reduce(op: ReduceName, input: Expr, axis: number, dtype: DType): Expr {
  return Expr.of({
    type: { shape: input.shape.with(axis, 1), dtype },
    inputs: [input],
    make: (ids) => ({ kind: "reduce", op, input: pick(ids, 0), axis }),
  });
}

export function reshape(input: Expr, shape: Shape): Expr {
  if (sameShape(input.shape, shape)) return input;
  return Expr.of({
    type: { shape, dtype: input.dtype },
    inputs: [input],
    kept: input.kept,
    make: (ids) => ({ kind: "reshape", input: pick(ids, 0) }),
  });
}

/** The same value under another name, for the walks that must tell it apart. Costs nothing: it is the same buffer. */
export function alias(input: Expr, after?: Expr): Expr {
  return Expr.of({
    type: input.type,
    inputs: [input],
    kept: input.kept,
    after,
    make: (ids) => ({ kind: "reshape", input: pick(ids, 0) }),
  });
}

/** The same value, wanted to lie so on a mesh. */
export function place(input: Expr, placed: Placement): Expr {
  return Expr.of({
    type: input.type,
    inputs: [input],
    mesh: placed.mesh,
    make: (ids) => ({ kind: "reshape", input: pick(ids, 0), placed }),
  });
}

export function permute(input: Expr, order: readonly number[]): Expr {
  if (order.every((axis, at) => axis === at)) return input;
  return Expr.of({
    type: { shape: order.map((axis) => pick(input.shape, axis)), dtype: input.dtype },
    inputs: [input],
    kept: input.kept,
    make: (ids) => ({ kind: "permute", input: pick(ids, 0), order }),
  });
}

/** Missing leading axes are added, axes of size 1 repeated. */
export function broadcast(input: Expr, shape: Shape): Expr {
  const missing = Array.from({ length: shape.length - input.shape.length }, () => 1);
  const full = reshape(input, [...missing, ...input.shape]);
  if (sameShape(full.shape, shape)) return full;
  return Expr.of({
    type: { shape, dtype: input.dtype },
    inputs: [full],
    make: (ids) => ({ kind: "broadcast", input: pick(ids, 0) }),
  });
}

/** Without `step`, or where all are 1, elements next to each other. */
export function slice(input: Expr, start: readonly number[], shape: Shape, step?: readonly number[]): Expr {
  const steps = stepsOf(start, step);
  if (sameShape(input.shape, shape) && steps.step === undefined) return input;
  return Expr.of({
    type: { shape, dtype: input.dtype },
    inputs: [input],
    kept: input.kept,
    make: (ids) => ({ kind: "slice", input: pick(ids, 0), ...steps }),
  });
}

/** `into` with the elements of `input` where a slice of the same start and steps reads. */
export function paste(input: Expr, into: Expr, start: readonly number[], step?: readonly number[]): Expr {
  const steps = stepsOf(start, step);
  return Expr.of({
    type: into.type,
    inputs: [input, into],
    make: (ids) => ({ kind: "paste", input: pick(ids, 0), into: pick(ids, 1), ...steps }),
  });
}

function stepsOf(
  start: readonly number[],
  step: readonly number[] | undefined,
): { readonly start: readonly number[]; readonly step?: readonly number[] } {
  return step === undefined || step.every((by) => by === 1) ? { start } : { start, step };
}

/** Rows of `input` chosen by the i32 vector `index`. */
export function take(input: Expr, index: Expr): Expr {
  return Expr.of({
    type: { shape: [...index.shape, ...input.shape.slice(1)], dtype: input.dtype },
    inputs: [input, index],
    make: (ids) => ({ kind: "take", input: pick(ids, 0), index: pick(ids, 1) }),
  });
}

/** Windows of `size` along an axis, on a new last axis; only those that fit. */
export function windowAlong(
  input: Expr,
  along: { axis: number; size: number; stride: number; dilation: number },
): Expr {
  const { axis, size, stride, dilation } = along;
  const count = Math.floor((pick(input.shape, axis) - (size - 1) * dilation - 1) / stride) + 1;
  return Expr.of({
    type: { shape: [...input.shape.with(axis, count), size], dtype: input.dtype },
    inputs: [input],
    make: (ids) => ({ kind: "window", input: pick(ids, 0), axis, stride, dilation }),
  });
}
