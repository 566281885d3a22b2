import type { TensorSummary, ValueTree } from "@tilebook/notebook";
import { grouped } from "../shared/format.ts";

type Primitive = Extract<ValueTree, { readonly kind: "primitive" }>;
type Container = Extract<ValueTree, { readonly entries: unknown }>;

/** f32 [360, 1437] */
export function tensorText({ dtype, shape }: TensorSummary): string {
  return `${dtype} [${shape.join(", ")}]`;
}

export function primitiveText({ type, text }: Primitive): string {
  return type === "string" ? JSON.stringify(text) : type === "bigint" ? `${text}n` : text;
}

/** The first few entries in one line: `Array(5) [1, 2, 3, …]`, `{a: 1, b: "x"}`. */
export function previewOf(value: Container, most = 5): string {
  const parts = value.entries
    .slice(0, most)
    .map(({ key, value: inner }) =>
      value.kind === "list" ? shortText(inner) : `${key}: ${shortText(inner)}`,
    );
  const more = value.size > parts.length ? ["…"] : [];
  const inside = [...parts, ...more].join(", ");
  if (value.kind === "list") return `${value.type}(${grouped(value.size)}) [${inside}]`;
  return `${value.type === "Object" ? "" : `${value.type} `}{${inside}}`;
}

function shortText(value: ValueTree): string {
  switch (value.kind) {
    case "primitive": {
      const text = primitiveText(value);
      return text.length > 32 ? `${text.slice(0, 31)}…` : text;
    }
    case "function":
      return "ƒ";
    case "kernel":
      return `kernel ${value.name}`;
    case "tensor":
      return tensorText(value.tensor);
    case "list":
      return `${value.type}(${grouped(value.size)})`;
    case "object":
      return value.type === "Object" ? "{…}" : value.type;
    case "cut":
      return "…";
  }
}
