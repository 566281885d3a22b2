import { argument, type Call, given, type TileFunction } from "./call.ts";
import {
  asTile,
  commonShape,
  numeric,
  type NumericOperand,
  type Operand,
  tile,
  typed,
  withShape,
} from "./convert.ts";
import { binaryOperator, wholeNumber } from "./operators.ts";
import {
  constant,
  describe,
  type NumericValue,
  type PointerValue,
  shapeOf,
  type Value,
  type ViewValue,
} from "./value.ts";

export const viewFunctions: Readonly<Record<string, TileFunction>> = {
  view: { usage: "view(pointer, [rows, columns], strides?)", least: 2, most: 3, lower: view },
};

/** `view(x, [m, n])`: row-major, or with the strides given, in elements. */
function view(call: Call): Value {
  const { context } = call;
  const base = argument(call, 0);
  const pointer = base.value.kind === "view" ? base.value.pointer : base.value;
  if (pointer.kind !== "pointer")
    throw context.fault("kernel/pointer", base.node, `a view needs a pointer, not ${describe(base.value)}`);
  const shape = numbersOf(call, argument(call, 1), "the shape of a view");
  const strides = given(call, 2);
  if (strides === undefined) return viewOf(call, pointer, shape);
  const steps = numbersOf(call, strides, "the strides of a view");
  if (steps.length === shape.length) return { kind: "view", pointer, shape, strides: steps };
  const message = `a view of ${shape.length} axes has as many strides, not ${steps.length}`;
  throw context.fault("kernel/rank", strides.node, message);
}

/** A row-major view. */
export function viewOf(
  call: Pick<Call, "context" | "at">,
  pointer: PointerValue,
  shape: readonly NumericValue[],
): ViewValue {
  const { context, at } = call;
  const strides: NumericValue[] = [];
  let step: NumericValue = constant(1);
  for (const size of shape.toReversed()) {
    strides.unshift(step);
    if (strides.length === shape.length) break;
    const sides: { readonly left: Operand; readonly right: Operand } = {
      left: { value: size, node: at.node },
      right: { value: step, node: at.node },
    };
    step = numeric(context, { value: times(context, sides), node: at.node }, "a stride").value;
  }
  return { kind: "view", pointer, shape, strides };
}

function times(context: Call["context"], sides: { readonly left: Operand; readonly right: Operand }): Value {
  const { left, right } = sides;
  if (right.value.kind === "constant" && right.value.value === 1) return left.value;
  return binaryOperator(context, "*", sides, { node: left.node });
}

function numbersOf(call: Call, operand: Operand, what: string): readonly NumericValue[] {
  const { context } = call;
  const { value, node } = operand;
  if (value.kind !== "list" || value.items.length === 0)
    throw context.fault("kernel/type", node, `${what} is a list such as [m, n], not ${describe(value)}`);
  return value.items.map((item) => {
    const number = wholeNumber(context, numeric(context, { value: item, node }, what)).value;
    if (shapeOf(number).length === 0) return number;
    throw context.fault("kernel/type", node, `${what} is made of single numbers, not ${describe(number)}`);
  });
}

/**
 * The offsets of `view[i, j, ...]` and where they lie inside. Numbers and tiles of one axis make the table of all their
 * combinations, a number dropping its axis; when some index has more axes, all of them go together element by element.
 */
export function placeInView(
  call: Call,
  { value, node }: Operand,
  indices: Operand,
): { readonly pointer: PointerValue; readonly offset: NumericOperand; readonly bounds: Operand | undefined } {
  const { context } = call;
  if (value.kind !== "view" || indices.value.kind !== "list")
    throw context.fault("kernel/type", node, `${describe(value)} is no view`);
  const { items } = indices.value;
  if (items.length !== value.shape.length) {
    const message = `this view has ${value.shape.length} axes, but ${items.length} indices came`;
    throw context.fault("kernel/rank", indices.node, message, "give one index for each axis");
  }
  const places = spread(call, items, indices);
  const at = { node: indices.node };
  const plus = (left: Value, right: Value, operator: string): Value =>
    binaryOperator(context, operator, { left: { value: left, node }, right: { value: right, node } }, at);
  let offset: Value = value.pointer.offset;
  let bounds: Value | undefined;
  places.forEach((place, axis) => {
    const size = value.shape[axis] ?? constant(1);
    const step = value.strides[axis] ?? constant(1);
    const sides = { left: { value: place, node }, right: { value: step, node } };
    const moved = times(context, sides);
    offset = isZero(offset) ? moved : plus(offset, moved, "+");
    for (const check of [plus(place, constant(0), ">="), plus(place, size, "<")]) {
      if (check.kind === "constant" && check.value === true) continue;
      bounds = bounds === undefined ? check : plus(bounds, asMask(call, check, node), "&");
    }
  });
  const operand =
    bounds === undefined ? undefined : { value: asMask(call, bounds, node), node: indices.node };
  return {
    pointer: value.pointer,
    offset: numeric(context, { value: offset, node }, "an offset"),
    bounds: operand,
  };
}

function isZero(value: Value): boolean {
  return value.kind === "constant" && value.value === 0;
}

/** A check that is known to be false is still a mask. */
function asMask(call: Call, value: Value, node: Operand["node"]): Value {
  return asTile(call.context, numeric(call.context, { value, node }, "a bound"), { node });
}

/** The indices in one rank. */
function spread(call: Call, items: readonly Value[], { node }: Operand): readonly NumericValue[] {
  const { context } = call;
  const numbers = items.map(
    (item) => wholeNumber(context, numeric(context, { value: item, node }, "an index of a view")).value,
  );
  const flat = numbers.every((number) => shapeOf(number).length <= 1);
  if (!flat) return together(call, numbers, node);
  const rank = numbers.filter((number) => shapeOf(number).length === 1).length;
  let axis = 0;
  return numbers.map((number) => {
    if (number.kind === "constant" || number.type.shape.length === 0) return number;
    const shape = Array.from({ length: rank }, (_, place) =>
      place === axis ? (shapeOf(number)[0] ?? 1) : 1,
    );
    axis += 1;
    if (rank === 1) return number;
    return tile(context, context.builder.reshape(number.id, shape, context.note({ node })));
  });
}

function together(
  call: Call,
  numbers: readonly NumericValue[],
  node: Operand["node"],
): readonly NumericValue[] {
  const { context } = call;
  let shape: readonly number[] = [];
  for (const value of numbers) {
    const seen: NumericOperand = { value: typed({ dtype: "i32", shape }), node };
    shape = commonShape(context, seen, { value, node }, node);
  }
  return numbers.map((number) =>
    number.kind === "constant" || number.type.shape.length === 0
      ? number
      : withShape(context, number, shape, { node }),
  );
}
