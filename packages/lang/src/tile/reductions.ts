import { type ReduceName, sizeOf } from "@tilebook/ir";
import { argument, axisAndOptions, type Call, flagsOf, given, type TileFunction } from "./call.ts";
import type { At } from "./context.ts";
import { asTile, dtypeOf, numeric, type Operand, tile, withDType, withType } from "./convert.ts";
import { pair } from "./math.ts";
import { binaryOperator, unaryFunction } from "./operators.ts";
import { constant, describe, shapeOf, type TileValue, type Value } from "./value.ts";

/** Folds of an axis that the IR knows. */
export const reduceFunctions: Readonly<Record<string, TileFunction>> = {
  sum: reduction("sum"),
  prod: reduction("prod"),
  max: reduction("max"),
  min: reduction("min"),
  argmax: reduction("argmax"),
  argmin: reduction("argmin"),
  softmax: { usage: "softmax(tile, axis = 0)", least: 1, most: 2, lower: softmax },
};

/** `max(x, axis)`; without an axis over all elements; `max(a, b)` with two tiles is elementwise. */
function reduction(op: ReduceName): TileFunction {
  const both = op === "max" || op === "min";
  const usage = both ? `${op}(tile, axis), or ${op}imum(a, b) of two` : `${op}(tile, axis)`;
  return { usage, least: 1, most: 3, lower: (call) => reduce(call, op) };
}

function reduce(call: Call, op: ReduceName): Value {
  const operand = argument(call, 0);
  const { axis: axisOperand, options } = axisAndOptions(call, 1);
  const both = op === "max" || op === "min";
  if (axisOperand !== undefined && both && !isAxis(operand.value, axisOperand.value)) {
    if (options === undefined) return pair(call, op, operand, axisOperand);
    const message = `${op} of numbers takes two of them`;
    const hint = `write ${op}(a, ${op}(b, c)), or Math.${op}(a, b, c)`;
    throw call.context.fault("kernel/arguments", call.at.node, message, hint);
  }
  const flags = flagsOf(call, options, both ? ["keepDims", "returnIndices"] : ["keepDims"]);
  const input = reducible(call, op, operand).value;
  const { shape } = input.type;
  const axis = axisOperand === undefined ? undefined : axisOf(call, axisOperand, shape.length, input);
  const fold = (name: ReduceName): Value => {
    const folded = folding(call, name, { operand, axis });
    return flags.has("keepDims") ? keeping(call, folded, shape, axis) : folded;
  };
  const value = fold(op);
  if (!flags.has("returnIndices")) return value;
  return { kind: "list", items: [value, fold(op === "max" ? "argmax" : "argmin")] };
}

/** Without an axis all elements are folded. */
function folding(
  call: Call,
  op: ReduceName,
  { operand, axis }: { readonly operand: Operand; readonly axis: number | undefined },
): TileValue {
  const { context, at } = call;
  const input = reducible(call, op, operand);
  const whole = axis === undefined ? flat(call, input.value) : input.value;
  const note = context.note(input.back ? { node: at.node } : at);
  const reduced = tile(context, context.builder.reduce(op, whole.id, axis ?? 0, note));
  return input.back ? withDType(context, { value: reduced, node: at.node }, "f16", at) : reduced;
}

/** What was folded away stays as an axis of size 1; all of them without an axis. */
export function keeping(
  { context, at }: Call,
  folded: TileValue,
  shape: readonly number[],
  axis: number | undefined,
): TileValue {
  const kept = axis === undefined ? shape.map(() => 1) : shape.with(axis, 1);
  return tile(context, context.builder.reshape(folded.id, kept, context.note({ node: at.node })));
}

/** exp(x - max) over its sum, along one axis. */
function softmax(call: Call): Value {
  const { context, at } = call;
  const inner: At = { node: at.node };
  const here = (value: Value): Operand => ({ value, node: at.node });
  const input = reducible(call, "max", argument(call, 0)).value;
  const axis = axisOf(call, given(call, 1) ?? here(constant(0)), input.type.shape.length, input);
  const kept = input.type.shape.with(axis, 1);
  const folded = (op: "max" | "sum", of: Value): Value => {
    const total = folding({ ...call, at: inner }, op, { operand: here(of), axis });
    return tile(context, context.builder.reshape(total.id, kept, context.note(inner)));
  };
  const moved = { left: here(input), right: here(folded("max", input)) };
  const raised = unaryFunction(context, "exp", here(binaryOperator(context, "-", moved, inner)), inner);
  return binaryOperator(context, "/", { left: here(raised), right: here(folded("sum", raised)) }, at);
}

function flat(call: Call, input: TileValue): TileValue {
  const { context, at } = call;
  const { shape } = input.type;
  if (shape.length === 1) return input;
  return tile(context, context.builder.reshape(input.id, [sizeOf(shape)], context.note({ node: at.node })));
}

/** Is `value` meant as an axis: a small whole number, beside a tile? */
function isAxis(first: Value, value: Value): boolean {
  const number = value.kind === "constant" && typeof value.value === "number" ? value.value : NaN;
  const small = Number.isInteger(number) && Math.abs(number) <= 8;
  return small && first.kind === "tile" && first.type.shape.length > 0;
}

/** What is folded: masks count as 0 and 1; sums of f16 are taken in f32 and come `back`. */
function reducible(call: Call, op: ReduceName, operand: Operand): { value: TileValue; back: boolean } {
  const { context } = call;
  const { value, node } = numeric(context, operand, op);
  if (shapeOf(value).length === 0) {
    const hint =
      op === "max" || op === "min"
        ? `${op}imum(a, b) takes the ${op === "max" ? "greater" : "less"} of two`
        : "one number is its own result; load a tile with x + arange(16)";
    throw context.fault("kernel/axis", node, `${op} folds a tile, not ${describe(value)}`, hint);
  }
  const dtype = dtypeOf(value);
  const back = dtype === "f16" && (op === "sum" || op === "prod");
  const wanted = dtype === "bool" ? "i32" : back ? "f32" : dtype;
  const input = asTile(context, { value, node }, { node });
  return {
    value: withType(context, { value: input, node }, { dtype: wanted, shape: input.type.shape }, { node }),
    back,
  };
}

export function axisOf(call: Call, operand: Operand, rank: number, input: TileValue): number {
  const { value, node } = operand;
  const wanted = value.kind === "constant" && typeof value.value === "number" ? value.value : NaN;
  const axis = wanted < 0 ? wanted + rank : wanted;
  if (Number.isInteger(axis) && axis >= 0 && axis < rank) return axis;
  const seen = value.kind === "constant" ? describe(value) : "a value of the running kernel";
  throw call.context.fault(
    "kernel/axis",
    node,
    `${describe(input)} has no axis ${Number.isNaN(wanted) ? `that is ${seen}` : wanted}`,
    rank === 1 ? "its axis is 0" : `its axes are 0 to ${rank - 1}`,
  );
}
