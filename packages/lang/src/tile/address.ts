import type { Call } from "./call.ts";
import {
  asTile,
  checkElements,
  commonShape,
  dtypeOf,
  type NumericOperand,
  type Operand,
  withShape,
} from "./convert.ts";
import { maskOf } from "./operators.ts";
import { constant, describe, isNumeric, type PointerValue, type TileValue } from "./value.ts";
import { placeInView } from "./view.ts";

/** Where an access goes: offsets and a mask in one shape, and what else stood in the call. */
export interface Addressed {
  readonly pointer: PointerValue;
  readonly offset: TileValue;
  readonly mask: TileValue | undefined;
  /** The values that go there, as written. */
  readonly values: readonly Operand[];
  /** The arguments behind the mask. */
  readonly rest: readonly Operand[];
}

/**
 * Reads `f(pointer + offsets, ...values, mask?, ...)` and `f(view, [i, j], ...values, mask?, ...)`. Elements outside of a
 * view are masked.
 */
export function addressed(call: Call, form: { readonly name: string; readonly values: number }): Addressed {
  const { context, args } = call;
  const [first = { value: constant(undefined), node: call.at.node }, second] = args;
  const inView = first.value.kind === "view" && second?.value.kind === "list";
  const place = inView ? placeInView(call, first, second) : atPointer(call, first);
  const others = args.slice(inView ? 2 : 1);
  const values = others.slice(0, form.values);
  const mostLeft = form.name === "load" ? 2 : 1;
  if (values.length < form.values || others.length > form.values + mostLeft) throw misfit(call, form.name);
  const [maskOperand, ...rest] = others.slice(form.values);
  const given = isMissing(maskOperand) ? undefined : maskOperand;
  if (first.value.kind === "view" && !inView && given !== undefined && !isMask(given)) {
    const hint = `write ${form.name}(view, [row, column]${form.name === "load" ? "" : ", value"})`;
    throw context.fault(
      "kernel/rank",
      second?.node ?? first.node,
      "the indices of a view stand in brackets",
      hint,
    );
  }
  const masks = [place.bounds, given].filter((operand) => operand !== undefined);
  const node = first.node;
  const offset = asTile(context, place.offset, { node });
  let [shape, mask]: [readonly number[], TileValue | undefined] = [offset.type.shape, undefined];
  for (const operand of masks) {
    const value = maskOf(context, operand, "the mask");
    const sides = {
      left: { value: { ...offset, type: { ...offset.type, shape } }, node },
      right: { value, node: operand.node },
    };
    shape = commonShape(context, sides.left, sides.right, operand.node);
    mask = mask === undefined ? value : both(call, mask, value, operand);
  }
  checkElements(context, shape, node);
  return {
    pointer: place.pointer,
    offset: withShape(context, offset, shape, { node }),
    mask: mask && withShape(context, mask, shape, { node }),
    values,
    rest,
  };
}

function misfit({ context, at, args }: Call, name: string): Error {
  const message = `${name} does not take these ${args.length} arguments`;
  return context.fault(
    "kernel/arguments",
    at.node,
    message,
    "a pointer or a view with its indices, the value, a mask",
  );
}

function isMask({ value }: Operand): boolean {
  return isNumeric(value) && dtypeOf(value) === "bool";
}

function isMissing(operand: Operand | undefined): boolean {
  return operand?.value.kind === "constant" && operand.value.value === undefined;
}

function both(call: Call, left: TileValue, right: TileValue, { node }: Operand): TileValue {
  const { context } = call;
  const [a, b]: readonly NumericOperand[] = [
    { value: left, node },
    { value: right, node },
  ];
  if (a === undefined || b === undefined) return left;
  const shape = commonShape(context, a, b, node);
  const at = { node };
  const ids = [left, right].map((mask) => withShape(context, mask, shape, at).id);
  const id = context.builder.binary("and", ids[0] ?? -1, ids[1] ?? -1, context.note(at));
  return { kind: "tile", id, type: { dtype: "bool", shape } };
}

interface Place {
  readonly pointer: PointerValue;
  readonly offset: NumericOperand;
  readonly bounds?: Operand | undefined;
}

function atPointer(call: Call, operand: Operand): Place {
  const { value, node } = operand;
  const pointer = value.kind === "view" ? value.pointer : value;
  if (pointer.kind === "pointer") return { pointer, offset: { value: pointer.offset, node } };
  throw call.context.fault(
    "kernel/pointer",
    node,
    `this must be a pointer, such as x + offsets where x is a Ptr parameter, not ${describe(value)}`,
    value.kind === "foreign" ? value.hint : "declare the buffer as a parameter: (x: Ptr)",
  );
}
