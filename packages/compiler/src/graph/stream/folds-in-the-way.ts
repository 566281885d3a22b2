import { type Graph, type GraphNode, type NodeId, readsOf, type ReduceNode, sizeOf } from "@tilebook/ir";
import { behind, nodeAt } from "../contents.ts";
import { isComputed, isProduct, productsInside } from "./products-inside.ts";

/**
 * Products are computed once more for each fold that is kept, and for each reader. That is worth it where they are so much
 * larger than what they are made of: for scores of n queries and n keys, where n is more than 16 times their width.
 */
const muchLarger = 8;

interface Around {
  readonly live: readonly NodeId[];
  /** Numbers of rows that may be kept in place of the folds they are made of. */
  readonly rows: ReadonlyMap<NodeId, unknown>;
}

/**
 * Folds of large products or of none, on the way to products that are no streams. And others of the same products, as the gradient of a
 * slope is: where they walk along those, too, nobody needs them in memory.
 */
export function foldsInTheWay(
  graph: Graph,
  { live, rows }: Around,
  streams: ReadonlyMap<NodeId, unknown>,
): ReadonlySet<NodeId> {
  const products = live.filter((id) => nodeAt(graph, id).kind === "matmul" && !streams.has(id));
  const operands = products.flatMap((id) => readsOf(nodeAt(graph, id)));
  const isEnd = (id: NodeId): boolean => isProduct(graph, id) || !isComputed(nodeAt(graph, id));
  const packed = behind(graph, [...rows.keys()], isEnd);
  const reached = behind(graph, operands, (id) => rows.has(id) || isEnd(id));
  const folds = [...reached].filter((id) => !packed.has(id) && isInTheWay(graph, nodeAt(graph, id)));
  const onTheWay = [...new Set([...rows.keys(), ...folds])];
  const kept = new Set(onTheWay);
  const walked = new Set(onTheWay.flatMap((id) => productsInside(graph, id)));
  for (const id of live) {
    const node = nodeAt(graph, id);
    if (kept.has(id) || packed.has(id) || node.kind !== "reduce" || !canWalk(node)) continue;
    const before = productsBefore(graph, node.input);
    if (areLarge(graph, before) && before.some((product) => walked.has(product))) kept.add(id);
  }
  return kept;
}

/** The products from which maps alone lead to this node. */
export function productsBefore(graph: Graph, id: NodeId): readonly NodeId[] {
  const isEnd = (at: NodeId): boolean => {
    const node = nodeAt(graph, at);
    return node.kind === "reduce" || node.kind === "matmul" || !isComputed(node);
  };
  return [...behind(graph, [id], isEnd)].filter((at) => isProduct(graph, at));
}

function isInTheWay(graph: Graph, node: GraphNode): boolean {
  return node.kind === "reduce" && canWalk(node) && areLarge(graph, productsInside(graph, node.input));
}

export function canWalk({ op, axis, type }: ReduceNode): boolean {
  return (op === "max" || op === "min" || op === "sum") && axis >= type.shape.length - 2 && axis > 0;
}

export function areLarge(graph: Graph, products: readonly NodeId[]): boolean {
  const sizeAt = (id: NodeId): number => sizeOf(nodeAt(graph, id).type.shape);
  return products.every((id) => {
    const operands = readsOf(nodeAt(graph, id)).reduce((sum, read) => sum + sizeAt(read), 0);
    return sizeAt(id) > muchLarger * operands;
  });
}
