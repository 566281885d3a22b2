import { type Graph, type GraphNode, type NodeId, sizeOf } from "@tilebook/ir";
import { nodeAt, throughReshapes } from "./contents.ts";

/** A side of which each `group` of numbers that follow each other along a row is codes times a number, less another. */
export interface GroupedSide {
  readonly codes: NodeId;
  /** As many as there are groups, in their order. */
  readonly scale: NodeId;
  readonly min?: NodeId;
  readonly group: number;
  /** What is computed first, and so bound first, as it was written. */
  readonly isScaleFirst: boolean;
}

/**
 * Codes, scales and mins of a side, whose rows are k long, that is computed where it is multiplied: then sum(x (codes scale - min)) = scale sum(x codes) - min sum(x)
 * in each group. Nothing where it is made otherwise, or groups go across rows.
 */
export function groupedSide(
  graph: Graph,
  { side, k, stored }: { readonly side: NodeId; readonly k: number; readonly stored: ReadonlySet<NodeId> },
): GroupedSide | undefined {
  const read = (id: NodeId): GraphNode => nodeAt(graph, throughReshapes(graph, id));
  const made = read(side);
  const least = made.kind === "binary" && made.op === "sub" ? repeatedOf(graph, made.right) : undefined;
  const scaled = least === undefined || made.kind !== "binary" ? side : throughReshapes(graph, made.left);
  const product = nodeAt(graph, scaled);
  if (stored.has(scaled) || product.kind !== "binary" || product.op !== "mul") return undefined;
  const [left, right] = [product.left, product.right].map((at) => repeatedOf(graph, at));
  const scale = right ?? left;
  if (scale === undefined || (least !== undefined && least.group !== scale.group)) return undefined;
  const codes = throughReshapes(graph, right === undefined ? product.right : product.left);
  if (k % scale.group !== 0) return undefined;
  const min = least === undefined ? {} : { min: least.id };
  return { codes, scale: scale.id, group: scale.group, isScaleFirst: right === undefined, ...min };
}

/** What is repeated along the last axis, as long as that is, and along no other. */
function repeatedOf(graph: Graph, id: NodeId): { readonly id: NodeId; readonly group: number } | undefined {
  const node = nodeAt(graph, throughReshapes(graph, id));
  if (node.kind !== "broadcast") return undefined;
  const group = node.type.shape.at(-1) ?? 1;
  const { shape } = nodeAt(graph, node.input).type;
  const isAlongRows = shape.at(-1) === 1 && sizeOf(shape) * group === sizeOf(node.type.shape);
  return isAlongRows && group > 1 ? { id: node.input, group } : undefined;
}
