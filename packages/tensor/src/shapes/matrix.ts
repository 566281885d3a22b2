import { Fault } from "@tilebook/base";
import { checkDtype } from "../create.ts";
import { arithmetic, compare } from "../elementwise.ts";
import { type Expr, pick } from "../expr.ts";
import { broadcast, cast, iota, paste, reshape, select, slice } from "../nodes.ts";
import { checkShape, sayShape } from "../shape.ts";
import { background } from "./background.ts";
import { noVector } from "./join.ts";
import type { BufferDType } from "@tilebook/ir";

/** Triangles and diagonals of the last two axes. `offset` counts diagonals: above the main one they are positive. */

/** What stands on and below (`"lower"`) or on and above the diagonal; 0 elsewhere. Fault `shape/matrix`. */
export function triangle(which: "lower" | "upper", input: Expr, offset: number): Expr {
  const [rows, columns] = matrixOf(input, offset);
  const row = reshape(iota([rows], "i32"), [rows, 1]);
  const edge = arithmetic("sub", iota([columns], "i32"), offset);
  const kept = compare(which === "lower" ? "ge" : "le", row, edge);
  return select(broadcast(kept, input.shape), input, background(0, input.shape, input.dtype));
}

/** The diagonals of matrices [..., n, m]: [..., length]. Fault `shape/matrix`. */
export function diagonal(input: Expr, offset: number): Expr {
  const [rows, columns] = matrixOf(input, offset);
  const [down, right] = [Math.max(0, -offset), Math.max(0, offset)];
  const length = Math.min(rows - down, columns - right);
  if (length <= 0) {
    throw new Fault("shape/matrix", `${sayShape(input.shape)} has no diagonal ${offset}`, {
      hint: `diagonals go from ${1 - rows} to ${columns - 1}`,
    });
  }
  const lead = input.shape.slice(0, -2);
  const flat = reshape(input, [...lead, rows * columns]);
  const start = [...lead.map(() => 0), down * columns + right];
  const step = [...lead.map(() => 1), columns + 1];
  return slice(flat, start, [...lead, length], step);
}

/** A square matrix with this vector on a diagonal, and 0 elsewhere. Fault `shape/vector`. */
export function diagonalMatrix(input: Expr, offset: number): Expr {
  if (input.shape.length !== 1) throw noVector("diag", input.shape);
  const n = pick(input.shape, 0) + Math.abs(offset);
  const first = Math.max(0, offset) + Math.max(0, -offset) * n;
  const flat = paste(input, background(0, [n * n], input.dtype), [first], [n + 1]);
  return reshape(flat, [n, n]);
}

/** A new last axis with 1 at the place that the integer names, 0 elsewhere; only 0s where it is outside. Fault `tensor/index`. */
export function oneHot(input: Expr, classes: number, dtype: BufferDType): Expr {
  if (input.dtype === "f32" || input.dtype === "f16")
    throw new Fault("tensor/index", `oneHot needs integers, not ${input.dtype}`, {
      hint: 'cast with cast("i32")',
    });
  const names = reshape(input, [...input.shape, 1]);
  return cast(compare("eq", names, iota(checkShape(classes), "i32")), checkDtype(dtype));
}

function matrixOf(input: Expr, offset: number): readonly [number, number] {
  const [rows, columns] = input.shape.slice(-2);
  if (rows === undefined || columns === undefined || !Number.isInteger(offset)) {
    throw new Fault("shape/matrix", `diagonal ${offset} of a tensor of shape ${sayShape(input.shape)}`, {
      hint: "it needs two axes or more, and a whole number",
    });
  }
  return [rows, columns];
}
