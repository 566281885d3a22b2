import { sameShape, sizeOf } from "@tilebook/ir";
import {
  argument,
  axisAndOptions,
  type Call,
  flagsOf,
  given,
  type TileFunction,
  wholeConstant,
  wholeConstants,
} from "./call.ts";
import { tileOf } from "./collect.ts";
import {
  asTile,
  checkSizes,
  commonDType,
  commonShape,
  dtypeOf,
  numeric,
  type NumericOperand,
  type Operand,
  tile,
  typed,
  withShape,
  withType,
} from "./convert.ts";
import { axisOf } from "./reductions.ts";
import { binaryOperator, maskOf } from "./operators.ts";
import { constant, describe, type TileValue, type Value } from "./value.ts";

/** Tiles of the same elements in other places. */
export const arrangeFunctions: Readonly<Record<string, TileFunction>> = {
  permute: { usage: "permute(tile, [1, 0, 2])", least: 2, most: 2, lower: permute },
  ravel: { usage: "ravel(tile)", least: 1, most: 1, lower: ravel },
  zerosLike: { usage: "zerosLike(tile)", least: 1, most: 1, lower: zerosLike },
  join: { usage: "join(a, b)", least: 2, most: 2, lower: join },
  split: { usage: "const [a, b] = split(tile)", least: 1, most: 1, lower: split },
  interleave: { usage: "interleave(a, b)", least: 2, most: 2, lower: interleave },
  cat: { usage: "cat(a, b, axis = 0)", least: 2, most: 3, lower: cat },
  flip: { usage: "flip(tile, axis = 0)", least: 1, most: 2, lower: flip },
  gather: { usage: "gather(tile, index, axis)", least: 3, most: 3, lower: gather },
  argsort: { usage: "argsort(tile, axis = -1, { descending: true })", least: 1, most: 3, lower: argsort },
  sort: { usage: "sort(tile, axis = -1, { descending: true })", least: 1, most: 3, lower: sort },
  topk: { usage: "topk(tile, k, axis = -1)", least: 2, most: 3, lower: topk },
  histogram: { usage: "histogram(tile, bins, mask?)", least: 2, most: 3, lower: histogram },
};

function input(call: Call, index: number, what: string): TileValue {
  return tileOf(call.context, argument(call, index), what);
}

function permute(call: Call): Value {
  const { context, at } = call;
  const value = input(call, 0, "permute");
  const rank = value.type.shape.length;
  const order = wholeConstants(context, argument(call, 1), "the order of axes");
  const sorted = order.toSorted((a, b) => a - b);
  if (order.length === rank && sorted.every((axis, place) => axis === place))
    return tile(context, context.builder.transpose(value.id, order, context.note(at)));
  const message = `[${order.join(", ")}] is no order of the ${rank} axes of ${describe(value)}`;
  throw context.fault("kernel/axis", argument(call, 1).node, message, "name each axis once, from 0");
}

function ravel(call: Call): Value {
  const { context, at } = call;
  const value = input(call, 0, "ravel");
  return tile(context, context.builder.reshape(value.id, [sizeOf(value.type.shape)], context.note(at)));
}

function zerosLike(call: Call): Value {
  const { context, at } = call;
  const { type } = asTile(context, numeric(context, argument(call, 0), "zerosLike"), { node: at.node });
  return tile(context, context.builder.full(type.shape, 0, type.dtype, context.note(at)));
}

/** Both in one type. */
function pairOf(call: Call): readonly [TileValue, TileValue] {
  const { context, at } = call;
  const sides: readonly NumericOperand[] = [0, 1].map((index) =>
    numeric(context, argument(call, index), "this"),
  );
  const [left, right] = sides;
  if (left === undefined || right === undefined)
    throw context.fault("kernel/arguments", at.node, "two tiles are needed");
  const type = { dtype: commonDType(left, right), shape: commonShape(context, left, right, at.node) };
  const [a, b] = [left, right].map((side) => withType(context, side, type, { node: side.node }));
  return [a, b] as [TileValue, TileValue];
}

function join(call: Call): Value {
  const { context, at } = call;
  const [a, b] = pairOf(call);
  checkSizes(context, [...a.type.shape, 2], at.node);
  return tile(context, context.builder.join(a.id, b.id, context.note(at)));
}

/** The two halves of a last axis of size 2. */
function split(call: Call): Value {
  const { context, at } = call;
  const value = input(call, 0, "split");
  const { shape } = value.type;
  if (shape.at(-1) !== 2) {
    const message = `split takes a tile whose last axis has size 2, not ${describe(value)}`;
    throw context.fault("kernel/shapes", at.node, message, "reshape(x, [n, 2]) pairs neighbours");
  }
  const half = (index: number): Value =>
    tile(context, context.builder.pick(value.id, shape.length - 1, index, context.note({ node: at.node })));
  return { kind: "list", items: [half(0), half(1)] };
}

/** a[0], b[0], a[1], b[1], ... along the last axis. */
function interleave(call: Call): Value {
  const { context, at } = call;
  const [a, b] = pairOf(call);
  const { shape } = a.type;
  const joined = context.builder.join(a.id, b.id, context.note({ node: at.node }));
  const wide = [...shape.slice(0, -1), 2 * (shape.at(-1) ?? 1)];
  checkSizes(context, wide, at.node);
  return tile(context, context.builder.reshape(joined, wide, context.note(at)));
}

/** One behind the other along an axis. */
function cat(call: Call): Value {
  const { context, at } = call;
  const { builder } = context;
  const [a, b] = pairOf(call);
  const { shape } = a.type;
  const axis = axisOf(call, given(call, 2) ?? { value: constant(0), node: at.node }, shape.length, a);
  const wide = shape.with(axis, 2 * (shape[axis] ?? 1));
  checkSizes(context, wide, at.node);
  const inner = { node: at.node };
  const joined = builder.join(a.id, b.id, context.note(inner));
  // The new axis, which stands last, moves before the axis it lengthens.
  const order = [...shape.keys()].toSpliced(axis, 0, shape.length);
  const turned = builder.transpose(joined, order, context.note(inner));
  return tile(context, builder.reshape(turned, wide, context.note(at)));
}

function flip(call: Call): Value {
  const { context, at } = call;
  const value = input(call, 0, "flip");
  const { shape } = value.type;
  const axis = axisOf(call, given(call, 1) ?? { value: constant(0), node: at.node }, shape.length, value);
  const size = shape[axis] ?? 1;
  const places = along(call, axis, size, shape.length);
  const last: Operand = { value: constant(size - 1), node: at.node };
  const turned = binaryOperator(
    context,
    "-",
    { left: last, right: { value: places, node: at.node } },
    { node: at.node },
  );
  return gathered(call, value, turned, axis);
}

/** 0, 1, 2, ... along one axis; the others have size 1. */
function along(call: Call, axis: number, size: number, rank: number): TileValue {
  const { context, at } = call;
  const note = context.note({ node: at.node });
  const lane = context.builder.arange(0, size, note);
  const shape = Array.from({ length: rank }, (_, place) => (place === axis ? size : 1));
  return tile(context, context.builder.reshape(lane, shape, context.note({ node: at.node })));
}

function gather(call: Call): Value {
  const { context } = call;
  const value = input(call, 0, "gather");
  const index = argument(call, 1);
  const axis = axisOf(call, argument(call, 2), value.type.shape.length, value);
  const { value: number } = numeric(context, index, "gather");
  const dtype = dtypeOf(number);
  if (dtype === "i32" || dtype === "u32") return gathered(call, value, number, axis);
  const message = `an index is a whole number, not ${describe(number)}`;
  throw context.fault("kernel/type", index.node, message, 'cast it: x.to("i32")');
}

/** The index in the shape of the tile but along the axis, then the gather. */
function gathered(call: Call, value: TileValue, index: Value, axis: number): Value {
  const { context, at } = call;
  const { shape } = value.type;
  const node = at.node;
  const places = asTile(context, numeric(context, { value: index, node }, "gather"), { node });
  const length = places.type.shape[axis] ?? 1;
  const wanted = shape.with(axis, length);
  const fits = places.type.shape.length === shape.length;
  if (!fits) {
    const message = `${describe(value)} is gathered by an index of as many axes, not ${describe(places)}`;
    throw context.fault("kernel/rank", node, message, "expand(index, axis) adds an axis that repeats");
  }
  const operand = { value: places, node };
  const like = { value: { ...places, type: { dtype: "i32" as const, shape: wanted } }, node };
  commonShape(context, operand, like, node);
  const full = withType(context, operand, { dtype: "i32", shape: wanted }, { node });
  return tile(context, context.builder.gather(value.id, full.id, axis, context.note(at)));
}

function orderOf(
  call: Call,
  value: TileValue,
  index: number,
): { readonly axis: number; readonly descending: boolean } {
  const how = axisAndOptions(call, index);
  const last = { value: constant(-1), node: call.at.node };
  const axis = axisOf(call, how.axis ?? last, value.type.shape.length, value);
  return { axis, descending: flagsOf(call, how.options, ["descending"]).has("descending") };
}

/** Numbers that can be put in order; masks count as 0 and 1. */
function sortable(call: Call, what: string): TileValue {
  const value = input(call, 0, what);
  const node = argument(call, 0).node;
  const dtype = value.type.dtype === "bool" ? "i32" : value.type.dtype;
  return withType(call.context, { value, node }, { dtype, shape: value.type.shape }, { node });
}

function argsort(call: Call): Value {
  const { context, at } = call;
  const value = sortable(call, "argsort");
  return tile(context, context.builder.argsort(value.id, orderOf(call, value, 1), context.note(at)));
}

function sort(call: Call): Value {
  const { context, at } = call;
  const value = sortable(call, "sort");
  const how = orderOf(call, value, 1);
  const places = context.builder.argsort(value.id, how, context.note({ node: at.node }));
  return tile(context, context.builder.gather(value.id, places, how.axis, context.note(at)));
}

/** The k greatest along an axis, from the greatest on, and where they stood. */
function topk(call: Call): Value {
  const { context, at } = call;
  const value = sortable(call, "topk");
  const k = wholeConstant(context, argument(call, 1), "k");
  checkSizes(context, [k], argument(call, 1).node);
  const { shape } = value.type;
  const { axis } = orderOf(call, value, 2);
  const length = shape[axis] ?? 1;
  if (k > length) {
    const message = `topk takes ${k} of only ${length} elements`;
    throw context.fault("kernel/size", argument(call, 1).node, message);
  }
  const { builder } = context;
  const inner = { node: at.node };
  const places = builder.argsort(value.id, { axis, descending: true }, context.note(inner));
  const ranks = withType(
    context,
    { value: along(call, axis, k, shape.length), node: at.node },
    { dtype: "i32", shape: shape.with(axis, k) },
    inner,
  );
  const first = tile(context, builder.gather(places, ranks.id, axis, context.note(inner)));
  const values = tile(context, builder.gather(value.id, first.id, axis, context.note(at)));
  return { kind: "list", items: [values, first] };
}

/** How many elements (where the mask is true) equal 0, 1, ... bins - 1: each is compared with each. */
function histogram(call: Call): Value {
  const { context, at } = call;
  const { builder } = context;
  const value = input(call, 0, "histogram");
  const node = argument(call, 0).node;
  const bins = wholeConstant(context, argument(call, 1), "the number of bins");
  checkSizes(context, [bins], argument(call, 1).node);
  if (value.type.dtype !== "i32" && value.type.dtype !== "u32") {
    const message = `histogram counts whole numbers, not ${describe(value)}`;
    throw context.fault("kernel/type", node, message, 'cast it: x.to("i32")');
  }
  const count = sizeOf(value.type.shape);
  checkSizes(context, [count, bins], at.node);
  const inner = { node: at.node };
  const column = (from: TileValue): Operand => ({
    value: tile(context, builder.reshape(from.id, [count, 1], context.note(inner))),
    node,
  });
  const row = tile(
    context,
    builder.reshape(builder.arange(0, bins, context.note(inner)), [1, bins], context.note(inner)),
  );
  const same = binaryOperator(context, "==", { left: column(value), right: { value: row, node } }, inner);
  const mask = given(call, 2);
  const counted =
    mask === undefined
      ? same
      : binaryOperator(
          context,
          "&",
          { left: { value: same, node }, right: column(maskFor(call, mask, value)) },
          inner,
        );
  const ones = withType(
    context,
    numeric(context, { value: counted, node }, "histogram"),
    { dtype: "i32", shape: [count, bins] },
    inner,
  );
  return tile(context, builder.reduce("sum", ones.id, 0, context.note(at)));
}

/** The mask in the shape of the tile it stands beside. */
function maskFor({ context }: Call, mask: Operand, { type: { shape } }: TileValue): TileValue {
  const { node } = mask;
  const value = maskOf(context, mask, "the mask of histogram");
  const like = { value: typed({ dtype: "bool", shape }), node };
  const common = commonShape(context, { value, node }, like, node);
  if (sameShape(common, shape)) return withShape(context, value, shape, { node });
  const message = `the mask ${describe(value)} does not fit the tile [${shape.join(", ")}]`;
  throw context.fault("kernel/shapes", node, message, "it has the tile's shape, or repeats to it");
}
