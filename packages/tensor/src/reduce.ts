import type { DType, ReduceName } from "@tilebook/ir";
import { arithmetic, floating } from "./elementwise.ts";
import { type Expr, pick } from "./expr.ts";
import { cast, reduce, reshape, unary } from "./nodes.ts";
import { checkOptions } from "./options.ts";
import { arithmeticType, floatType } from "./promote.ts";
import { checkAxis, sizeOf } from "./shape.ts";

export type Axes = number | readonly number[] | undefined;

export interface ReduceOptions {
  /** Keeps the folded axes with size 1, so that the result broadcasts against the input. */
  readonly keep?: boolean;
}

/** Folds the axes (all of them by default). sum and prod of bools count in i32. */
export function fold(op: ReduceName, input: Expr, axes: Axes, options: ReduceOptions = {}): Expr {
  checkOptions(op, options, ["keep"]);
  const type: DType = op === "argmax" || op === "argmin" ? "i32" : arithmeticType(input.dtype);
  const numbers = cast(input, arithmeticType(input.dtype));
  if (axes === undefined) {
    const flat = reduce(op, reshape(numbers, [sizeOf(input.shape)]), 0, type);
    return reshape(flat, options.keep ? input.shape.map(() => 1) : []);
  }
  const list = [axes].flat().map((axis) => checkAxis(axis, input.shape.length));
  const folded = list.reduce((so, axis) => reduce(op, so, axis, type), numbers);
  return options.keep ? folded : reshape(folded, without(folded.shape, list));
}

export function mean(input: Expr, axes: Axes, options: ReduceOptions = {}): Expr {
  checkOptions("mean", options, ["keep"]);
  const float = cast(input, floatType(input.dtype));
  const total = fold("sum", float, axes, options);
  return floating("div", total, sizeOf(input.shape) / sizeOf(total.shape));
}

/** exp(x - max) / sum(exp(x - max)) along one axis. Its gradient is y (g - sum(g y)): the maximum has no part in it. */
export function softmax(input: Expr, axis: number): Expr {
  const float = cast(input, floatType(input.dtype));
  const most = fold("max", float, axis, { keep: true });
  const raised = unary("exp", arithmetic("sub", float, most));
  const result = floating("div", raised, fold("sum", raised, axis, { keep: true }));
  return result.withGradient({
    of: [float],
    pull: (cotangent, own) => {
      const inner = fold("sum", arithmetic("mul", cotangent, own), axis, { keep: true });
      return [arithmetic("mul", own, arithmetic("sub", cotangent, inner))];
    },
  });
}

function without(shape: readonly number[], axes: readonly number[]): readonly number[] {
  return shape
    .map((_, axis) => axis)
    .filter((axis) => !axes.includes(axis))
    .map((axis) => pick(shape, axis));
}
