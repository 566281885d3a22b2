import { Fault, type Span } from "@tilebook/base";
import { type BufferDType, type DType, dtypeInfo, valueDType } from "./dtype.ts";
import { type BinaryName, type CompareName, compareNames, type UnaryName } from "./ops.ts";
import type {
  ArangeOp,
  ArgsortOp,
  AtomicOp,
  BinaryOp,
  BitcastOp,
  BroadcastOp,
  ConstOp,
  DotOp,
  FoldOp,
  GatherOp,
  JoinOp,
  LoadOp,
  PickOp,
  ReduceOp,
  ReshapeOp,
  ScanOp,
  SelectOp,
  StoreOp,
  TileType,
  TileValueOp,
  TransposeOp,
  UnaryOp,
  ValueId,
} from "./tile.ts";

/**
 * The typing rules of Tile IR, used by the builder (to give results their types) and by the verifier (to check
 * them). A broken rule throws a Fault `tile/shape`, `tile/dtype`, `tile/size`, `tile/axis` or `tile/const` with
 * the op's span.
 */

/** Where the types of operands come from. Both throw a Fault for an id that is not visible. */
export interface TypeScope {
  typeOf(value: ValueId): TileType;
  /** The element dtype behind a pointer parameter. */
  pointee(pointer: ValueId): BufferDType;
}

/** Most elements of one tile: 256 x 256. */
export const maxTileElements = 65_536;

/** Most axes of a tile or a tensor. */
export const maxRank = 8;

type Spanned = { readonly span?: Span | undefined };

const number: readonly DType[] = ["f32", "f16", "i32", "u32"];
const float: readonly DType[] = ["f32", "f16"];
const integer: readonly DType[] = ["i32", "u32"];
const words: readonly DType[] = ["f32", "i32", "u32"];

/** The dtypes each unary op takes. Its result has the same type. */
export const unaryDTypes: Record<UnaryName, readonly DType[]> = {
  neg: ["f32", "f16", "i32"],
  abs: number,
  exp: float,
  exp2: float,
  log: float,
  log2: float,
  sqrt: float,
  rsqrt: float,
  sin: float,
  cos: float,
  tanh: float,
  floor: float,
  ceil: float,
  round: float,
  erf: float,
  not: ["bool"],
};

/** The dtypes each binary op takes, on both sides. */
export const binaryDTypes: Record<BinaryName, readonly DType[]> = {
  add: number,
  sub: number,
  mul: number,
  div: float,
  idiv: integer,
  mod: number,
  min: number,
  max: number,
  pow: float,
  and: ["bool", "i32", "u32"],
  or: ["bool", "i32", "u32"],
  xor: ["bool", "i32", "u32"],
  shl: integer,
  shr: integer,
  mulhi: ["u32"],
  philox0: ["u32"],
  philox1: ["u32"],
  philox2: ["u32"],
  philox3: ["u32"],
  lt: number,
  le: number,
  gt: number,
  ge: number,
  eq: ["f32", "f16", "i32", "u32", "bool"],
  ne: ["f32", "f16", "i32", "u32", "bool"],
};

const dtypeHints: Partial<Record<UnaryName | BinaryName, string>> = {
  div: "integers divide with idiv, which truncates toward zero; or cast to f32 first",
  idiv: "numbers of a float dtype divide with /",
  not: "write x == 0 for a number",
};

export function isCompare(op: BinaryName): op is CompareName {
  return (compareNames as readonly string[]).includes(op);
}

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
export function showType(type: { readonly dtype: BufferDType; readonly shape: readonly number[] }): string {
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

/** The type of the value this op defines. Ops that state their own type (const, cast, ...) are checked against it. */
export function resultType(op: TileValueOp, scope: TypeScope): TileType {
  switch (op.kind) {
    case "const":
      return constType(op);
    case "programId":
    case "numPrograms":
      return { dtype: "i32", shape: [] };
    case "arange":
      return arangeType(op);
    case "broadcast":
      return broadcastType(op, scope.typeOf(op.input));
    case "reshape":
      return reshapeType(op, scope.typeOf(op.input));
    case "transpose":
      return transposeType(op, scope.typeOf(op.input));
    case "unary":
      return unaryType(op, scope.typeOf(op.input));
    case "binary":
      return binaryType(op, scope.typeOf(op.left), scope.typeOf(op.right));
    case "select":
      return selectType(op, scope);
    case "cast":
      return { dtype: op.type.dtype, shape: scope.typeOf(op.input).shape };
    case "bitcast":
      return bitcastType(op, scope.typeOf(op.input));
    case "join":
      return joinType(op, scope.typeOf(op.left), scope.typeOf(op.right));
    case "pick":
      return pickType(op, scope.typeOf(op.input));
    case "gather":
      return gatherType(op, scope.typeOf(op.input), scope.typeOf(op.index));
    case "argsort":
      return argsortType(op, scope.typeOf(op.input));
    case "load":
      return loadType(op, scope);
    case "atomic":
      return atomicType(op, scope);
    case "dot":
      return dotType(op, scope.typeOf(op.left), scope.typeOf(op.right));
    case "reduce":
      return reduceType(op, scope.typeOf(op.input));
  }
}

/** A store defines nothing, but its operands must fit each other. */
export function checkStore(op: StoreOp, scope: TypeScope): void {
  const dtype = valueDType(scope.pointee(op.pointer));
  const offset = checkOffset(op.offset, op.mask, op, scope);
  const value = scope.typeOf(op.value);
  if (value.dtype !== dtype) {
    throw fault("tile/dtype", `cannot store ${showType(value)} through a pointer to ${dtype}`, op, {
      hint: `cast the value to ${dtype}`,
    });
  }
  requireShape("the value of a store", value, offset.shape, op);
}

function constType(op: ConstOp): TileType {
  if (op.type.shape.length > 0) throw fault("tile/shape", "a constant is a scalar; broadcast it", op);
  const { kind, round } = dtypeInfo[op.type.dtype];
  if (kind !== "float" && round(op.value) !== op.value)
    throw fault("tile/const", `${op.value} is no value of ${op.type.dtype}`, op);
  return op.type;
}

function arangeType(op: ArangeOp): TileType {
  if (![op.start, op.end].every((edge) => (edge | 0) === edge) || op.end <= op.start) {
    throw fault(
      "tile/size",
      `arange(${op.start}, ${op.end}) needs two whole numbers, the first one less`,
      op,
    );
  }
  const shape = [op.end - op.start];
  checkTileShape(shape, op);
  return { dtype: "i32", shape };
}

function broadcastType(op: BroadcastOp, input: TileType): TileType {
  const { shape } = op.type;
  checkTileShape(shape, op);
  const fits =
    input.shape.length === 0 ||
    (input.shape.length === shape.length &&
      input.shape.every((size, axis) => size === 1 || size === shape[axis]));
  if (fits) return { dtype: input.dtype, shape };
  throw fault("tile/shape", `cannot broadcast ${showType(input)} to [${shape.join(", ")}]`, op, {
    hint: "only axes of size 1 are repeated; add one with expand or reshape",
  });
}

function reshapeType(op: ReshapeOp, input: TileType): TileType {
  const { shape } = op.type;
  checkTileShape(shape, op);
  if (sizeOf(shape) === sizeOf(input.shape)) return { dtype: input.dtype, shape };
  throw fault("tile/shape", `cannot reshape ${showType(input)} to [${shape.join(", ")}]`, op, {
    hint: `${sizeOf(input.shape)} elements cannot become ${sizeOf(shape)}`,
  });
}

function transposeType(op: TransposeOp, input: TileType): TileType {
  const rank = input.shape.length;
  const sorted = op.order.toSorted((a, b) => a - b);
  if (sorted.length !== rank || sorted.some((axis, place) => axis !== place)) {
    throw fault(
      "tile/axis",
      `[${op.order.join(", ")}] is no order of the ${rank} axes of ${showType(input)}`,
      op,
    );
  }
  return { dtype: input.dtype, shape: op.order.map((axis) => input.shape[axis] ?? 1) };
}

function unaryType(op: UnaryOp, input: TileType): TileType {
  requireDType(op.op, unaryDTypes[op.op], input, op);
  return input;
}

function binaryType(op: BinaryOp, left: TileType, right: TileType): TileType {
  if (left.dtype !== right.dtype) {
    throw fault(
      "tile/dtype",
      `${op.op} needs equal dtypes, not ${showType(left)} and ${showType(right)}`,
      op,
      {
        hint: `cast one of them`,
      },
    );
  }
  requireDType(op.op, binaryDTypes[op.op], left, op);
  if (!sameShape(left.shape, right.shape)) {
    throw fault(
      "tile/shape",
      `${op.op} needs equal shapes, not ${showType(left)} and ${showType(right)}`,
      op,
      {
        hint: "broadcast one of them",
      },
    );
  }
  return isCompare(op.op) ? { dtype: "bool", shape: left.shape } : left;
}

function selectType(op: SelectOp, scope: TypeScope): TileType {
  const yes = scope.typeOf(op.yes);
  const no = scope.typeOf(op.no);
  const condition = scope.typeOf(op.condition);
  if (condition.dtype !== "bool")
    throw fault("tile/dtype", `a condition is bool, not ${showType(condition)}`, op);
  if (yes.dtype !== no.dtype)
    throw fault("tile/dtype", `both choices need one dtype, not ${yes.dtype} and ${no.dtype}`, op);
  requireShape("the first choice", yes, condition.shape, op);
  requireShape("the second choice", no, condition.shape, op);
  return yes;
}

function bitcastType(op: BitcastOp, input: TileType): TileType {
  requireDType("bitcast", words, input, op);
  requireDType("bitcast", words, op.type, op);
  return { dtype: op.type.dtype, shape: input.shape };
}

function joinType(op: JoinOp, left: TileType, right: TileType): TileType {
  if (!sameType(left, right))
    throw fault("tile/shape", `join needs two equal types, not ${showType(left)} and ${showType(right)}`, op);
  const shape = [...left.shape, 2];
  checkTileShape(shape, op);
  return { dtype: left.dtype, shape };
}

function pickType(op: PickOp, input: TileType): TileType {
  requireAxis(op.axis, input, op);
  const size = input.shape[op.axis] ?? 1;
  if (!Number.isInteger(op.index) || op.index < 0 || op.index >= size)
    throw fault("tile/axis", `axis ${op.axis} of ${showType(input)} has no place ${op.index}`, op);
  return { dtype: input.dtype, shape: input.shape.toSpliced(op.axis, 1) };
}

function gatherType(op: GatherOp, input: TileType, index: TileType): TileType {
  requireAxis(op.axis, input, op);
  if (index.dtype !== "i32") throw fault("tile/dtype", `an index is i32, not ${showType(index)}`, op);
  const fits =
    index.shape.length === input.shape.length &&
    index.shape.every((size, axis) => axis === op.axis || size === input.shape[axis]);
  if (fits) return { dtype: input.dtype, shape: index.shape };
  throw fault("tile/shape", `cannot gather ${showType(input)} by ${showType(index)} along ${op.axis}`, op, {
    hint: "the index has the shape of the tile, but along the axis",
  });
}

function argsortType(op: ArgsortOp, input: TileType): TileType {
  requireDType("argsort", number, input, op);
  requireAxis(op.axis, input, op);
  return { dtype: "i32", shape: input.shape };
}

function atomicType(op: AtomicOp, scope: TypeScope): TileType {
  const dtype = scope.pointee(op.pointer);
  if (dtype !== "i32" && dtype !== "u32") {
    throw fault("tile/dtype", `atomics work on buffers of i32 and u32, not ${dtype}`, op, {
      hint: "let each program store its own part, and add the parts in a second kernel",
    });
  }
  if ((op.op === "cas") !== (op.compare !== undefined))
    throw fault("tile/value", "cas, and only cas, compares", op);
  const { shape } = checkOffset(op.offset, op.mask, op, scope);
  const operands = op.compare === undefined ? [op.value] : [op.value, op.compare];
  for (const operand of operands) {
    const type = scope.typeOf(operand);
    if (type.dtype !== dtype)
      throw fault("tile/dtype", `an atomic on ${dtype} takes ${dtype}, not ${showType(type)}`, op);
    requireShape("the value of an atomic", type, shape, op);
  }
  return { dtype, shape };
}

/** The types of a fold's or a scan's results: what `results` must say. */
export function combinedTypes(
  op: Pick<FoldOp | ScanOp, "kind" | "axis" | "inputs" | "span">,
  scope: TypeScope,
): readonly TileType[] {
  const types = op.inputs.map((input) => scope.typeOf(input));
  const [first] = types;
  if (first === undefined) throw fault("tile/shape", `a ${op.kind} needs a tile`, op);
  requireAxis(op.axis, first, op);
  for (const type of types) requireShape("each tile", type, first.shape, op);
  const shape = op.kind === "fold" ? first.shape.toSpliced(op.axis, 1) : first.shape;
  return types.map(({ dtype }) => ({ dtype, shape }));
}

function loadType(op: LoadOp, scope: TypeScope): TileType {
  const dtype = valueDType(scope.pointee(op.pointer));
  const { shape } = checkOffset(op.offset, op.mask, op, scope);
  if (op.other !== undefined) {
    const other = scope.typeOf(op.other);
    if (other.dtype !== dtype)
      throw fault("tile/dtype", `other is ${showType(other)}, the buffer ${dtype}`, op);
    requireShape("other", other, shape, op);
  }
  return { dtype, shape };
}

function dotType(op: DotOp, left: TileType, right: TileType): TileType {
  if (left.dtype !== right.dtype)
    throw fault("tile/dtype", `dot needs equal dtypes, not ${left.dtype} and ${right.dtype}`, op);
  requireDType("dot", number, left, op);
  const [m, k] = left.shape;
  const [rows, n] = right.shape;
  const matrices = left.shape.length === 2 && right.shape.length === 2;
  if (m === undefined || n === undefined || !matrices || k !== rows) {
    throw fault("tile/shape", `cannot multiply ${showType(left)} by ${showType(right)}`, op, {
      hint: matrices ? `the inner sizes ${k} and ${rows} must be equal` : "dot takes two tiles of rank 2",
    });
  }
  checkTileShape([m, n], op);
  const exact = dtypeInfo[left.dtype].kind === "integer";
  return { dtype: exact ? left.dtype : "f32", shape: [m, n] };
}

function reduceType(op: ReduceOp, input: TileType): TileType {
  requireDType(op.op, number, input, op);
  requireAxis(op.axis, input, op);
  const place = op.op === "argmax" || op.op === "argmin";
  return { dtype: place ? "i32" : input.dtype, shape: input.shape.toSpliced(op.axis, 1) };
}

function requireAxis(axis: number, input: TileType, at: Spanned): void {
  const { shape } = input;
  if (Number.isInteger(axis) && axis >= 0 && axis < shape.length) return;
  throw fault("tile/axis", `${showType(input)} has no axis ${axis}`, at, {
    hint: shape.length === 0 ? "a scalar has no axes" : `axes are 0 to ${shape.length - 1}`,
  });
}

function checkOffset(offset: ValueId, mask: ValueId | undefined, at: Spanned, scope: TypeScope): TileType {
  const type = scope.typeOf(offset);
  if (type.dtype !== "i32") throw fault("tile/dtype", `an offset is i32, not ${showType(type)}`, at);
  if (mask === undefined) return type;
  const maskType = scope.typeOf(mask);
  if (maskType.dtype !== "bool") throw fault("tile/dtype", `a mask is bool, not ${showType(maskType)}`, at);
  requireShape("the mask", maskType, type.shape, at);
  return type;
}

function requireDType(op: string, allowed: readonly DType[], type: TileType, at: Spanned): void {
  if (allowed.includes(type.dtype)) return;
  const hint = (dtypeHints as Partial<Record<string, string>>)[op];
  throw fault("tile/dtype", `${op} takes ${allowed.join(", ")}, not ${showType(type)}`, at, { hint });
}

function requireShape(what: string, type: TileType, shape: readonly number[], at: Spanned): void {
  if (sameShape(type.shape, shape)) return;
  throw fault("tile/shape", `${what} is ${showType(type)}; its shape must be [${shape.join(", ")}]`, at, {
    hint: "broadcast it",
  });
}

function fault(code: string, message: string, at: Spanned, more: { hint?: string | undefined } = {}): Fault {
  return new Fault(code, message, { span: at.span, hint: more.hint });
}
