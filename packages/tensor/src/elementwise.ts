import { Fault } from "@tilebook/base";
import {
  type ArithmeticName,
  type BufferDType,
  bufferDTypes,
  type CompareName,
  type DType,
  type UnaryName,
} from "@tilebook/ir";
import type { Expr } from "./expr.ts";
import { binary, broadcast, cast, fill, select, unary } from "./nodes.ts";
import { arithmeticType, floatType, promote, promoteNumber } from "./promote.ts";
import { broadcastShape } from "./shape.ts";

/** The other side of an operation: an expression, or a plain number that adapts to the tensor's dtype. */
export type Operand = Expr | number;

export function arithmetic(op: ArithmeticName, left: Expr, right: Operand): Expr {
  const dtype = arithmeticType(meet(left, right));
  return both(left, right, dtype, (a, b) => binary(op, a, b, dtype));
}

/** True division and powers: integers become f32 first. */
export function floating(op: "div" | "pow", left: Expr, right: Operand): Expr {
  const dtype = floatType(meet(left, right));
  return both(left, right, dtype, (a, b) => binary(op, a, b, dtype));
}

export function compare(op: CompareName, left: Expr, right: Operand): Expr {
  const dtype = arithmeticType(meet(left, right));
  return both(left, right, dtype, (a, b) => binary(op, a, b, "bool"));
}

/** `and`, `or` of masks. */
export function logic(op: "and" | "or", left: Expr, right: Expr): Expr {
  for (const side of [left, right]) needBool(side, op);
  return both(left, right, "bool", (a, b) => binary(op, a, b, "bool"));
}

export function not(input: Expr): Expr {
  needBool(input, "not");
  return unary("not", input);
}

/** exp, log, sqrt, ...: integers become f32 first. */
export function floatUnary(op: UnaryName, input: Expr): Expr {
  return unary(op, cast(input, floatType(input.dtype)));
}

/** neg and abs keep integers; bools become i32. */
export function signedUnary(op: "neg" | "abs", input: Expr): Expr {
  return unary(op, cast(input, arithmeticType(input.dtype)));
}

/** floor, ceil, round: integers stay as they are. */
export function roundUnary(op: "floor" | "ceil" | "round", input: Expr): Expr {
  return input.dtype === floatType(input.dtype) ? unary(op, input) : input;
}

export function choose(condition: Expr, yes: Operand, no: Operand): Expr {
  needBool(condition, "where");
  const dtype = meetAny(yes, no);
  const shape = [yes, no].reduce<readonly number[]>(
    (so, side) => (typeof side === "number" ? so : broadcastShape(so, side.shape)),
    condition.shape,
  );
  return select(broadcast(condition, shape), spread(yes, shape, dtype), spread(no, shape, dtype));
}

export function castTo(input: Expr, dtype: BufferDType): Expr {
  if (!bufferDTypes.includes(dtype)) {
    throw new Fault("tensor/dtype", `there is no dtype ${JSON.stringify(dtype)}`, {
      hint: `the dtypes are ${bufferDTypes.join(", ")}`,
    });
  }
  return cast(input, dtype);
}

function both(left: Expr, right: Operand, dtype: DType, make: (left: Expr, right: Expr) => Expr): Expr {
  const shape = typeof right === "number" ? left.shape : broadcastShape(left.shape, right.shape);
  return make(spread(left, shape, dtype), spread(right, shape, dtype));
}

function spread(side: Operand, shape: readonly number[], dtype: DType): Expr {
  return typeof side === "number" ? fill(side, shape, dtype) : broadcast(cast(side, dtype), shape);
}

function meet(left: Expr, right: Operand): DType {
  return typeof right === "number" ? promoteNumber(right, left.dtype) : promote(left.dtype, right.dtype);
}

function meetAny(yes: Operand, no: Operand): DType {
  if (typeof yes !== "number") return meet(yes, no);
  return typeof no === "number" ? "f32" : meet(no, yes);
}

function needBool(input: Expr, op: string): void {
  if (input.dtype === "bool") return;
  throw new Fault("tensor/mask", `${op} needs a bool tensor, not ${input.dtype}`, {
    hint: "make a mask by a comparison, for example x.gt(0)",
  });
}
