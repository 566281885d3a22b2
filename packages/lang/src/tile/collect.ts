import { sameShape, sizeOf, type ValueId } from "@tilebook/ir";
import { argument, axisAndOptions, type Call, flagsOf, given, type TileFunction } from "./call.ts";
import type { Context } from "./context.ts";
import { asTile, numeric, type Operand, tile, withDType, withType } from "./convert.ts";
import { axisOf, keeping } from "./reductions.ts";
import { binaryOperator } from "./operators.ts";
import {
  constant,
  describe,
  type HelperValue,
  type NumericValue,
  type TileValue,
  type Value,
} from "./value.ts";

/** Folds and scans by a function of the person, and those that are made of them. */
export const collectFunctions: Readonly<Record<string, TileFunction>> = {
  reduce: {
    usage: "reduce(tile, axis, (a, b) => ..., { keepDims: true })",
    least: 3,
    most: 4,
    lower: (call) => byHelper(call, "fold"),
  },
  scan: {
    usage: "scan(tile, axis, (a, b) => ..., { reverse: true })",
    least: 3,
    most: 4,
    lower: (call) => byHelper(call, "scan"),
  },
  cumsum: {
    usage: "cumsum(tile, axis = 0, { reverse: true })",
    least: 1,
    most: 3,
    lower: (call) => running(call, "+"),
  },
  cumprod: {
    usage: "cumprod(tile, axis = 0, { reverse: true })",
    least: 1,
    most: 3,
    lower: (call) => running(call, "*"),
  },
  xorSum: { usage: "xorSum(tile, axis = 0)", least: 1, most: 3, lower: xorSum },
};

type Step = (left: readonly NumericValue[], right: readonly NumericValue[]) => readonly Value[];

interface Combination {
  readonly kind: "fold" | "scan";
  readonly inputs: readonly TileValue[];
  readonly axis: number;
  readonly reverse: boolean;
  readonly step: Step;
}

function byHelper(call: Call, kind: "fold" | "scan"): Value {
  const { context } = call;
  const first = argument(call, 0);
  const several = first.value.kind === "list";
  const items = first.value.kind === "list" ? first.value.items : [first.value];
  const inputs = items.map((value) => tileOf(context, { value, node: first.node }, kind));
  requireOneShape(call, inputs, first);
  const [lead] = inputs;
  if (lead === undefined) throw context.fault("kernel/type", first.node, "there is no tile to combine");
  const axis = axisOf(call, argument(call, 1), lead.type.shape.length, lead);
  const helper = helperOf(call, argument(call, 2));
  const step: Step = (left, right) => {
    const made = call.apply(helper, [...left, ...right]);
    return several && made.kind === "list" ? made.items : [made];
  };
  const flags = flagsOf(call, given(call, 3), [kind === "scan" ? "reverse" : "keepDims"]);
  const folded = combine(call, { kind, inputs, axis, reverse: flags.has("reverse"), step });
  const made = flags.has("keepDims")
    ? folded.map((value) => keeping(call, value, lead.type.shape, axis))
    : folded;
  return several ? { kind: "list", items: made } : (made[0] ?? constant(undefined));
}

function running(call: Call, operator: "+" | "*"): Value {
  const { context } = call;
  const input = tileOf(context, argument(call, 0), operator === "+" ? "cumsum" : "cumprod");
  const { dtype, shape } = input.type;
  const node = call.at.node;
  // Masks are counted, and f16 is summed in f32 and rounded once, as in sum().
  const wanted = dtype === "bool" ? "i32" : dtype === "f16" ? "f32" : dtype;
  const wide = withType(context, { value: input, node }, { dtype: wanted, shape }, { node });
  const how = axisAndOptions(call, 1);
  const axis = axisOf(call, how.axis ?? { value: constant(0), node }, shape.length, input);
  const reverse = flagsOf(call, how.options, ["reverse"]).has("reverse");
  const step: Step = ([a], [b]) => [operatorOn(context, operator, a, b, call)];
  const [made] = combine(call, { kind: "scan", inputs: [wide], axis, reverse, step });
  if (made === undefined || dtype !== "f16") return made ?? constant(undefined);
  return withDType(context, { value: made, node }, "f16", call.at);
}

function xorSum(call: Call): Value {
  const { context } = call;
  const input = tileOf(context, argument(call, 0), "xorSum");
  const { shape } = input.type;
  const how = axisAndOptions(call, 1);
  const axis = axisOf(call, how.axis ?? { value: constant(0), node: call.at.node }, shape.length, input);
  const keep = flagsOf(call, how.options, ["keepDims"]).has("keepDims");
  const step: Step = ([a], [b]) => [operatorOn(context, "^", a, b, call)];
  const [made] = combine(call, { kind: "fold", inputs: [input], axis, reverse: false, step });
  if (made === undefined) return constant(undefined);
  return keep ? keeping(call, made, shape, axis) : made;
}

function operatorOn(
  context: Context,
  operator: string,
  a: NumericValue | undefined,
  b: NumericValue | undefined,
  { at }: Call,
): Value {
  if (a === undefined || b === undefined) return constant(undefined);
  const sides = { left: { value: a, node: at.node }, right: { value: b, node: at.node } };
  return binaryOperator(context, operator, sides, { node: at.node });
}

/** Writes the op down. What the function gives comes back in the dtype of its input. */
function combine(call: Call, { kind, inputs, axis, reverse, step }: Combination): readonly TileValue[] {
  const { context, at } = call;
  const { builder } = context;
  const scalars = (ids: readonly ValueId[]): readonly TileValue[] => ids.map((id) => tile(context, id));
  const body = (left: readonly ValueId[], right: readonly ValueId[]): readonly ValueId[] => {
    const made = combiningNumbers(context, () => step(scalars(left), scalars(right)));
    if (made.length !== inputs.length) {
      const message = `the combining function gives ${made.length} values for ${inputs.length} tiles`;
      throw context.fault("kernel/combine", at.node, message, "return one value for each tile: [a, b]");
    }
    return made.map((value, place) => combined(call, value, inputs[place]));
  };
  const { span } = context.note(at);
  const note = { span, labels: inputs.length === 1 ? [at.label] : [] };
  const what = { inputs: inputs.map(({ id }) => id), axis, reverse };
  const results = kind === "fold" ? builder.fold(what, body, note) : builder.scan(what, body, note);
  return scalars(results);
}

/** Branches inside choose between numbers, since there is nothing but arithmetic. */
function combiningNumbers<T>(context: Context, work: () => T): T {
  const before = context.combining;
  context.combining = true;
  try {
    return work();
  } finally {
    context.combining = before;
  }
}

/** What the combining function gave, as one number of the input's dtype. */
function combined(call: Call, value: Value, input: TileValue | undefined): ValueId {
  const { context, at } = call;
  const node = at.node;
  const number = numeric(context, { value, node }, "the combining function");
  const whole = number.value.kind === "constant" || number.value.type.shape.length === 0;
  if (!whole) {
    const message = `the combining function works on single numbers, but gives ${describe(number.value)}`;
    throw context.fault("kernel/combine", node, message, "it must not use tiles from outside");
  }
  return withDType(context, number, input?.type.dtype ?? "f32", { node }).id;
}

export function tileOf(context: Context, operand: Operand, what: string): TileValue {
  const { node } = operand;
  const value = asTile(context, numeric(context, operand, what), { node });
  if (value.type.shape.length > 0) return value;
  throw context.fault("kernel/axis", node, `${what} works on a tile, not ${describe(value)}`);
}

function requireOneShape({ context }: Call, inputs: readonly TileValue[], { node }: Operand): void {
  const shape = inputs[0]?.type.shape ?? [];
  const odd = inputs.find((input) => !sameShape(input.type.shape, shape));
  if (odd === undefined || sizeOf(shape) === 0) return;
  const message = `tiles that are combined have one shape, not [${shape.join(", ")}] and ${describe(odd)}`;
  throw context.fault("kernel/shapes", node, message, "broadcast(x, shape) repeats one of them");
}

function helperOf({ context }: Call, { value, node }: Operand): HelperValue {
  if (value.kind === "helper") return value;
  throw context.fault(
    "kernel/combine",
    node,
    `this must be a function (a, b) => ..., not ${describe(value)}`,
  );
}
