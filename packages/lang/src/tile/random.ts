import type { BinaryName } from "@tilebook/ir";
import { argument, type Call, type TileFunction } from "./call.ts";
import {
  commonShape,
  dtypeOf,
  numeric,
  type NumericOperand,
  type Operand,
  tile,
  withType,
} from "./convert.ts";
import { binaryOperator, unaryFunction } from "./operators.ts";
import { constant, describe, type TileValue, type Value } from "./value.ts";

/** Random numbers without a state: functions of a seed and a place (Philox4x32-10, the numbers of Triton). */
export const randomFunctions: Readonly<Record<string, TileFunction>> = {
  randint: { usage: "randint(seed, offsets)", least: 2, most: 2, lower: (call) => word(call, 0) },
  randint4x: {
    usage: "randint4x(seed, offsets)",
    least: 2,
    most: 2,
    lower: (call) => ({ kind: "list", items: [0, 1, 2, 3].map((place) => word(call, place)) }),
  },
  rand: { usage: "rand(seed, offsets)", least: 2, most: 2, lower: (call) => uniform(call, word(call, 0)) },
  randn: { usage: "randn(seed, offsets)", least: 2, most: 2, lower: normal },
};

/** One of the four random words (u32) of a place. */
function word(call: Call, place: number): TileValue {
  const { context, at } = call;
  const [seed, offset] = [whole(call, 0), whole(call, 1)];
  const shape = commonShape(context, seed, offset, at.node);
  const inner = { node: at.node };
  const [key, counter] = [seed, offset].map((side) =>
    withType(context, side, { dtype: "u32", shape }, inner),
  );
  const op = `philox${place}` as BinaryName;
  return tile(context, context.builder.binary(op, key?.id ?? -1, counter?.id ?? -1, context.note(at)));
}

function whole(call: Call, index: number): NumericOperand {
  const operand = numeric(call.context, argument(call, index), index === 0 ? "a seed" : "an offset");
  const dtype = dtypeOf(operand.value);
  if (dtype === "i32" || dtype === "u32") return operand;
  const what = index === 0 ? "a seed" : "the offsets of random numbers";
  const message = `${what} must be whole numbers, not ${describe(operand.value)}`;
  throw call.context.fault("kernel/type", operand.node, message, 'cast it: x.to("i32")');
}

/**
 * A word as a number in [0, 1): its bits as an i32, mirrored to what is not negative, times the largest f32 that keeps it
 * below 1. The same formula as Triton's `uint_to_uniform_float`.
 */
function uniform(call: Call, bits: TileValue): Value {
  const { context, at } = call;
  const inner = { node: at.node };
  const here = (value: Value): Operand => ({ value, node: at.node });
  const signed = tile(context, context.builder.bitcast(bits.id, "i32", context.note(inner)));
  const zero = here(constant(0));
  const negative = binaryOperator(context, "<", { left: here(signed), right: zero }, inner);
  const turned = binaryOperator(context, "^", { left: here(signed), right: here(constant(-1)) }, inner);
  if (negative.kind !== "tile" || turned.kind !== "tile") return constant(0);
  const [mask, mirrored] = [negative, turned];
  const choice = { condition: mask.id, yes: mirrored.id, no: signed.id };
  const positive = tile(context, context.builder.select(choice, context.note(inner)));
  const float = tile(context, context.builder.cast(positive.id, "f32", context.note(inner)));
  const scale = here(constant(4.6566127342e-10));
  return binaryOperator(context, "*", { left: here(float), right: scale }, at);
}

/** Box and Muller's transform of two uniform numbers: sqrt(-2 ln u1) cos(2 pi u2). */
function normal(call: Call): Value {
  const { context, at } = call;
  const inner = { ...call, at: { node: at.node } };
  const here = (value: Value): Operand => ({ value, node: at.node });
  const plain = { node: at.node };
  const [first, second] = [uniform(inner, word(inner, 0)), uniform(inner, word(inner, 1))];
  const raised = maximumOf(call, first, 1e-7);
  const logarithm = unaryFunction(context, "log", here(raised), plain);
  const doubled = binaryOperator(context, "*", { left: here(logarithm), right: here(constant(-2)) }, plain);
  const radius = unaryFunction(context, "sqrt", here(doubled), plain);
  const turn = binaryOperator(
    context,
    "*",
    { left: here(second), right: here(constant(6.283185307179586)) },
    plain,
  );
  const cosine = unaryFunction(context, "cos", here(turn), plain);
  return binaryOperator(context, "*", { left: here(radius), right: here(cosine) }, at);
}

function maximumOf(call: Call, value: Value, least: number): Value {
  const { context, at } = call;
  const inner = { node: at.node };
  const number = numeric(context, { value, node: at.node }, "randn").value;
  if (number.kind !== "tile") return number;
  const floor = withType(context, { value: constant(least), node: at.node }, number.type, inner);
  return tile(context, context.builder.binary("max", number.id, floor.id, context.note(inner)));
}
