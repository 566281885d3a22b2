import { type BinaryName, philoxTable } from "@tilebook/ir";
import { argument, type Call, given, type TileFunction, wholeConstant } from "./call.ts";
import {
  commonShape,
  dtypeOf,
  numeric,
  type NumericOperand,
  type Operand,
  tile,
  withType,
} from "./convert.ts";
import { Formula } from "./formula.ts";
import { binaryOperator } from "./operators.ts";
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
  randn: {
    usage: "randn(seed, offsets)",
    least: 2,
    most: 2,
    lower: (call) => normals(call, 1)[0] ?? constant(0),
  },
  rand4x: {
    usage: "rand4x(seed, offsets)",
    least: 2,
    most: 2,
    lower: (call) => ({ kind: "list", items: [0, 1, 2, 3].map((place) => uniform(call, word(call, place))) }),
  },
  randn4x: {
    usage: "randn4x(seed, offsets)",
    least: 2,
    most: 2,
    lower: (call) => ({ kind: "list", items: normals(call, 4) }),
  },
  philox: { usage: "philox(seed, c0, c1, c2, c3, rounds = 10)", least: 5, most: 6, lower: philox },
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
  return wholeOperand(call, argument(call, index), index === 0 ? "a seed" : "the offsets of random numbers");
}

/** A constant beyond the i32 is one of the u32. */
function wholeOperand(call: Call, from: Operand, what: string): NumericOperand {
  const operand = numeric(call.context, from, what);
  const dtype = dtypeOf(operand.value);
  const known = operand.value.kind === "constant" && Number.isInteger(operand.value.value);
  if (dtype === "i32" || dtype === "u32" || known) return operand;
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

/** Box and Muller's transform of the first two uniform numbers, or of both pairs. */
function normals(call: Call, count: 1 | 4): readonly Value[] {
  const f = new Formula(call);
  const inner = { ...call, at: { node: call.at.node } };
  const uniforms = (count === 1 ? [0, 1] : [0, 1, 2, 3]).map((place) => uniform(inner, word(inner, place)));
  const pairs = uniforms.flatMap((first, at) => (at % 2 === 0 ? [[first, uniforms[at + 1] ?? first]] : []));
  return pairs.flatMap(([first = 0, second = 0]) => {
    const raised = f.two("max", first, 1e-7);
    const radius = f.fn("sqrt", f.of(f.fn("log", raised), "*", -2));
    const turn = f.of(second, "*", 6.283185307179586);
    const waves = (["cos", "sin"] as const).slice(0, count);
    return waves.map((wave) => f.of(radius, "*", f.fn(wave, turn)));
  });
}

const { multipliers, increments } = philoxTable;

/** The four words of any key (a number, or its low and high half) and any counter: Triton's `tl.philox`. */
function philox(call: Call): Value {
  const { context } = call;
  const f = new Formula(call);
  const seed = argument(call, 0);
  const halves = seed.value.kind === "list" ? seed.value.items : [seed.value, constant(0)];
  const key = halves.map((value) => unsigned(call, f, { value, node: seed.node }, "a seed"));
  const counter = call.args.slice(1, 5).map((operand) => unsigned(call, f, operand, "a counter"));
  const rounds = given(call, 5);
  const turns = rounds === undefined ? 10 : wholeConstant(context, rounds, "the number of rounds");
  if (turns < 1 || turns > 16) {
    const message = `philox takes 1 to 16 rounds, not ${turns}`;
    throw context.fault("kernel/arguments", rounds?.node ?? call.at.node, message, "Triton takes 10");
  }
  let [a, b, c, d, low, high] = [...counter, ...key, constant(0)] as readonly Value[];
  for (let turn = 0; turn < turns; turn++) {
    if (!a || !b || !c || !d || !low || !high) break;
    const [left, right] = [a, c];
    a = f.of(f.of(f.two("mulhi", right, multipliers[1]), "^", b), "^", low);
    b = f.of(right, "*", multipliers[1]);
    c = f.of(f.of(f.two("mulhi", left, multipliers[0]), "^", d), "^", high);
    d = f.of(left, "*", multipliers[0]);
    [low, high] = [f.of(low, "+", increments[0]), f.of(high, "+", increments[1])];
  }
  return { kind: "list", items: [a, b, c, d].map((item) => item ?? constant(0)) };
}

function unsigned(call: Call, f: Formula, operand: Operand, what: string): Value {
  return f.to(wholeOperand(call, operand, what).value, "u32");
}
