import { type DType, sameShape, valueDType } from "@tilebook/ir";
import { type Addressed, addressed } from "./address.ts";
import { type Call, given, type TileFunction } from "./call.ts";
import {
  commonShape,
  numeric,
  type NumericOperand,
  type Operand,
  tile,
  typed,
  withDType,
  withShape,
  withType,
} from "./convert.ts";
import { describe, nothing, type PointerValue, shapeOf, type TileValue, type Value } from "./value.ts";

export const memoryFunctions: Readonly<Record<string, TileFunction>> = {
  load: {
    usage: "load(pointer + offsets, mask?, other?), or load(view, [rows, columns], mask?, other?)",
    least: 1,
    most: 4,
    lower: load,
  },
  store: {
    usage: "store(pointer + offsets, value, mask?), or store(view, [rows, columns], value, mask?)",
    least: 2,
    most: 4,
    lower: store,
  },
};

function load(call: Call): Value {
  const { context, at } = call;
  const place = addressed(call, { name: "load", values: 0 });
  const { pointer, offset, mask, rest } = place;
  const other = given({ ...call, args: rest }, 0);
  const type = { dtype: valueDType(pointer.dtype), shape: offset.type.shape };
  if (other !== undefined && mask === undefined) {
    throw context.fault(
      "kernel/other-without-mask",
      other.node,
      "load gives `other` only where the mask is false, and there is no mask",
      "write load(pointer, mask, other)",
    );
  }
  const filling = other === undefined ? undefined : fitted(call, other, type.shape, "other");
  const otherId =
    filling === undefined ? undefined : withType(context, filling, type, { node: filling.node }).id;
  const from = { pointer: pointer.id, offset: offset.id, mask: mask?.id, other: otherId };
  return tile(context, context.builder.load(from, context.note(at)));
}

function store(call: Call): Value {
  const { context, at } = call;
  const place = addressed(call, { name: "store", values: 1 });
  const { pointer, offset, mask } = place;
  const value = valueFor(call, place, 0, "the stored value");
  context.builder.store(
    { pointer: pointer.id, offset: offset.id, value: value.id, mask: mask?.id },
    context.note(at),
  );
  return nothing;
}

/** One of the values that go to the place, in the buffer's dtype and the offsets' shape. */
export function valueFor(call: Call, place: Addressed, index: number, what: string): TileValue {
  const { context } = call;
  const { offset, pointer, values } = place;
  const operand = values[index] ?? { value: nothing, node: call.at.node };
  const value = fitted(call, operand, offset.type.shape, what);
  const element = storable(call, value, pointer);
  return withShape(context, element, offset.type.shape, { node: value.node });
}

/** Floats round to the buffer's dtype and integers become floats; a float does not silently become an integer. */
function storable(call: Call, value: NumericOperand, pointer: PointerValue): TileValue {
  const { context } = call;
  const at = { node: value.node };
  const wanted = valueDType(pointer.dtype);
  if (value.value.kind === "constant") return withDType(context, value, wanted, at);
  const { dtype } = value.value.type;
  const intoFloat = wanted === "f32" || wanted === "f16";
  // Between whole numbers the bits stay, as between the integers of Triton.
  const fits = dtype === wanted || intoFloat || (isWhole(dtype) && isWhole(wanted) && wanted !== "bool");
  if (fits) return withDType(context, value, wanted, at);
  throw context.fault(
    "kernel/type",
    value.node,
    `\`${pointer.name}\` holds ${pointer.dtype}; ${describe(value.value)} is not stored there by itself`,
    `cast it: x.to("${wanted}")`,
  );
}

function isWhole(dtype: DType): boolean {
  return dtype === "i32" || dtype === "u32" || dtype === "bool";
}

/** A value that must repeat to `shape` and not the other way round. */
export function fitted(call: Call, operand: Operand, shape: readonly number[], what: string): NumericOperand {
  const { context } = call;
  const value = numeric(context, operand, what);
  const place: NumericOperand = { value: typed({ dtype: "i32", shape }), node: operand.node };
  const common = shapeOf(value.value).length === 0 ? shape : commonShape(context, place, value, operand.node);
  if (sameShape(common, shape)) return value;
  throw context.fault(
    "kernel/shapes",
    operand.node,
    `${what} is ${describe(value.value)}, which does not fit the offsets' shape [${shape.join(", ")}]`,
    shape.length === 0
      ? "the offsets must have an element for every value: add lanes, such as x + arange(16)"
      : "the offsets must have an element for every value",
  );
}
