import type { Graph, GraphNode, NodeId } from "@tilebook/ir";
import { behind, nodeAt } from "../contents.ts";
import { isView } from "./factors.ts";

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
  let at = id;
  for (let node = nodeAt(graph, at); isView(node); node = nodeAt(graph, at)) at = node.input;
  return nodeAt(graph, at).kind !== "matmul" && productsInside(graph, id).length > 0;
}

export function isComputed({ kind }: GraphNode): boolean {
  return kind !== "input" && kind !== "attention" && kind !== "tileCall" && kind !== "result";
}
