import { dtypeInfo } from "./dtype.ts";
import { argsortType, dotType, gatherType, joinType, pickType, reduceType } from "./infer/axis.ts";
import {
  checkTileShape,
  fault,
  requireDType,
  requireShape,
  sameShape,
  showType,
  sizeOf,
  type TypeScope,
} from "./infer/check.ts";
import { binaryDTypes, isCompare, unaryDTypes, words } from "./infer/dtypes.ts";
import { atomicType, loadType } from "./infer/memory.ts";
import type {
  ArangeOp,
  BinaryOp,
  BitcastOp,
  BroadcastOp,
  ConstOp,
  ReshapeOp,
  SelectOp,
  TileType,
  TileValueOp,
  TransposeOp,
  UnaryOp,
} from "./tile.ts";

export { combinedTypes } from "./infer/axis.ts";
export {
  checkTileShape,
  maxRank,
  maxTileElements,
  sameShape,
  sameType,
  showType,
  sizeOf,
  type TypeScope,
} from "./infer/check.ts";
export { binaryDTypes, isCompare, unaryDTypes } from "./infer/dtypes.ts";
export { checkStore } from "./infer/memory.ts";

/**
 * The typing rules of Tile IR, used by the builder (to give results their types) and by the verifier (to check
 * them). A broken rule throws a Fault `tile/shape`, `tile/dtype`, `tile/size`, `tile/axis` or `tile/const` with
 * the op's span.
 */

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
