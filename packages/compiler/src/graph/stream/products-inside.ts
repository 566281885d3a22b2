import { type Graph, type GraphNode, type NodeId, readsOf } from "@tilebook/ir";
import { nodeAt, throughReshapes } from "../contents.ts";

/** The products from which maps and folds alone lead to this node. */
export function productsInside(graph: Graph, id: NodeId): readonly NodeId[] {
  const products: NodeId[] = [];
  const seen = new Set<NodeId>();
  const visit = (at: NodeId): void => {
    if (seen.has(at)) return;
    seen.add(at);
    const node = nodeAt(graph, at);
    if (node.kind === "matmul") products.push(at);
    else if (isComputed(node)) readsOf(node).forEach(visit);
  };
  visit(id);
  return products;
}

/** Whether maps and folds lead from a product to this node, which is more than a view of one. */
export function hasProductInside(graph: Graph, id: NodeId): boolean {
  return nodeAt(graph, throughReshapes(graph, id)).kind !== "matmul" && productsInside(graph, id).length > 0;
}

export function isComputed({ kind }: GraphNode): boolean {
  return kind !== "input" && kind !== "attention" && kind !== "tileCall" && kind !== "result";
}
