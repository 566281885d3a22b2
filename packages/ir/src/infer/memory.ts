import { valueDType } from "../dtype.ts";
import type { AtomicOp, LoadOp, StoreOp, TileType, ValueId } from "../tile.ts";
import { fault, requireShape, showType, type Spanned, type TypeScope } from "./check.ts";

/** The typing rules of ops that go to memory. */

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

export function loadType(op: LoadOp, scope: TypeScope): TileType {
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

export function atomicType(op: AtomicOp, scope: TypeScope): TileType {
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

function checkOffset(offset: ValueId, mask: ValueId | undefined, at: Spanned, scope: TypeScope): TileType {
  const type = scope.typeOf(offset);
  if (type.dtype !== "i32") throw fault("tile/dtype", `an offset is i32, not ${showType(type)}`, at);
  if (mask === undefined) return type;
  const maskType = scope.typeOf(mask);
  if (maskType.dtype !== "bool") throw fault("tile/dtype", `a mask is bool, not ${showType(maskType)}`, at);
  requireShape("the mask", maskType, type.shape, at);
  return type;
}
