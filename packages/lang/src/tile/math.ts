import { binaryMeaning, type UnaryName } from "@tilebook/ir";
import { argument, type Call, given, type TileFunction } from "./call.ts";
import {
  asTile,
  commonDType,
  commonShape,
  numeric,
  type NumericOperand,
  type Operand,
  tile,
  typed,
  withType,
} from "./convert.ts";
import { arithmeticOp, binaryOperator, maskOf, unaryFunction, unaryOperator } from "./operators.ts";
import { constant, describe, type NumericValue, shapeOf, type TileValue, type Value } from "./value.ts";

const unaryNames: readonly UnaryName[] = [
  "exp",
  "exp2",
  "log",
  "log2",
  "sqrt",
  "rsqrt",
  "sin",
  "cos",
  "tanh",
  "abs",
  "floor",
  "ceil",
  "round",
  "erf",
];

export const mathFunctions: Readonly<Record<string, TileFunction>> = {
  ...Object.fromEntries(unaryNames.map((name) => [name, unary(name)])),
  where: { usage: "where(mask, yes, no)", least: 3, most: 3, lower: whereOf },
  dot: { usage: "dot(a, b, accumulator?)", least: 2, most: 3, lower: dot },
  maximum: two("maximum(a, b)", "max"),
  minimum: two("minimum(a, b)", "min"),
  pow: two("pow(base, exponent)", "pow"),
  idiv: two("idiv(a, b)", "idiv"),
  cdiv: { usage: "cdiv(a, b)", least: 2, most: 2, lower: cdiv },
  fma: { usage: "fma(a, b, c)", least: 3, most: 3, lower: fma },
  clamp: { usage: "clamp(x, least, most)", least: 3, most: 3, lower: clamp },
  sigmoid: { usage: "sigmoid(x)", least: 1, most: 1, lower: sigmoid },
  mulhi: { usage: "mulhi(a, b)", least: 2, most: 2, lower: mulhi },
};

/** Functions of `Math` that are called otherwise than the tile functions of their name. */
export const mathObject: Readonly<Record<string, TileFunction>> = {
  max: { usage: "Math.max(a, b)", least: 1, most: 8, lower: (call) => several(call, "max") },
  min: { usage: "Math.min(a, b)", least: 1, most: 8, lower: (call) => several(call, "min") },
  pow: two("Math.pow(base, exponent)", "pow"),
};

type TwoName = "max" | "min" | "pow" | "idiv";

function unary(name: UnaryName): TileFunction {
  const lower = (call: Call): Value => unaryFunction(call.context, name, argument(call, 0), call.at);
  return { usage: `${name}(x)`, least: 1, most: 1, lower };
}

function two(usage: string, op: TwoName): TileFunction {
  return { usage, least: 2, most: 2, lower: (call) => pair(call, op, argument(call, 0), argument(call, 1)) };
}

export function pair(call: Call, op: TwoName, first: Operand, second: Operand): NumericValue {
  const { context, at } = call;
  const left = numeric(context, first, op);
  const right = numeric(context, second, op);
  const [a, b] = [left.value, right.value];
  if (a.kind === "constant" && b.kind === "constant") {
    return constant(binaryMeaning[op](Number(a.value), Number(b.value)));
  }
  return arithmeticOp(context, op, { left, right }, at);
}

function several(call: Call, op: "max" | "min"): Value {
  const [first, ...rest] = call.args;
  if (first === undefined) return constant(undefined);
  const start = numeric(call.context, first, op).value;
  return rest.reduce(
    (value: NumericValue, operand) => pair(call, op, { value, node: first.node }, operand),
    start,
  );
}

/** a / b rounded up, for numbers that are not negative. */
function cdiv(call: Call): Value {
  const { context, at } = call;
  const left = numeric(context, argument(call, 0), "cdiv");
  const right = numeric(context, argument(call, 1), "cdiv");
  const [a, b] = [left.value, right.value];
  if (a.kind === "constant" && b.kind === "constant")
    return constant(Math.ceil(Number(a.value) / Number(b.value)));
  const inner = { node: at.node };
  const one = { value: constant(1), node: at.node };
  const less =
    b.kind === "constant"
      ? constant(Number(b.value) - 1)
      : arithmeticOp(context, "sub", { left: right, right: one }, inner);
  const raised = arithmeticOp(context, "add", { left, right: { value: less, node: right.node } }, inner);
  return arithmeticOp(context, "idiv", { left: { value: raised, node: left.node }, right }, at);
}

export function whereOf(call: Call): Value {
  const { context, at } = call;
  const condition = argument(call, 0);
  const yes = numeric(context, argument(call, 1), "where");
  const no = numeric(context, argument(call, 2), "where");
  if (condition.value.kind === "constant") return condition.value.value === true ? yes.value : no.value;
  const mask = maskOf(context, condition, "the condition of where");
  const dtype = commonDType(yes, no);
  const choices = commonShape(context, yes, no, at.node);
  const like: NumericOperand = { value: typed({ dtype, shape: choices }), node: at.node };
  const shape = commonShape(context, { value: mask, node: condition.node }, like, at.node);
  const inner = { node: at.node };
  const ids = {
    condition: withType(context, { value: mask, node: condition.node }, { dtype: "bool", shape }, inner).id,
    yes: withType(context, yes, { dtype, shape }, inner).id,
    no: withType(context, no, { dtype, shape }, inner).id,
  };
  return tile(context, context.builder.select(ids, context.note(at)));
}

function dot(call: Call): Value {
  const { context, at } = call;
  const [a, b] = [matrix(call, 0), matrix(call, 1)];
  if (a.type.shape.length === 3 || b.type.shape.length === 3) return batchedDot(call, a, b);
  const [k, rows] = [a.type.shape[1], b.type.shape[0]];
  if (k !== rows) {
    const turned = b.type.shape[1] === k ? "; did you mean dot(a, b.T)?" : "";
    throw context.fault(
      "kernel/dot",
      at.node,
      `dot cannot multiply ${describe(a)} by ${describe(b)}: the inner sizes ${k} and ${rows} differ`,
      `the columns of the left must be as many as the rows of the right${turned}`,
    );
  }
  const dtype = commonDType({ value: a, node: at.node }, { value: b, node: at.node });
  const inner = { node: at.node };
  const [left, right] = [a, b].map((value) =>
    withType(context, { value, node: at.node }, { dtype, shape: value.type.shape }, inner),
  );
  const accumulator = given(call, 2);
  const note = context.note(accumulator === undefined ? at : inner);
  const product = tile(context, context.builder.dot(left?.id ?? -1, right?.id ?? -1, note));
  if (accumulator === undefined) return product;
  const into = numeric(context, accumulator, "the accumulator of dot");
  return arithmeticOp(context, "add", { left: into, right: { value: product, node: at.node } }, at);
}

/** Of three axes: a product for each place along the first one, put side by side. */
function batchedDot(call: Call, a: TileValue, b: TileValue): Value {
  const { context, at } = call;
  const { builder } = context;
  const [count, others] = [a.type.shape[0] ?? 1, b.type.shape[0]];
  if (a.type.shape.length !== b.type.shape.length || count !== others || count > mostProducts) {
    const message = `dot cannot multiply ${describe(a)} by ${describe(b)}`;
    const hint = `both have two axes, or three with the same first size of at most ${mostProducts}`;
    throw context.fault("kernel/dot", at.node, message, hint);
  }
  const inner = { node: at.node };
  const slice = (value: TileValue, index: number): Operand => ({
    value: tile(context, builder.pick(value.id, 0, index, context.note(inner))),
    node: at.node,
  });
  const products = Array.from({ length: count }, (_, index) =>
    asTile(
      context,
      numeric(
        context,
        { value: dot({ ...call, at: inner, args: [slice(a, index), slice(b, index)] }), node: at.node },
        "dot",
      ),
      inner,
    ),
  );
  // The last axes that joining makes count from the highest bit of the place down.
  const stacked = (values: readonly TileValue[]): TileValue => {
    const [first, ...rest] = values;
    if (first === undefined || rest.length === 0) return first ?? a;
    const [even, odd] = [0, 1].map((bit) => stacked(values.filter((_, place) => place % 2 === bit)));
    return tile(context, builder.join(even?.id ?? -1, odd?.id ?? -1, context.note(inner)));
  };
  const together = stacked(products);
  const [m = 1, n = 1] = products[0]?.type.shape ?? [];
  const wide = builder.reshape(together.id, [m, n, count], context.note(inner));
  const product = tile(context, builder.transpose(wide, [2, 0, 1], context.note(at)));
  const accumulator = given(call, 2);
  if (accumulator === undefined) return product;
  const into = numeric(context, accumulator, "the accumulator of dot");
  return arithmeticOp(context, "add", { left: into, right: { value: product, node: at.node } }, at);
}

/** Each place of a batch is a product of its own in the program. */
const mostProducts = 16;

const one: Value = constant(1);

/** a * b + c. Whether the product is rounded in between is up to the device. */
function fma(call: Call): Value {
  const { context, at } = call;
  const [a, b, c] = [0, 1, 2].map((index) => numeric(context, argument(call, index), "fma"));
  if (a === undefined || b === undefined || c === undefined) return one;
  const product = binaryOperator(context, "*", { left: a, right: b }, { node: at.node });
  return binaryOperator(context, "+", { left: { value: product, node: at.node }, right: c }, at);
}

function clamp(call: Call): Value {
  const inner = { ...call, at: { node: call.at.node } };
  const raised = pair(inner, "max", argument(call, 0), argument(call, 1));
  return pair(call, "min", { value: raised, node: call.at.node }, argument(call, 2));
}

/** 1 / (1 + exp(-x)); exp(-x) may become infinite, and then this is 0, as it should be. */
function sigmoid(call: Call): Value {
  const { context, at } = call;
  const inner = { node: at.node };
  const here = (value: Value): Operand => ({ value, node: at.node });
  const turned = unaryOperator(context, "-", argument(call, 0), inner);
  const raised = unaryFunction(context, "exp", here(turned), inner);
  const below = binaryOperator(context, "+", { left: here(one), right: here(raised) }, inner);
  return binaryOperator(context, "/", { left: here(one), right: here(below) }, at);
}

/** The upper 32 bits of the product of two u32. */
function mulhi(call: Call): Value {
  const { context, at } = call;
  const [left, right] = [0, 1].map((index) => numeric(context, argument(call, index), "mulhi"));
  if (left === undefined || right === undefined) return one;
  const shape = commonShape(context, left, right, at.node);
  const [a, b] = [left, right].map((side) =>
    withType(context, side, { dtype: "u32", shape }, { node: side.node }),
  );
  return tile(context, context.builder.binary("mulhi", a?.id ?? -1, b?.id ?? -1, context.note(at)));
}

/** An operand of dot: a tile of numbers with two axes. */
function matrix(call: Call, index: number): TileValue {
  const operand = argument(call, index);
  const { value, node } = numeric(call.context, operand, "dot");
  const { context } = call;
  const rank = shapeOf(value).length;
  if ((rank !== 2 && rank !== 3) || value.kind !== "tile") {
    const hint = "dot takes two tiles of two axes, or of three; add one with expand(x, axis)";
    throw context.fault("kernel/dot", node, `dot cannot multiply ${describe(value)}`, hint);
  }
  if (value.type.dtype !== "bool") return value;
  throw context.fault("kernel/dot", node, "dot multiplies numbers, not masks", 'cast it: x.to("f32")');
}
