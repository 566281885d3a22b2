import { unreachable } from "@tilebook/base";
import { type GraphNode, type MatmulNode, type NodeId, type ReduceNode, sizeOf } from "@tilebook/ir";
import { type ComputedNode, computeNode, type Lookup, type TensorValue } from "./nodes.ts";

/** An element of a node's value, row-major. */
export interface Element {
  readonly node: NodeId;
  readonly at: number;
}

/** What one element of a node is computed of. */
export interface Sources {
  /** `each`: these elements, as operands; `some`: as many as there are, as a fold reads them. */
  readonly kind: "each" | "some";
  readonly elements: readonly Element[];
}

/** The elements that element `at` of a node is computed of. Of attention and launches it is not told. */
export function sourcesOf(node: GraphNode, at: number, lookup: Lookup): Sources {
  const each = (...nodes: readonly NodeId[]): Sources => ({
    kind: "each",
    elements: nodes.map((id) => ({ node: id, at })),
  });
  switch (node.kind) {
    case "input":
    case "fill":
    case "iota":
      return each();
    case "unary":
    case "cast":
    case "reshape":
      return each(node.input);
    case "binary":
      return each(node.left, node.right);
    case "select":
      return each(lookup(node.condition).values[at] === 0 ? node.no : node.yes);
    case "permute":
    case "broadcast":
    case "slice":
    case "window":
    case "take":
    case "paste":
      return { kind: "each", elements: [movedFrom(node, at, lookup)] };
    case "reduce":
      return { kind: "some", elements: lineOf(node, at, lookup) };
    case "matmul":
      return { kind: "some", elements: rowAndColumn(node, at, lookup) };
    case "attention":
    case "tileCall":
    case "result":
      return { kind: "some", elements: [] };
    default:
      return unreachable(node);
  }
}

/** By moving the numbers of the places instead of the elements. What is pasted into counts down from -1. */
function movedFrom(
  node: Extract<
    ComputedNode,
    { readonly kind: "permute" | "broadcast" | "slice" | "window" | "take" | "paste" }
  >,
  at: number,
  lookup: Lookup,
): Element {
  const moved = computeNode({ ...node, type: { ...node.type, dtype: "f32" } }, (id) => {
    if (id === node.input) return places(lookup(id), (n) => n);
    return node.kind === "paste" && id === node.into ? places(lookup(id), (n) => -1 - n) : lookup(id);
  });
  const from = moved[at] ?? 0;
  if (node.kind === "paste" && from < 0) return { node: node.into, at: -1 - from };
  return { node: node.input, at: from };
}

function places({ type, values }: TensorValue, place: (n: number) => number): TensorValue {
  return { type: { ...type, dtype: "f32" }, values: values.map((_, n) => place(n)) };
}

function lineOf({ input, axis }: ReduceNode, at: number, lookup: Lookup): readonly Element[] {
  const { shape } = lookup(input).type;
  const length = shape[axis] ?? 1;
  const inner = sizeOf(shape.slice(axis + 1));
  const first = Math.floor(at / inner) * length * inner + (at % inner);
  return Array.from({ length }, (_, n) => ({ node: input, at: first + n * inner }));
}

function rowAndColumn(node: MatmulNode, at: number, lookup: Lookup): readonly Element[] {
  const { left, right, transposeRight, type } = node;
  const [m = 1, n = 1] = type.shape.slice(-2);
  const k = lookup(left).type.shape.at(-1) ?? 1;
  const batch = Math.floor(at / (m * n));
  const [row, column] = [Math.floor(at / n) % m, at % n];
  const [start, step] = transposeRight ? [(batch * n + column) * k, 1] : [batch * k * n + column, n];
  return Array.from({ length: k }, (_, i) => i).flatMap((i) => [
    { node: left, at: (batch * m + row) * k + i },
    { node: right, at: start + i * step },
  ]);
}
