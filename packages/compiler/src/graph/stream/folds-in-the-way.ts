import { type Graph, type GraphNode, type NodeId, readsOf, type ReduceNode, sizeOf } from "@tilebook/ir";
import { behind, nodeAt } from "../contents.ts";
import { isComputed, isProduct, productsInside } from "./products-inside.ts";

/**
 * Products are computed once more for each fold that is kept, and for each reader. That is worth it where they are so much
 * larger than what they are made of: for scores of n queries and n keys, where n is more than 16 times their width.
 */
const muchLarger = 8;

/** Folds of large products or of none, on the way to products that are no streams. */
export function foldsInTheWay(
  graph: Graph,
  live: readonly NodeId[],
  streams: ReadonlyMap<NodeId, unknown>,
): ReadonlySet<NodeId> {
  const products = live.filter((id) => nodeAt(graph, id).kind === "matmul" && !streams.has(id));
  const operands = products.flatMap((id) => readsOf(nodeAt(graph, id)));
  const onTheWay = behind(graph, operands, (id) => isProduct(graph, id) || !isComputed(nodeAt(graph, id)));
  return new Set([...onTheWay].filter((id) => isInTheWay(graph, nodeAt(graph, id))));
}

function isInTheWay(graph: Graph, node: GraphNode): boolean {
  return node.kind === "reduce" && canWalk(node) && areLarge(graph, productsInside(graph, node.input));
}

function canWalk({ op, axis, type }: ReduceNode): boolean {
  return (op === "max" || op === "min" || op === "sum") && axis >= type.shape.length - 2 && axis > 0;
}

function areLarge(graph: Graph, products: readonly NodeId[]): boolean {
  const sizeAt = (id: NodeId): number => sizeOf(nodeAt(graph, id).type.shape);
  return products.every((id) => {
    const operands = readsOf(nodeAt(graph, id)).reduce((sum, read) => sum + sizeAt(read), 0);
    return sizeAt(id) > muchLarger * operands;
  });
}
