import { type BufferDType, bufferDTypes } from "@tilebook/ir";
import type { SyntaxNode } from "../syntax.ts";
import type { Context } from "./context.ts";
import { constant, type ForeignValue, type PointerValue, type Value } from "./value.ts";
import { viewOf } from "./view.ts";

const mostItems = 4_096;
const mostDepth = 8;

const data = "a kernel can use numbers, true and false, texts, and arrays and objects of them";

/**
 * What captured names mean in one kernel. A tensor (`{ $tensor: { dtype, shape } }`) becomes a view of one more pointer
 * parameter, made when its name is first met.
 */
export function capturedValues(
  context: Context,
  node: SyntaxNode,
  captured: Readonly<Record<string, unknown>>,
): (name: string) => Value | undefined {
  const known = new Map<string, Value>();
  return (name) => {
    if (!Object.hasOwn(captured, name)) return undefined;
    const value = known.get(name) ?? valueNamed(context, node, name, captured[name]);
    known.set(name, value);
    return value;
  };
}

function valueNamed(context: Context, node: SyntaxNode, name: string, value: unknown): Value {
  const type = tensorType(value);
  if (type === undefined) return capturedValue(value);
  const id = context.builder.pointer(name, type.dtype);
  const pointer: PointerValue = { kind: "pointer", id, name, dtype: type.dtype, offset: constant(0) };
  return viewOf({ context, at: { node } }, pointer, type.shape.map(constant));
}

function tensorType(
  value: unknown,
): { readonly dtype: BufferDType; readonly shape: readonly number[] } | undefined {
  if (typeof value !== "object" || value === null || !("$tensor" in value)) return undefined;
  const type = value.$tensor as { readonly dtype: string; readonly shape: readonly number[] };
  const dtype = bufferDTypes.find((item) => item === type.dtype);
  return dtype === undefined ? undefined : { dtype, shape: type.shape };
}

/** What a value of the host means in a kernel: constants, lists and records; anything else only names itself. */
export function capturedValue(value: unknown, depth = 0): Value {
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "string")
    return constant(value);
  if (value === undefined || value === null) return constant(undefined);
  if (typeof value === "function") {
    return foreign("a function of another cell", "write the helper in the cell of the kernel");
  }
  if (typeof value !== "object" || depth > mostDepth) return foreign(`a ${typeof value}`, data);
  const list = listOf(value);
  if (list !== undefined) {
    if (list.length > mostItems)
      return foreign(
        `an array of ${list.length} items`,
        `at most ${mostItems} can be constants; pass a tensor`,
      );
    return { kind: "list", items: Array.from(list, (item) => capturedValue(item, depth + 1)) };
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    return foreign(`an object of ${nameOf(value)}`, "pass it as a parameter: (x: Ptr) for a tensor");
  }
  const entries = Object.entries(value).slice(0, mostItems);
  return {
    kind: "record",
    fields: new Map(entries.map(([key, item]) => [key, capturedValue(item, depth + 1)])),
  };
}

function listOf(value: object): ArrayLike<unknown> | undefined {
  if (Array.isArray(value)) return value;
  const typed = ArrayBuffer.isView(value) && !(value instanceof DataView);
  // The typed arrays are lists of numbers; BigInt ones hold values that are no constants here.
  return typed ? (value as unknown as ArrayLike<unknown>) : undefined;
}

function nameOf(value: object): string {
  const maker: unknown = Reflect.get(value, "constructor");
  return typeof maker === "function" && maker.name !== "" ? `class ${maker.name}` : "some class";
}

function foreign(what: string, hint: string): ForeignValue {
  return { kind: "foreign", what, hint };
}
