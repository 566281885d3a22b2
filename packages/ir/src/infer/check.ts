import { Fault, type Span } from "@tilebook/base";
import type { BufferDType, DType } from "../dtype.ts";
import type { TileType, ValueId } from "../tile.ts";
import { dtypeHints } from "./dtypes.ts";

/** Shapes and types, and the Faults when they do not fit. */

/** Where the types of operands come from. Both throw a Fault for an id that is not visible. */
export interface TypeScope {
  typeOf(value: ValueId): TileType;
  /** The element dtype behind a pointer parameter. */
  pointee(pointer: ValueId): BufferDType;
}

export type Spanned = { readonly span?: Span | undefined };

/** Most elements of one tile: 256 x 256. */
export const maxTileElements = 65_536;

/** Most axes of a tile or a tensor. */
export const maxRank = 8;

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** A tile's or a tensor's type. */
type AnyType = { readonly dtype: BufferDType; readonly shape: readonly number[] };

export function sameType(a: AnyType, b: AnyType): boolean {
  return a.dtype === b.dtype && sameShape(a.shape, b.shape);
}

/** Number of elements: 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** For people: `f32[64, 32]`, and `f32` for a scalar. */
export function showType(type: AnyType): string {
  return type.shape.length === 0 ? type.dtype : `${type.dtype}[${type.shape.join(", ")}]`;
}

/** Tile sizes are powers of two; a tile has at most `maxTileElements` and `maxRank` axes. */
export function checkTileShape(shape: readonly number[], at: Spanned): void {
  if (shape.length > maxRank)
    throw fault("tile/size", `a tile has at most ${maxRank} axes, not ${shape.length}`, at);
  const wrong = shape.find(
    (size) => !Number.isSafeInteger(size) || size < 1 || 2 ** Math.round(Math.log2(size)) !== size,
  );
  if (wrong !== undefined) {
    const above = 2 ** Math.ceil(Math.log2(Math.max(wrong, 1)));
    throw fault("tile/size", `tile size ${wrong} in [${shape.join(", ")}] is not a power of two`, at, {
      hint: `use ${above} and mask off what is too much`,
    });
  }
  if (sizeOf(shape) <= maxTileElements) return;
  throw fault("tile/size", `a tile [${shape.join(", ")}] has more than ${maxTileElements} elements`, at);
}

export function requireAxis(axis: number, input: TileType, at: Spanned): void {
  const { shape } = input;
  if (Number.isInteger(axis) && axis >= 0 && axis < shape.length) return;
  throw fault("tile/axis", `${showType(input)} has no axis ${axis}`, at, {
    hint: shape.length === 0 ? "a scalar has no axes" : `axes are 0 to ${shape.length - 1}`,
  });
}

export function requireDType(op: string, allowed: readonly DType[], type: TileType, at: Spanned): void {
  if (allowed.includes(type.dtype)) return;
  const hint = (dtypeHints as Partial<Record<string, string>>)[op];
  throw fault("tile/dtype", `${op} takes ${allowed.join(", ")}, not ${showType(type)}`, at, { hint });
}

export function requireShape(what: string, type: TileType, shape: readonly number[], at: Spanned): void {
  if (sameShape(type.shape, shape)) return;
  throw fault("tile/shape", `${what} is ${showType(type)}; its shape must be [${shape.join(", ")}]`, at, {
    hint: "broadcast it",
  });
}

export function fault(
  code: string,
  message: string,
  at: Spanned,
  more: { hint?: string | undefined } = {},
): Fault {
  return new Fault(code, message, { span: at.span, hint: more.hint });
}
