import {
  type DType,
  dtypeInfo,
  maxTileElements,
  sameShape,
  sizeOf,
  type TileType,
  type ValueId,
} from "@tilebook/ir";
import type { SyntaxNode } from "../syntax.ts";
import type { At, Context } from "./context.ts";
import {
  type ConstantValue,
  describe,
  isNumeric,
  type NumericValue,
  shapeOf,
  type TileValue,
  type Value,
} from "./value.ts";

/** A value with the expression it came from, for messages. */
export interface Operand {
  readonly value: Value;
  readonly node: SyntaxNode;
}

export interface NumericOperand extends Operand {
  readonly value: NumericValue;
}

/** The operand, if it is a number, a mask or a tile of them. */
export function numeric(context: Context, operand: Operand, what: string): NumericOperand {
  const { value, node } = operand;
  if (isNumeric(value)) return { value, node };
  const pointer = value.kind === "pointer";
  const hint =
    pointer || value.kind === "view"
      ? "load from it first"
      : value.kind === "foreign"
        ? value.hint
        : undefined;
  throw context.fault("kernel/type", node, `${what} takes numbers or tiles, not ${describe(value)}`, hint);
}

/** The value of id `id` with the type the builder found for it. */
export function tile(context: Context, id: ValueId): TileValue {
  return { kind: "tile", id, type: context.builder.typeOf(id) };
}

/** A stand-in for any value of a type, to compare types with. It is never computed. */
export function typed(type: TileType): TileValue {
  return { kind: "tile", id: -1, type };
}

/** The dtype a constant has when nothing next to it says otherwise. */
export function naturalDType(value: ConstantValue["value"]): DType {
  if (typeof value === "boolean") return "bool";
  return typeof value === "number" && (value | 0) === value ? "i32" : "f32";
}

export function dtypeOf(value: NumericValue): DType {
  return value.kind === "tile" ? value.type.dtype : naturalDType(value.value);
}

/** Puts a value into a register of `dtype`: constants are written down, tiles are cast if they must. */
export function withDType(context: Context, operand: NumericOperand, dtype: DType, at: At): TileValue {
  const { value, node } = operand;
  if (value.kind === "tile") {
    if (value.type.dtype === dtype) return value;
    return tile(context, context.builder.cast(value.id, dtype, context.note(at)));
  }
  const number = Number(value.value);
  const { kind, round } = dtypeInfo[dtype];
  if (kind !== "float" && round(number) !== number) {
    const whole = Number.isInteger(number) ? "" : "; it is no whole number";
    throw context.fault(
      "kernel/number-range",
      node,
      `${dtype} cannot hold ${number}${whole}`,
      castHint(number, dtype),
    );
  }
  return tile(context, context.builder.const(number, dtype, context.note(at)));
}

function castHint(number: number, dtype: DType): string {
  if (dtype === "i32" && dtypeInfo.u32.round(number) === number) return 'cast the other side: x.to("u32")';
  return Number.isInteger(number) ? "use a smaller number" : 'cast the other side: x.to("f32")';
}

/** The value as it is, a constant in its own dtype. */
export function asTile(context: Context, operand: NumericOperand, at: At): TileValue {
  return withDType(context, operand, dtypeOf(operand.value), at);
}

/** bool < i32 < u32 < f16 < f32. As in Triton and C, an i32 beside a u32 becomes a u32. */
export const dtypeRank: Readonly<Record<DType, number>> = { bool: 0, i32: 1, u32: 2, f16: 3, f32: 4 };

/** The higher dtype of two values; a constant takes the dtype of what is next to it where it fits. */
export function commonDType(left: NumericOperand, right: NumericOperand): DType {
  const [a, b] = [left.value, right.value];
  if (a.kind === "tile" && b.kind === "constant") return withConstant(a.type.dtype, b);
  if (a.kind === "constant" && b.kind === "tile") return withConstant(b.type.dtype, a);
  const [x, y] = [dtypeOf(a), dtypeOf(b)];
  return dtypeRank[x] >= dtypeRank[y] ? x : y;
}

function withConstant(dtype: DType, { value }: ConstantValue): DType {
  if (typeof value === "boolean" || dtypeInfo[dtype].kind === "float") return dtype;
  if (typeof value === "number" && !Number.isInteger(value)) return "f32";
  return dtype === "bool" ? "i32" : dtype;
}

/**
 * The shape of an elementwise result: axes of size 1 repeat, a scalar fits everything, and a tile of fewer axes gets new
 * ones of size 1 in front, as in Triton and NumPy.
 */
export function commonShape(
  context: Context,
  left: NumericOperand,
  right: NumericOperand,
  node: SyntaxNode,
): readonly number[] {
  const [a, b] = [shapeOf(left.value), shapeOf(right.value)];
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const rank = Math.max(a.length, b.length);
  const [x, y] = [padded(a, rank), padded(b, rank)];
  if (!x.every((size, axis) => size === y[axis] || size === 1 || y[axis] === 1)) {
    const message = `${describe(left.value)} and ${describe(right.value)} do not fit each other`;
    throw context.fault("kernel/shapes", node, message, fitHint(a, b));
  }
  const shape = x.map((size, axis) => (size === 1 ? (y[axis] ?? 1) : size));
  checkElements(context, shape, node);
  return shape;
}

/** The shape with axes of size 1 in front. */
function padded(shape: readonly number[], rank: number): readonly number[] {
  return [...Array.from({ length: rank - shape.length }, () => 1), ...shape];
}

function fitHint(a: readonly number[], b: readonly number[]): string {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  const axis = long.indexOf(short[0] ?? 0);
  if (short.length === 1 && long.length === 2 && axis === 0)
    return `for one value a row, add an axis to [${short[0]}] behind: expand(x, 1)`;
  return "sizes must be equal, or 1 where one side repeats; expand(x, axis) adds an axis of size 1";
}

export function checkElements(context: Context, shape: readonly number[], node: SyntaxNode): void {
  if (sizeOf(shape) <= maxTileElements) return;
  throw context.fault(
    "kernel/too-many-elements",
    node,
    `a tile [${shape.join(", ")}] has ${sizeOf(shape)} elements; at most ${maxTileElements} are allowed`,
    "use smaller blocks and a loop over them",
  );
}

/** Checks sizes a person wrote: whole, positive, powers of two, not too many elements. */
export function checkSizes(context: Context, shape: readonly number[], node: SyntaxNode): void {
  const wrong = shape.find((size) => !isPowerOfTwo(size));
  if (wrong === undefined) return checkElements(context, shape, node);
  const near = nearestPowers(wrong);
  const hint = `use ${near} and mask off what is too much`;
  throw context.fault("kernel/size", node, `the size ${wrong} of a tile is not a power of two`, hint);
}

function isPowerOfTwo(size: number): boolean {
  return Number.isSafeInteger(size) && size >= 1 && 2 ** Math.round(Math.log2(size)) === size;
}

function nearestPowers(size: number): string {
  if (!(size > 1)) return "1";
  const below = 2 ** Math.floor(Math.log2(Math.min(size, maxTileElements)));
  return size > maxTileElements ? `${maxTileElements}` : `${below} or ${2 * below}`;
}

/** Repeats a tile to `shape`, which it must fit. */
export function withShape(context: Context, value: TileValue, shape: readonly number[], at: At): TileValue {
  const own = value.type.shape;
  if (sameShape(own, shape)) return value;
  if (own.length > 0 && own.length < shape.length) {
    const more = padded(own, shape.length);
    const inner = { node: at.node };
    const raised = tile(context, context.builder.reshape(value.id, more, context.note(inner)));
    return withShape(context, raised, shape, at);
  }
  return tile(context, context.builder.broadcast(value.id, shape, context.note(at)));
}

export function withType(context: Context, operand: NumericOperand, type: TileType, at: At): TileValue {
  return withShape(context, withDType(context, operand, type.dtype, at), type.shape, at);
}

/** Both operands in one type: what an elementwise op needs. */
export function aligned(
  context: Context,
  operands: { readonly left: NumericOperand; readonly right: NumericOperand },
  at: At,
  least: DType = "bool",
): readonly [TileValue, TileValue] {
  const { left, right } = operands;
  const common = commonDType(left, right);
  const dtype = dtypeRank[common] < dtypeRank[least] ? least : common;
  const shape = commonShape(context, left, right, at.node);
  const pair = [left, right].map((operand) =>
    withType(context, operand, { dtype, shape }, { node: operand.node }),
  );
  return pair as [TileValue, TileValue];
}
