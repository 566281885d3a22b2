import { sameShape } from "@tilebook/ir";
import { argument, type Call, given, type TileFunction } from "./call.ts";
import {
  checkElements,
  commonShape,
  numeric,
  type NumericOperand,
  type Operand,
  tile,
  typed,
  asTile,
  withDType,
  withShape,
  withType,
} from "./convert.ts";
import { maskOf } from "./operators.ts";
import { describe, nothing, type PointerValue, shapeOf, type TileValue, type Value } from "./value.ts";

export const memoryFunctions: Readonly<Record<string, TileFunction>> = {
  load: { usage: "load(pointer + offsets, mask?, other?)", least: 1, most: 3, lower: load },
  store: { usage: "store(pointer + offsets, value, mask?)", least: 2, most: 3, lower: store },
};

interface Address {
  readonly pointer: PointerValue;
  readonly offset: TileValue;
  readonly mask: TileValue | undefined;
}

function load(call: Call): Value {
  const { context, at } = call;
  const pointer = pointerOf(call, argument(call, 0));
  const { offset, mask } = address(call, pointer, given(call, 1));
  const other = given(call, 2);
  const type = { dtype: pointer.dtype, shape: offset.type.shape };
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
  const pointer = pointerOf(call, argument(call, 0));
  const { offset, mask } = address(call, pointer, given(call, 2));
  const value = fitted(call, argument(call, 1), offset.type.shape, "the stored value");
  const element = storable(call, value, pointer);
  const { id } = withShape(context, element, offset.type.shape, { node: value.node });
  context.builder.store(
    { pointer: pointer.id, offset: offset.id, value: id, mask: mask?.id },
    context.note(at),
  );
  return nothing;
}

/** Floats round to the buffer's dtype and integers become floats; a float does not silently become an integer. */
function storable(call: Call, value: NumericOperand, pointer: PointerValue): TileValue {
  const { context } = call;
  const at = { node: value.node };
  if (value.value.kind === "constant") return withDType(context, value, pointer.dtype, at);
  const { dtype } = value.value.type;
  const intoFloat = pointer.dtype === "f32" || pointer.dtype === "f16";
  const fits = dtype === pointer.dtype || intoFloat || (dtype === "bool" && pointer.dtype !== "bool");
  if (fits) return withDType(context, value, pointer.dtype, at);
  throw context.fault(
    "kernel/type",
    value.node,
    `\`${pointer.name}\` holds ${pointer.dtype}; ${describe(value.value)} is not stored there by itself`,
    `cast it: x.to("${pointer.dtype}")`,
  );
}

function pointerOf(call: Call, operand: Operand): PointerValue {
  if (operand.value.kind === "pointer") return operand.value;
  throw call.context.fault(
    "kernel/pointer",
    operand.node,
    `this must be a pointer, such as x + offsets where x is a Ptr parameter, not ${describe(operand.value)}`,
    operand.value.kind === "foreign" ? operand.value.hint : undefined,
  );
}

/** The offset and the mask in one shape. */
function address(call: Call, pointer: PointerValue, maskOperand: Operand | undefined): Address {
  const { context } = call;
  const place: NumericOperand = { value: pointer.offset, node: argument(call, 0).node };
  const offset = asTile(context, place, { node: place.node });
  if (maskOperand === undefined) return { pointer, offset, mask: undefined };
  const mask = maskOf(context, maskOperand, "the mask");
  const pair = { left: { ...place, value: offset }, right: { value: mask, node: maskOperand.node } };
  const shape = commonShape(context, pair.left, pair.right, maskOperand.node);
  checkElements(context, shape, maskOperand.node);
  return {
    pointer,
    offset: withShape(context, offset, shape, { node: place.node }),
    mask: withShape(context, mask, shape, { node: maskOperand.node }),
  };
}

/** A value that must repeat to `shape` and not the other way round. */
function fitted(call: Call, operand: Operand, shape: readonly number[], what: string): NumericOperand {
  const { context } = call;
  const value = numeric(context, operand, what);
  const place: NumericOperand = { value: typed({ dtype: "i32", shape }), node: operand.node };
  const common = shapeOf(value.value).length === 0 ? shape : commonShape(context, place, value, operand.node);
  if (sameShape(common, shape)) return value;
  throw context.fault(
    "kernel/shapes",
    operand.node,
    `${what} is ${describe(value.value)}, which does not fit the offsets' shape [${shape.join(", ")}]`,
    "the offsets must have an element for every value",
  );
}
