import { valueDType } from "@tilebook/ir";
import { arithmetic, choose, compare, floating, type Operand } from "../elementwise.ts";
import type { Expr } from "../expr.ts";
import { reduce, reshape, unary } from "../nodes.ts";
import { type Shape, sizeOf } from "../shape.ts";

/** Short words for the arithmetic that rules are made of. */

export const plus = (a: Expr, b: Operand): Expr => arithmetic("add", a, b);
export const minus = (a: Expr, b: Operand): Expr => arithmetic("sub", a, b);
export const times = (a: Expr, b: Operand): Expr => arithmetic("mul", a, b);
export const over = (a: Expr, b: Operand): Expr => floating("div", a, b);
export const negative = (a: Expr): Expr => unary("neg", a);
export const where = (mask: Expr, yes: Operand, no: Operand): Expr => choose(mask, yes, no);
/** The axis stays, with size 1. */
export const sum = (a: Expr, axis: number): Expr => reduce("sum", a, axis, valueDType(a.dtype));
export const equal = (a: Expr, b: Operand): Expr => compare("eq", a, b);
export const greater = (a: Expr, b: Operand): Expr => compare("gt", a, b);
export const less = (a: Expr, b: Operand): Expr => compare("lt", a, b);

/**
 * Sums the axes that `shape`, of the same rank, has with size 1: the transpose of a broadcast. Axes that stand side by
 * side are summed as one, so a bias of `[batch, tokens, n]` takes one kernel.
 */
export function sumTo(input: Expr, shape: Shape): Expr {
  const runs: { size: number; summed: boolean }[] = [];
  input.shape.forEach((size, axis) => {
    if (size === 1) return;
    const summed = shape[axis] === 1;
    const last = runs.at(-1);
    if (last?.summed === summed) last.size *= size;
    else runs.push({ size, summed });
  });
  const merged = reshape(
    input,
    runs.map(({ size }) => size),
  );
  const folded = runs.reduce((so, { summed }, axis) => (summed ? sum(so, axis) : so), merged);
  return reshape(folded, sizeOf(shape) === sizeOf(folded.shape) ? shape : input.shape);
}
