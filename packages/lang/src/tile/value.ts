import { type BufferDType, showType, type TileType, type ValueId } from "@tilebook/ir";
import type { Function as FunctionNode } from "acorn";

/** What an expression of the tile language is while it is compiled. */
export type Value =
  | TileValue
  | ConstantValue
  | PointerValue
  | ViewValue
  | ListValue
  | RecordValue
  | RangeValue
  | HelperValue
  | FunctionValue
  | ForeignValue;

/** A value of the running kernel: a tile, or a scalar when its shape is []. */
export interface TileValue {
  readonly kind: "tile";
  readonly id: ValueId;
  readonly type: TileType;
}

/** Known while compiling. A number here is weak: next to a tile it takes the tile's dtype. */
export interface ConstantValue {
  readonly kind: "constant";
  readonly value: number | boolean | string | undefined;
}

/** A buffer and an offset into it, in elements. Pointers exist only while compiling. */
export interface PointerValue {
  readonly kind: "pointer";
  readonly id: ValueId;
  readonly name: string;
  readonly dtype: BufferDType;
  readonly offset: NumericValue;
}

/** A buffer that knows its sizes: element [i, j] is at `i * strides[0] + j * strides[1]` of the pointer. */
export interface ViewValue {
  readonly kind: "view";
  readonly pointer: PointerValue;
  readonly shape: readonly NumericValue[];
  readonly strides: readonly NumericValue[];
}

export interface ListValue {
  readonly kind: "list";
  readonly items: readonly Value[];
}

export interface RecordValue {
  readonly kind: "record";
  readonly fields: ReadonlyMap<string, Value>;
}

/**
 * `range(start, end, step)`: what a loop walks. `step` is a whole number, below 0 to walk down; or, when only the running
 * kernel knows it, 1 or -1 and the i32 `stride` it is taken times.
 */
export interface RangeValue {
  readonly kind: "range";
  readonly start: NumericValue;
  readonly end: NumericValue;
  readonly step: number;
  readonly stride?: TileValue | undefined;
}

/** A function of the cell; calls are inlined. */
export interface HelperValue {
  readonly kind: "helper";
  readonly node: FunctionNode;
}

/** A function of the tile language, or `Math` and its functions. */
export interface FunctionValue {
  readonly kind: "function";
  /** "load", "Math", "Math.exp", ... */
  readonly name: string;
}

/** Something of the host that has no meaning in a kernel. */
export interface ForeignValue {
  readonly kind: "foreign";
  /** "a tensor", "a function", ... */
  readonly what: string;
  readonly hint: string;
}

export type NumericValue = TileValue | ConstantValue;

export function constant(value: ConstantValue["value"]): ConstantValue {
  return { kind: "constant", value };
}

export const nothing: ConstantValue = constant(undefined);

export function isNumeric(value: Value): value is NumericValue {
  if (value.kind === "tile") return true;
  return value.kind === "constant" && (typeof value.value === "number" || typeof value.value === "boolean");
}

/** The shape a value has next to others; a constant fits any. */
export function shapeOf(value: NumericValue): readonly number[] {
  return value.kind === "tile" ? value.type.shape : [];
}

/** For messages: "f32[16, 64]", "the number 3", "a pointer to f32", ... */
export function describe(value: Value): string {
  switch (value.kind) {
    case "tile":
      return value.type.shape.length === 0 ? `a number of dtype ${value.type.dtype}` : showType(value.type);
    case "constant":
      return describeConstant(value.value);
    case "pointer":
      return `a pointer to ${value.dtype}`;
    case "view":
      return `a view of ${value.pointer.dtype} with ${value.shape.length} axes`;
    case "list":
      return "an array";
    case "record":
      return "an object";
    case "range":
      return "a range";
    case "helper":
      return "a function";
    case "function":
      return value.name === "Math" ? "Math" : `the function ${value.name}`;
    case "foreign":
      return value.what;
  }
}

function describeConstant(value: ConstantValue["value"]): string {
  if (typeof value === "number") return `the number ${value}`;
  if (typeof value === "string") return `the text ${JSON.stringify(value)}`;
  return String(value);
}
