import {
  type BinaryNode,
  type Graph,
  type GraphNode,
  type MatmulNode,
  type NodeId,
  readsOf,
} from "@tilebook/ir";
import { nodeAt } from "./contents.ts";
import { isTurn } from "./product-sides.ts";

/** sum(P (A Bᵀ)) over the rows of P, where P B is there already. */
interface RowSum {
  readonly id: NodeId;
  readonly node: BinaryNode;
  readonly left: NodeId;
  readonly product: NodeId;
}

export interface NarrowedSums {
  readonly graph: Graph;
  /** The sums that are of fewer numbers now. */
  readonly sums: ReadonlySet<NodeId>;
}

/**
 * The sums along rows of P [..., n, m] times A Bᵀ, in f32, are those of A [..., n, d] times P B: d numbers a row rather than m, and
 * none of A Bᵀ. So it is done where P B stands before and is wanted anyway, and is no wider than P: on the way back through
 * softmax(q kᵀ) v, that is the result (FlashAttention-2, section 3.1.2). Nodes keep their places: the product becomes the narrow one.
 */
export function narrowRowSums(graph: Graph, live: readonly NodeId[]): NarrowedSums {
  const readers = countReaders(graph, live);
  const nodes = [...graph.nodes];
  const sums = new Set<NodeId>();
  for (const id of live) {
    const node = nodeAt(graph, id);
    if (node.kind !== "reduce" || node.op !== "sum") continue;
    const last = nodeAt(graph, node.input).type.shape.length - 1;
    if (node.axis !== last || readers.get(node.input) !== 1) continue;
    const found = rowSumAt(graph, node.input, live);
    if (found === undefined) continue;
    const { left, product } = found;
    nodes[found.id] = { ...found.node, left, right: product, type: nodeAt(graph, product).type };
    sums.add(id);
  }
  return { graph: { ...graph, nodes }, sums };
}

function rowSumAt(graph: Graph, id: NodeId, live: readonly NodeId[]): RowSum | undefined {
  const node = nodeAt(graph, id);
  if (node.kind !== "binary" || node.op !== "mul" || graph.outputs.includes(id)) return undefined;
  const sides = [
    { pulled: node.left, weights: node.right },
    { pulled: node.right, weights: node.left },
  ];
  for (const { pulled, weights } of sides) {
    const outer = nodeAt(graph, pulled);
    if (outer.kind !== "matmul") continue;
    const product = live.find((at) => at < id && isProductOf(graph, nodeAt(graph, at), { weights, outer }));
    if (product !== undefined) return { id, node, left: outer.left, product };
  }
  return undefined;
}

/** Whether `node` is weights · B of the same numbers as outer = A · Bᵀ, and no wider than the weights. */
function isProductOf(
  graph: Graph,
  node: GraphNode,
  { weights, outer }: { readonly weights: NodeId; readonly outer: MatmulNode },
): boolean {
  if (node.kind !== "matmul" || node.left !== weights) return false;
  const types = [node, outer, ...[weights, outer.left].map((id) => nodeAt(graph, id))].map(
    ({ type }) => type,
  );
  if (types.some(({ dtype }) => dtype !== "f32")) return false;
  const isNarrower = (node.type.shape.at(-1) ?? 0) <= (outer.type.shape.at(-1) ?? 0);
  const [inner, right] = [columnsFirst(graph, node, false), columnsFirst(graph, outer, true)];
  return isNarrower && inner.id === right.id && inner.isTurned === right.isTurned;
}

/** The right side, or that turned, as a node and whether it is turned. Of one that is repeated for all matrices, what it repeats. */
function columnsFirst(
  graph: Graph,
  { right, transposeRight }: Pick<MatmulNode, "right" | "transposeRight">,
  turned: boolean,
): { readonly id: NodeId; readonly isTurned: boolean } {
  const node = nodeAt(graph, right);
  if (node.kind === "broadcast") return columnsFirst(graph, { right: node.input, transposeRight }, turned);
  const isTurned = transposeRight !== turned;
  if (node.kind !== "permute") return { id: right, isTurned };
  return isTurn(node.order) ? { id: node.input, isTurned: !isTurned } : { id: right, isTurned };
}

function countReaders(graph: Graph, live: readonly NodeId[]): ReadonlyMap<NodeId, number> {
  const readers = new Map<NodeId, number>();
  for (const id of live)
    for (const read of new Set(readsOf(nodeAt(graph, id)))) readers.set(read, (readers.get(read) ?? 0) + 1);
  return readers;
}
