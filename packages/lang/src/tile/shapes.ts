import { type DType, dtypes, sizeOf } from "@tilebook/ir";
import type { SyntaxNode } from "../syntax.ts";
import {
  argument,
  type Call,
  given,
  textConstant,
  type TileFunction,
  wholeConstant,
  wholeConstants,
} from "./call.ts";
import type { Context } from "./context.ts";
import {
  asTile,
  checkElements,
  checkSizes,
  dtypeOf,
  numeric,
  type Operand,
  tile,
  withDType,
  withShape,
} from "./convert.ts";
import { arithmeticOp, binaryOperator, wholeNumber } from "./operators.ts";
import { constant, describe, type RangeValue, type TileValue, type Value } from "./value.ts";

export const shapeFunctions: Readonly<Record<string, TileFunction>> = {
  programId: { usage: "programId(axis = 0)", least: 0, most: 1, lower: (call) => program(call, "programId") },
  numPrograms: {
    usage: "numPrograms(axis = 0)",
    least: 0,
    most: 1,
    lower: (call) => program(call, "numPrograms"),
  },
  arange: { usage: "arange(end) or arange(start, end)", least: 1, most: 2, lower: arange },
  range: { usage: "range(end) or range(start, end, step = 1)", least: 1, most: 3, lower: range },
  staticRange: {
    usage: "staticRange(end) or staticRange(start, end, step = 1)",
    least: 1,
    most: 3,
    lower: staticRange,
  },
  swizzle2d: { usage: "swizzle2d(i, j, rows, columns, group)", least: 5, most: 5, lower: swizzle2d },
  zeros: { usage: 'zeros([rows, columns], dtype = "f32")', least: 1, most: 2, lower: zeros },
  full: { usage: 'full([rows, columns], value, dtype = "f32")', least: 2, most: 3, lower: full },
  expand: { usage: "expand(tile, axis) or expand(tile, [axis, ...])", least: 2, most: 2, lower: expand },
  broadcast: { usage: "broadcast(tile, [rows, columns])", least: 2, most: 2, lower: broadcast },
  reshape: { usage: "reshape(tile, [rows, columns])", least: 2, most: 2, lower: reshape },
  bitcast: { usage: 'bitcast(tile, "u32")', least: 2, most: 2, lower: bitcast },
  trans: {
    usage: "trans(tile)",
    least: 1,
    most: 1,
    lower: (call) => transpose(call.context, argument(call, 0), call.at),
  },
};

function program(call: Call, kind: "programId" | "numPrograms"): Value {
  const { context, at } = call;
  const operand = given(call, 0);
  const axis = operand === undefined ? 0 : wholeConstant(context, operand, "the axis of the grid");
  if (axis !== 0 && axis !== 1 && axis !== 2) {
    throw context.fault(
      "kernel/axis",
      operand?.node ?? at.node,
      `a grid has the axes 0, 1 and 2, not ${axis}`,
    );
  }
  return tile(context, context.builder[kind](axis, context.note(at)));
}

function arange(call: Call): Value {
  const { context, at } = call;
  const first = wholeConstant(context, argument(call, 0), "the size of arange");
  const last = given(call, 1);
  const [start, end] =
    last === undefined ? [0, first] : [first, wholeConstant(context, last, "the end of arange")];
  if (end <= start || (start | 0) !== start || (end | 0) !== end) {
    throw context.fault(
      "kernel/size",
      at.node,
      `arange(${start}, ${end}) has no elements`,
      "the end must be greater",
    );
  }
  checkSizes(context, [end - start], at.node);
  return tile(context, context.builder.arange(start, end, context.note(at)));
}

function range(call: Call): Value {
  const { context } = call;
  const bounds = call.args.slice(0, 2).map((operand) => scalar(context, operand, "a bound of range"));
  const [first, second] = bounds;
  if (first === undefined) throw context.fault("kernel/arguments", call.at.node, "range needs an end");
  const start = second === undefined ? constant(0) : first;
  const step = given(call, 2);
  const steps = step === undefined ? { step: 1 } : stepsOf(context, step);
  return { kind: "range", start, end: second ?? first, ...steps };
}

/** How a loop goes on: by a constant, or by a number of the running kernel. */
export function stepsOf(context: Context, operand: Operand): Pick<RangeValue, "step" | "stride"> {
  const size = scalar(context, operand, "the step of a loop");
  if (size.kind === "tile") return { step: 1, stride: size };
  const step = wholeConstant(context, operand, "the step of a loop");
  if (step === 0) throw context.fault("kernel/loop", operand.node, "a loop's step is not 0");
  return { step };
}

/** The numbers of a loop that is written out. */
function staticRange(call: Call): Value {
  const { context, at } = call;
  const numbers = call.args.map((operand) => wholeConstant(context, operand, "a bound of staticRange"));
  const [first = 0, second, step = 1] = numbers;
  const [start, end] = second === undefined ? [0, first] : [first, second];
  if (step === 0) throw context.fault("kernel/loop", at.node, "a loop's step is not 0");
  const count = Math.max(0, Math.ceil((end - start) / step));
  if (count > mostWrittenOut) {
    const message = `this loop would be written out ${count} times; at most ${mostWrittenOut} are allowed`;
    throw context.fault("kernel/too-large", at.node, message, "loop with range(...), which stays a loop");
  }
  return { kind: "list", items: Array.from({ length: count }, (_, turn) => constant(start + turn * step)) };
}

/** Most turns of a loop that is written out. */
export const mostWrittenOut = 1_024;

/**
 * Place (i, j) of a grid of programs in another order: groups of `group` rows, each walked column by column. Gives the
 * new [i, j]. The formula of Triton's `swizzle2d`.
 */
function swizzle2d(call: Call): Value {
  const { context, at } = call;
  const inner = { node: at.node };
  const here = (value: Value): Operand => ({ value, node: at.node });
  const [i, j, rows, columns, group] = call.args.map((operand) =>
    here(scalar(context, operand, "swizzle2d")),
  );
  if (
    i === undefined ||
    j === undefined ||
    rows === undefined ||
    columns === undefined ||
    group === undefined
  )
    return constant(undefined);
  const apply = (operator: string, left: Operand, right: Operand): Operand =>
    here(binaryOperator(context, operator, { left, right }, inner));
  const whole = (left: Operand, right: Operand): Operand => {
    const sides = { left: numeric(context, left, "swizzle2d"), right: numeric(context, right, "swizzle2d") };
    const [a, b] = [sides.left.value, sides.right.value];
    if (a.kind === "constant" && b.kind === "constant")
      return here(constant(Math.trunc(Number(a.value) / Number(b.value))));
    return here(arithmeticOp(context, "idiv", sides, inner));
  };
  const place = apply("+", apply("*", i, columns), j);
  const perGroup = apply("*", group, columns);
  const first = apply("*", whole(place, perGroup), group);
  const height = here(smaller(context, apply("-", rows, first), group, at.node));
  const rest = apply("%", place, perGroup);
  const items = [apply("+", first, apply("%", rest, height)).value, whole(rest, height).value];
  return { kind: "list", items };
}

function smaller(context: Context, a: Operand, b: Operand, node: SyntaxNode): Value {
  const [left, right] = [numeric(context, a, "swizzle2d"), numeric(context, b, "swizzle2d")];
  if (left.value.kind === "constant" && right.value.kind === "constant")
    return constant(Math.min(Number(left.value.value), Number(right.value.value)));
  return arithmeticOp(context, "min", { left, right }, { node });
}

/** A whole number that is the same for the whole program. */
export function scalar(
  context: Context,
  operand: Operand,
  what: string,
): TileValue | ReturnType<typeof constant> {
  const value = wholeNumber(context, numeric(context, operand, what));
  if (value.value.kind === "constant" || value.value.type.shape.length === 0) return value.value;
  throw context.fault("kernel/type", operand.node, `${what} is one number, not ${describe(value.value)}`);
}

function zeros(call: Call): Value {
  return filled(call, { value: constant(0), node: call.at.node }, given(call, 1));
}

function full(call: Call): Value {
  return filled(call, argument(call, 1), given(call, 2));
}

function filled(call: Call, operand: Operand, dtypeOperand: Operand | undefined): Value {
  const { context, at } = call;
  const shape = wholeConstants(context, argument(call, 0), "the shape");
  checkSizes(context, shape, argument(call, 0).node);
  const value = numeric(context, operand, "full");
  const own = value.value.kind === "tile" ? dtypeOf(value.value) : "f32";
  const dtype = dtypeOperand === undefined ? own : dtypeNamed(context, dtypeOperand);
  const element = withDType(context, value, dtype, { node: at.node });
  if (element.type.shape.length > 0) {
    throw context.fault(
      "kernel/type",
      operand.node,
      `full takes one number, not ${describe(element)}`,
      "write broadcast(tile, shape)",
    );
  }
  if (shape.length === 0) return element;
  return tile(context, context.builder.broadcast(element.id, shape, context.note(at)));
}

/** The dtype a text names. */
export function dtypeNamed(context: Context, operand: Operand): DType {
  const name = textConstant(context, operand, "a dtype");
  const found = dtypes.find((dtype) => dtype === name);
  if (found !== undefined) return found;
  throw context.fault(
    "kernel/type",
    operand.node,
    `there is no dtype "${name}"`,
    `the dtypes are ${dtypes.join(", ")}`,
  );
}

/** New axes of size 1, at the places they have in the result. */
function expand(call: Call): Value {
  const { context, at } = call;
  const input = tileArgument(call, 0, "expand");
  const operand = argument(call, 1);
  const axes =
    operand.value.kind === "list"
      ? wholeConstants(context, operand, "the axes of expand")
      : [wholeConstant(context, operand, "the axis of expand")];
  const rank = input.type.shape.length + axes.length;
  const places = axes.map((axis) => (axis < 0 ? axis + rank : axis));
  places.forEach((place, index) => {
    if (place >= 0 && place < rank && places.indexOf(place) === index) return;
    const message = `${describe(input)} has no place for an axis ${axes[index]}`;
    const hint = `each new axis stands at another of 0 to ${rank - 1}`;
    throw context.fault("kernel/axis", operand.node, message, hint);
  });
  const shape = places
    .toSorted((a, b) => a - b)
    .reduce<readonly number[]>((sizes, place) => sizes.toSpliced(place, 0, 1), input.type.shape);
  return tile(context, context.builder.reshape(input.id, shape, context.note(at)));
}

function broadcast(call: Call): Value {
  const { context, at } = call;
  const input = tileArgument(call, 0, "broadcast");
  const shape = wholeConstants(context, argument(call, 1), "the shape");
  checkSizes(context, shape, argument(call, 1).node);
  const from = input.type.shape;
  const fits = from.every((size, axis) => size === 1 || size === shape[axis]);
  if (from.length > 0 && (from.length !== shape.length || !fits)) {
    const hint = "only axes of size 1 repeat; add one with expand(x, axis)";
    throw context.fault(
      "kernel/shapes",
      at.node,
      `${describe(input)} does not repeat to [${shape.join(", ")}]`,
      hint,
    );
  }
  return withShape(context, input, shape, at);
}

function reshape(call: Call): Value {
  const { context, at } = call;
  const input = tileArgument(call, 0, "reshape");
  const shape = wholeConstants(context, argument(call, 1), "the shape");
  checkSizes(context, shape, argument(call, 1).node);
  const [have, want] = [sizeOf(input.type.shape), sizeOf(shape)];
  if (have !== want) {
    const message = `${describe(input)} has ${have} elements, [${shape.join(", ")}] has ${want}`;
    const hint = "reshape keeps every element; fold an axis away with sum or max to get fewer";
    throw context.fault("kernel/shapes", at.node, message, hint);
  }
  return tile(context, context.builder.reshape(input.id, shape, context.note(at)));
}

/** `x.T` and `trans(x)`. */
export function transpose(
  context: Context,
  operand: Operand,
  at: { node: SyntaxNode; label?: string | undefined },
): Value {
  const input = asTile(context, numeric(context, operand, "transposing"), { node: operand.node });
  if (input.type.shape.length !== 2) {
    const hint = "transposing takes a tile of two axes";
    throw context.fault("kernel/rank", at.node, `${describe(input)} cannot be transposed`, hint);
  }
  return tile(context, context.builder.transpose(input.id, [1, 0], context.note(at)));
}

/** `x.to("f16")`. */
export function cast(call: Call, operand: Operand): Value {
  const { context, at } = call;
  const value = numeric(context, operand, "to()");
  const dtype = dtypeNamed(context, argument(call, 0));
  return withDType(context, value, dtype, at);
}

/** The same bits as another dtype of 4 bytes. */
function bitcast(call: Call): Value {
  const { context, at } = call;
  const input = tileArgument(call, 0, "bitcast");
  const dtype = dtypeNamed(context, argument(call, 1));
  const odd = [input.type.dtype, dtype].find((name) => name === "f16" || name === "bool");
  if (odd === undefined) return tile(context, context.builder.bitcast(input.id, dtype, context.note(at)));
  const message = `bitcast goes between f32, i32 and u32, not ${odd}`;
  throw context.fault("kernel/type", at.node, message, "x.to(dtype) converts the value");
}

function tileArgument(call: Call, index: number, what: string): TileValue {
  const operand = argument(call, index);
  const { node } = operand;
  const value = asTile(call.context, numeric(call.context, operand, what), { node });
  checkElements(call.context, value.type.shape, node);
  return value;
}
