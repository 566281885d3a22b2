import type { BinaryNode, Graph, NodeId, TileBuilder, ValueId } from "@tilebook/ir";
import { nodeAt } from "./contents.ts";
import type { Note } from "./rows.ts";

/** True for `x != x` and `x == x` of floats, as people ask for NaN. */
export function asksForNaN({ op, left, right }: BinaryNode, dtype: string): boolean {
  return (op === "ne" || op === "eq") && left === right && (dtype === "f32" || dtype === "f16");
}

/** The answer by the bits of x, since an engine may take it that x != x is never true. */
export function writeNaNTest(b: TileBuilder, op: string, x: ValueId, note: Note): ValueId {
  const infinite = b.full(b.typeOf(x).shape, infinity, "i32", note);
  return b.binary(op === "ne" ? "gt" : "le", writeSize(b, x, note), infinite, note);
}

/** The bits of infinity in f32, and those of a NaN. */
const infinity = 0x7f800000;
const someNaN = 0x7fc00000;

/** The bits of |x| in f32 as an i32: they grow with |x|, and of a NaN are greater than those of infinity. */
export function writeSize(b: TileBuilder, x: ValueId, note: Note): ValueId {
  const { dtype, shape } = b.typeOf(x);
  const bits = b.bitcast(dtype === "f32" ? x : b.cast(x, "f32", note), "i32", note);
  return b.binary("and", bits, b.full(shape, 0x7fffffff, "i32", note), note);
}

/** `value`, an f32, or NaN where the greatest of the sizes that were met is one of a NaN. */
export function writeNaNOr(b: TileBuilder, value: ValueId, greatest: ValueId, note: Note): ValueId {
  const condition = b.binary("gt", greatest, b.full(b.typeOf(value).shape, infinity, "i32", note), note);
  // No NaN may stand in the code, but there it is.
  return b.select({ condition, yes: b.bitcast(greatest, "f32", note), no: value }, note);
}

interface Sides {
  readonly left: ValueId;
  readonly right: ValueId;
  /** Of each. */
  readonly mayBeNaN: readonly boolean[];
}

/** The greater (less) of two floats of one shape, or NaN where one of them is one: WGSL leaves open what its own would give. */
export function writeExtreme(
  b: TileBuilder,
  op: "max" | "min",
  { left, right, mayBeNaN }: Sides,
  note: Note,
): ValueId {
  const extreme = b.binary(op, left, right, note);
  const unlessNaN = (side: ValueId, no: ValueId): ValueId =>
    b.select({ condition: writeNaNTest(b, "ne", side, note), yes: side, no }, note);
  const other = mayBeNaN[1] === false ? extreme : unlessNaN(right, extreme);
  return mayBeNaN[0] === false ? other : unlessNaN(left, other);
}

/** Whether a node is one number that is none of those, which makes it part of the code (`isOfCode`). */
export function isNumber(graph: Graph, id: NodeId): boolean {
  const node = nodeAt(graph, id);
  if (node.kind === "fill") return !Number.isNaN(node.value);
  return (
    (node.kind === "broadcast" || node.kind === "reshape" || node.kind === "cast") &&
    isNumber(graph, node.input)
  );
}

/**
 * Whole numbers in the order of f32, by its bits, -0 as 0, where NaN stands at this end: so a fold of them chooses
 * as graphs want it, whatever an engine takes for granted of NaN.
 */
export function writeRank(b: TileBuilder, end: "greatest" | "least", x: ValueId, note: Note): ValueId {
  const { shape } = b.typeOf(x);
  const number = (value: number): ValueId => b.full(shape, value, "i32", note);
  const size = writeSize(b, x, note);
  const isNegative = b.binary("lt", b.bitcast(x, "i32", note), number(0), note);
  const downward = b.binary("sub", number(0), size, note);
  const rank = b.select({ condition: isNegative, yes: downward, no: size }, note);
  const isNaN = b.binary("gt", size, number(infinity), note);
  const last = number(end === "greatest" ? someNaN : -someNaN);
  return b.select({ condition: isNaN, yes: last, no: rank }, note);
}

/** The rank of an infinity. */
export function rankOfInfinity(sign: 1 | -1): number {
  return sign * infinity;
}

export function isExtreme(op: string): op is "max" | "min" {
  return op === "max" || op === "min";
}
