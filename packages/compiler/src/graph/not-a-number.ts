import type { BinaryNode, TileBuilder, ValueId } from "@tilebook/ir";
import type { Note } from "./rows.ts";

/** True for `x != x` and `x == x` of floats, as people ask for NaN. */
export function asksForNaN({ op, left, right }: BinaryNode, dtype: string): boolean {
  return (op === "ne" || op === "eq") && left === right && (dtype === "f32" || dtype === "f16");
}

/** The answer by the bits of x, since an engine may take it that x != x is never true. */
export function writeNaNTest(b: TileBuilder, op: string, x: ValueId, note: Note): ValueId {
  const { dtype, shape } = b.typeOf(x);
  const bits = b.bitcast(dtype === "f32" ? x : b.cast(x, "f32", note), "i32", note);
  const size = b.binary("and", bits, b.full(shape, 0x7fffffff, "i32", note), note);
  return b.binary(op === "ne" ? "gt" : "le", size, b.full(shape, 0x7f800000, "i32", note), note);
}
