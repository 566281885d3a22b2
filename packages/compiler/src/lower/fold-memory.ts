import type { ReduceOp } from "@tilebook/ir";
import { computedAs, type Expr, type Memory, type Scalar, type ThreadType } from "../thread/ir.ts";
import { type Context, now } from "./context.ts";
import type { Moment } from "./emitter.ts";
import { type Fold, isPlace } from "./fold.ts";

/** The memories of a fold's value and index, beside the parts they hold. */
export interface FoldMemory {
  readonly value: Memory;
  readonly index?: Memory;
}

/** What goes into which memory. */
export function partsOf(memory: FoldMemory, fold: Fold): readonly (readonly [Memory, Expr])[] {
  const value = [memory.value, fold.value] as const;
  return memory.index === undefined || fold.index === undefined
    ? [value]
    : [value, [memory.index, fold.index]];
}

/** The state at an index of an array of states. */
export function readFold(
  context: Context,
  memory: FoldMemory,
  index: Expr,
  since: Moment = now(context),
): Fold {
  const { emitter } = context;
  const value = emitter.read(memory.value, index, since);
  return memory.index === undefined ? { value } : { value, index: emitter.read(memory.index, index, since) };
}

/** An array of states, in a thread's registers or in workgroup memory. */
export function declareFold(
  context: Context,
  op: ReduceOp,
  length: number,
  space: "function" | "workgroup",
): FoldMemory {
  const { emitter } = context;
  const make = (scalar: Scalar): Memory =>
    emitter.declare({
      name: space === "workgroup" ? "partial" : "total",
      space,
      type: { scalar, width: 1 },
      length,
      purpose: `the partial results of ${op.op}`,
      ...(emitter.span === undefined ? {} : { span: emitter.span }),
    });
  const value = make(valueScalar(context, op));
  return isPlace(op.op) ? { value, index: make("i32") } : { value };
}

/** The scalar type a reduction folds. */
export function valueScalar(context: Context, op: ReduceOp): Scalar {
  return computedAs[context.facts.typeOf(op.input).dtype];
}

/** One state in a plain variable. */
export function runningFold(context: Context, op: ReduceOp, type: ThreadType): FoldMemory {
  const { emitter } = context;
  const value = emitter.declare({ name: op.op, space: "function", type, length: 0 });
  if (!isPlace(op.op)) return { value };
  const index: ThreadType = { scalar: "i32", width: type.width };
  return { value, index: emitter.declare({ name: "place", space: "function", type: index, length: 0 }) };
}

/** The state in a plain variable, as it is now. */
export function readRunning(context: Context, memory: FoldMemory): Fold {
  const { emitter } = context;
  const since: Moment = now(context);
  const value = emitter.read(memory.value, undefined, since);
  return memory.index === undefined
    ? { value }
    : { value, index: emitter.read(memory.index, undefined, since) };
}

/** The result a state stands for. */
export function pick(context: Context, op: ReduceOp, fold: Fold): Expr {
  if (isPlace(op.op)) return fold.index ?? fold.value;
  return op.type.dtype === "f16" ? context.emitter.half(fold.value) : fold.value;
}
