import { Fault } from "@tilebook/base";
import type { ValueTree } from "@tilebook/notebook";
import { inspect, type TensorOf } from "./inspect.ts";

/** One value as text, for console lines: strings as they are, everything else as a short expression. */
export function print(value: unknown, tensorOf: TensorOf): string {
  if (typeof value === "string") return value;
  if (value instanceof Fault)
    return [`${value.code}: ${value.message}`, value.hint].filter((part) => part !== undefined).join("; ");
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  return expression(inspect(value, tensorOf));
}

function expression(tree: ValueTree): string {
  switch (tree.kind) {
    case "primitive":
      return tree.type === "string" ? JSON.stringify(tree.text) : tree.text;
    case "function":
      return `function ${tree.name}`.trimEnd();
    case "kernel":
      return `kernel ${tree.name}`;
    case "tensor":
      return `Tensor ${tree.tensor.dtype}[${tree.tensor.shape.join(", ")}]`;
    case "cut":
      return "…";
    case "list":
      return named(tree.type, "Array", `[${parts(tree, (entry) => expression(entry.value))}]`);
    case "object":
      return named(
        tree.type,
        "Object",
        `{ ${parts(tree, (entry) => `${entry.key}: ${expression(entry.value)}`)} }`.replace("{  }", "{}"),
      );
  }
}

type Branch = Extract<ValueTree, { readonly kind: "list" | "object" }>;

function parts(tree: Branch, one: (entry: Branch["entries"][number]) => string): string {
  const more = tree.size - tree.entries.length;
  return [...tree.entries.map(one), ...(more > 0 ? [`… ${more} more`] : [])].join(", ");
}

function named(type: string, usual: string, text: string): string {
  return type === usual ? text : `${type} ${text}`;
}
