import type { Span } from "@tilebook/base";
import type { DType } from "./dtype.ts";
import type { ArithmeticName, CompareName, ReduceName, UnaryName } from "./ops.ts";

/**
 * Tile IR: what one program of a kernel does, on whole tiles. Structured SSA, plain data (JSON), no threads.
 * Every value has one definition; ids are unique in the kernel. A value is visible after its definition,
 * in the same block and in the blocks nested below it.
 */

/** Names one SSA value inside one kernel. */
export type ValueId = number;

/** `shape: []` is a scalar, the same for the whole program (uniform). Tile sizes are powers of two. */
export interface TileType {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

export type Access = "read" | "write" | "readwrite";

/** A buffer of `dtype` elements, addressed by element offsets. `value` has no use but naming the parameter. */
export interface PointerParam {
  readonly kind: "pointer";
  readonly name: string;
  readonly value: ValueId;
  readonly dtype: DType;
  /** Found from the loads and stores of the body. */
  readonly access: Access;
}

/** A number given at launch, for example a size or a scale. */
export interface ScalarParam {
  readonly kind: "scalar";
  readonly name: string;
  readonly value: ValueId;
  readonly dtype: DType;
}

export type TileParam = PointerParam | ScalarParam;

export interface TileKernel {
  readonly name: string;
  readonly params: readonly TileParam[];
  readonly body: readonly TileOp[];
  readonly span?: Span;
}

interface Op {
  /** The piece of source this op came from. */
  readonly span?: Span;
}

/** An op that defines one value. */
interface ValueOp extends Op {
  readonly result: ValueId;
  readonly type: TileType;
  /** The name the user gave this value, for printing. */
  readonly label?: string;
}

/** A scalar constant. Booleans are 0 and 1. Infinity and NaN are allowed. */
export interface ConstOp extends ValueOp {
  readonly kind: "const";
  readonly value: number;
}

/** Which program of the grid this is (`programId`) or how many there are (`numPrograms`) along `axis`. i32 scalar. */
export interface ProgramOp extends ValueOp {
  readonly kind: "programId" | "numPrograms";
  readonly axis: 0 | 1 | 2;
}

/** The i32 tile [start, start + 1, ..., end - 1]. */
export interface ArangeOp extends ValueOp {
  readonly kind: "arange";
  readonly start: number;
  readonly end: number;
}

/** Repeats along axes of size 1, and from a scalar to any shape. Rank stays, except from a scalar. */
export interface BroadcastOp extends ValueOp {
  readonly kind: "broadcast";
  readonly input: ValueId;
}

/** Same elements in row-major order, another shape; also how size-1 axes are added and dropped. */
export interface ReshapeOp extends ValueOp {
  readonly kind: "reshape";
  readonly input: ValueId;
}

/** result[i0, i1, ...] has the axes of the input in the order `order`: result axis n is input axis order[n]. */
export interface TransposeOp extends ValueOp {
  readonly kind: "transpose";
  readonly input: ValueId;
  readonly order: readonly number[];
}

export interface UnaryOp extends ValueOp {
  readonly kind: "unary";
  readonly op: UnaryName;
  readonly input: ValueId;
}

/** Elementwise on equal shapes and dtypes (broadcasts and casts are explicit). Comparisons give bool. */
export interface BinaryOp extends ValueOp {
  readonly kind: "binary";
  readonly op: ArithmeticName | CompareName;
  readonly left: ValueId;
  readonly right: ValueId;
}

/** `condition ? yes : no`, elementwise, all of one shape. */
export interface SelectOp extends ValueOp {
  readonly kind: "select";
  readonly condition: ValueId;
  readonly yes: ValueId;
  readonly no: ValueId;
}

/** Float to integer truncates toward zero; anything to bool is `!= 0`. */
export interface CastOp extends ValueOp {
  readonly kind: "cast";
  readonly input: ValueId;
}

/**
 * Reads `pointer[offset]` for every element of the i32 tile `offset`. Where `mask` is false nothing is read
 * and the result is `other` (0 when absent). Mask and other have the offset's shape.
 */
export interface LoadOp extends ValueOp {
  readonly kind: "load";
  /** The `value` of a pointer parameter. */
  readonly pointer: ValueId;
  readonly offset: ValueId;
  readonly mask?: ValueId;
  readonly other?: ValueId;
}

/** Writes `value` to `pointer[offset]`, elementwise, where `mask` is true or absent. */
export interface StoreOp extends Op {
  readonly kind: "store";
  readonly pointer: ValueId;
  readonly offset: ValueId;
  readonly value: ValueId;
  readonly mask?: ValueId;
}

/** result[m, n] = sum over k of left[m, k] * right[k, n], accumulated in f32. Result is f32. */
export interface DotOp extends ValueOp {
  readonly kind: "dot";
  readonly left: ValueId;
  readonly right: ValueId;
}

/** Folds `axis` away. The result has one axis less; from rank 1 it is a scalar. */
export interface ReduceOp extends ValueOp {
  readonly kind: "reduce";
  readonly op: ReduceName;
  readonly input: ValueId;
  readonly axis: number;
}

/** A value that a loop carries from turn to turn. */
export interface Carried {
  /** Its value before the first turn, defined outside. */
  readonly init: ValueId;
  /** Its name inside the body. */
  readonly argument: ValueId;
  /** What the body hands to the next turn, defined inside (or outside). */
  readonly yield: ValueId;
  /** Its name after the loop. */
  readonly result: ValueId;
  readonly type: TileType;
  readonly label?: string;
}

/** for (index = lower; index < upper; index += step). Bounds are i32 scalars; step is a positive constant. */
export interface ForOp extends Op {
  readonly kind: "for";
  readonly index: ValueId;
  readonly indexLabel?: string;
  readonly lower: ValueId;
  readonly upper: ValueId;
  readonly step: number;
  readonly carried: readonly Carried[];
  readonly body: readonly TileOp[];
}

/** A value that both arms of an `if` define. */
export interface Joined {
  readonly whenTrue: ValueId;
  readonly whenFalse: ValueId;
  readonly result: ValueId;
  readonly type: TileType;
  readonly label?: string;
}

/** A branch on a scalar bool: the whole program takes one arm. */
export interface IfOp extends Op {
  readonly kind: "if";
  readonly condition: ValueId;
  readonly whenTrue: readonly TileOp[];
  readonly whenFalse: readonly TileOp[];
  readonly joined: readonly Joined[];
}

export type TileValueOp =
  | ConstOp
  | ProgramOp
  | ArangeOp
  | BroadcastOp
  | ReshapeOp
  | TransposeOp
  | UnaryOp
  | BinaryOp
  | SelectOp
  | CastOp
  | LoadOp
  | DotOp
  | ReduceOp;

export type TileOp = TileValueOp | StoreOp | ForOp | IfOp;
