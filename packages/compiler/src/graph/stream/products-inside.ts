import type { Graph, GraphNode, NodeId } from "@tilebook/ir";
import { behind, nodeAt, throughReshapes } from "../contents.ts";

/** The products from which maps and folds alone lead to this node. */
export function productsInside(graph: Graph, id: NodeId): readonly NodeId[] {
  const found = behind(graph, [id], (at) => isProduct(graph, at) || !isComputed(nodeAt(graph, at)));
  return [...found].filter((at) => isProduct(graph, at));
}

export function isProduct(graph: Graph, id: NodeId): boolean {
  return nodeAt(graph, id).kind === "matmul";
}

/** Whether maps and folds lead from a product to this node, which is more than a view of one. */
export function hasProductInside(graph: Graph, id: NodeId): boolean {
  return nodeAt(graph, throughReshapes(graph, id)).kind !== "matmul" && productsInside(graph, id).length > 0;
}

export function isComputed({ kind }: GraphNode): boolean {
  return kind !== "input" && kind !== "attention" && kind !== "tileCall" && kind !== "result";
}
