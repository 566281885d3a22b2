import type { At } from "./context.ts";
import type { Operand } from "./convert.ts";
import { mathNumbers, tileFunction } from "./functions.ts";
import type { Lowering } from "./lowering.ts";
import { transpose } from "./shapes.ts";
import { tritonFunction } from "./triton.ts";
import { constant, type Value } from "./value.ts";

/** What `value.key` is; undefined when there is no such member. */
export function memberOf(lowering: Lowering, operand: Operand, key: string, at: At): Value | undefined {
  const { value } = operand;
  switch (value.kind) {
    case "list":
      return key === "length" ? constant(value.items.length) : value.items[Number(key)];
    case "record":
      return value.fields.get(key);
    case "function":
      return value.name === "Math" ? mathMember(key) : undefined;
    case "tile":
      if (key === "T") return transpose(lowering.context, operand, at);
      if (key === "dtype") return constant(value.type.dtype);
      if (key !== "shape") return undefined;
      return { kind: "list", items: value.type.shape.map((size) => constant(size)) };
    case "view":
      if (key === "dtype") return constant(value.pointer.dtype);
      if (key === "shape") return { kind: "list", items: value.shape };
      return key === "strides" ? { kind: "list", items: value.strides } : undefined;
    case "pointer":
      return key === "dtype" ? constant(value.dtype) : undefined;
    case "constant":
    case "range":
    case "helper":
    case "foreign":
      return undefined;
  }
}

function mathMember(key: string): Value | undefined {
  const number = mathNumbers.get(key);
  if (number !== undefined) return constant(number);
  const name = `Math.${key}`;
  return tileFunction(name) === undefined ? undefined : { kind: "function", name };
}

/** What to do instead of taking a member that is not there. */
export function memberHint(value: Value, key = ""): string | undefined {
  if (value.kind === "tile") {
    const name = tileFunction(key) === undefined ? tritonFunction(key) : key;
    if (name !== undefined) return `it is a function: ${name}(x)`;
  }
  if (value.kind === "tile")
    return "a tile has .T, .to(dtype), .shape and .dtype; elements are chosen with where and reductions";
  if (value.kind === "view")
    return "a view has .shape, .strides and .dtype; read it with load(view, [rows, columns])";
  if (value.kind === "pointer") return "read it with load(pointer + offsets)";
  if (value.kind === "list") {
    if (key === "push") return "make it anew: list = [...list, item]";
    return "an array has .length and its items; for (const item of list) goes through it";
  }
  if (value.kind === "function") return "random numbers come from rand(seed, offsets)";
  return value.kind === "foreign" ? value.hint : undefined;
}
