import type { Span } from "@tilebook/base";
import type { BufferDType, DType } from "./dtype.ts";
import type { ArithmeticName, AtomicName, CompareName, ReduceName, UnaryName } from "./ops.ts";

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
  /** What lies in memory. Values of packed dtypes (i8, u8, i4, u4) are i32 in the kernel: see `valueDType`. */
  readonly dtype: BufferDType;
  /** Found from the loads, stores and atomics of the body; an atomic reads and writes. */
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

/** The same 32 bits as another dtype: between f32, i32 and u32. */
export interface BitcastOp extends ValueOp {
  readonly kind: "bitcast";
  readonly input: ValueId;
}

/** result[..., 0] = left, result[..., 1] = right: a new last axis of size 2. Equal types. */
export interface JoinOp extends ValueOp {
  readonly kind: "join";
  readonly left: ValueId;
  readonly right: ValueId;
}

/** The slice of `input` at the constant `index` of `axis`; the axis is dropped. */
export interface PickOp extends ValueOp {
  readonly kind: "pick";
  readonly input: ValueId;
  readonly axis: number;
  readonly index: number;
}

/**
 * result[i..., j, k...] = input[i..., index[i..., j, k...], k...], with j along `axis`. The i32 tile `index` has the
 * shape of the result: that of the input but along `axis`. An index outside of the axis is an error: the interpreter
 * traps (`tile/bounds`), a GPU gives some element of the input.
 */
export interface GatherOp extends ValueOp {
  readonly kind: "gather";
  readonly input: ValueId;
  readonly index: ValueId;
  readonly axis: number;
}

/**
 * For each vector along `axis`, the i32 places of its elements from the least to the greatest (with `descending` from
 * the greatest to the least). Stable in both directions: equal elements stay in their order. NaN counts as greater than
 * everything; -0 equals 0. Same shape as the input.
 */
export interface ArgsortOp extends ValueOp {
  readonly kind: "argsort";
  readonly input: ValueId;
  readonly axis: number;
  readonly descending: boolean;
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

/**
 * Read, change and write `pointer[offset]` as one step, for every element where `mask` is true or absent. The result is
 * what stood there before (0 where masked out). Elements of one tile that meet at one place take their turns in any
 * order. Buffers of i32 and u32 only. `compare` belongs to `cas` alone: `value` is written where `compare` stood.
 */
export interface AtomicOp extends ValueOp {
  readonly kind: "atomic";
  readonly op: AtomicName;
  readonly pointer: ValueId;
  readonly offset: ValueId;
  readonly value: ValueId;
  readonly compare?: ValueId;
  readonly mask?: ValueId;
}

/** Writes `value` to `pointer[offset]`, elementwise, where `mask` is true or absent. */
export interface StoreOp extends Op {
  readonly kind: "store";
  readonly pointer: ValueId;
  readonly offset: ValueId;
  readonly value: ValueId;
  readonly mask?: ValueId;
}

/**
 * result[m, n] = sum over k of left[m, k] * right[k, n]. Of f32 or f16: accumulated in f32, result f32. Of i32 or u32
 * (equal dtypes): exact modulo 2^32, result of that dtype.
 */
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

/** One of the values that a `fold` or a `scan` gives. */
export interface Defined {
  readonly result: ValueId;
  readonly type: TileType;
  readonly label?: string;
}

/**
 * How two neighbours become one, on scalars: an associative function of as many values as the op has inputs, in order
 * (`left` stands before `right` on the axis; it need not commute). The body is made of const, unary, binary, select, cast
 * and bitcast ops on scalars, and reads nothing from outside but scalar values.
 */
export interface Combine {
  readonly left: readonly ValueId[];
  readonly right: readonly ValueId[];
  readonly body: readonly TileOp[];
  readonly yields: readonly ValueId[];
}

/** Folds `axis` of all inputs (equal shapes) away by a function of the user's. One result for each input. */
export interface FoldOp extends Op {
  readonly kind: "fold";
  readonly axis: number;
  readonly inputs: readonly ValueId[];
  readonly combine: Combine;
  readonly results: readonly Defined[];
}

/**
 * result[i] along `axis` = the inputs 0 to i combined (`reverse`: the inputs i to the last one; `left` still stands before
 * `right`). Results have the inputs' types.
 */
export interface ScanOp extends Op {
  readonly kind: "scan";
  readonly axis: number;
  readonly reverse: boolean;
  readonly inputs: readonly ValueId[];
  readonly combine: Combine;
  readonly results: readonly Defined[];
}

/** Shows a tile to the person, once for each program and each time the op is reached; elements where `mask` is true. */
export interface PrintOp extends Op {
  readonly kind: "print";
  readonly text: string;
  readonly value: ValueId;
  readonly mask?: ValueId;
}

/**
 * Every element of the bool tile must be true, else the launch fails with `kernel/assert` and this text. With `turns` it says
 * that a loop came to its end, not to its most turns: then the fault is `kernel/turns`.
 */
export interface AssertOp extends Op {
  readonly kind: "assert";
  readonly text: string;
  readonly condition: ValueId;
  readonly turns?: true;
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

/**
 * for (index = lower; index < upper && while; index += step). Bounds are i32 scalars; step is a positive constant.
 * `while` is the `argument` of a carried bool scalar: no turn begins while it is false.
 */
export interface ForOp extends Op {
  readonly kind: "for";
  readonly index: ValueId;
  readonly indexLabel?: string;
  readonly lower: ValueId;
  readonly upper: ValueId;
  readonly step: number;
  readonly while?: ValueId;
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
  | BitcastOp
  | JoinOp
  | PickOp
  | GatherOp
  | ArgsortOp
  | LoadOp
  | AtomicOp
  | DotOp
  | ReduceOp;

export type TileOp = TileValueOp | StoreOp | FoldOp | ScanOp | PrintOp | AssertOp | ForOp | IfOp;
