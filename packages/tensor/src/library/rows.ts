import type { DType } from "@tilebook/ir";
import type { Expr } from "../expr.ts";
import { cast, permute } from "../nodes.ts";
import { arithmeticType } from "../promote.ts";
import { checkAxis, sizeOf } from "../shape.ts";
import type { LibraryDType } from "./launch.ts";

/** A tensor as rows in memory: the axis that is worked along stands last. */
export interface Rows {
  /** In the dtype that kernels compute in. */
  readonly expr: Expr;
  readonly dtype: LibraryDType;
  readonly rows: number;
  readonly length: number;
  /** Puts a result of rows of any length back: the axis to where it was. */
  readonly restore: (result: Expr) => Expr;
}

/** Faults `shape/axis`. Halves are worked on in f32, small whole numbers and bools in i32. */
export function asRows(input: Expr, axis: number): Rows {
  const rank = input.shape.length;
  const at = checkAxis(axis, rank);
  const others = input.shape.map((_, n) => n).filter((n) => n !== at);
  const order = [...others, at];
  const dtype = computedIn(input.dtype);
  const expr = permute(cast(input, dtype), order);
  const length = input.shape[at] ?? 1;
  const back = input.shape.map((_, n) => order.indexOf(n));
  return {
    expr,
    dtype,
    length,
    rows: sizeOf(input.shape) / length,
    restore: (result) => permute(result, back),
  };
}

/** The dtype of library kernels for elements of this one. */
export function computedIn(own: Expr["dtype"]): LibraryDType {
  const dtype = arithmeticType(own);
  return dtype === "f16" || dtype === "bool" ? "f32" : dtype;
}

/** What a result of the same kind of numbers is stored as: halves stay halves. */
export function storedAs(own: Expr["dtype"]): DType {
  return arithmeticType(own);
}
