import { type Graph, isPacked, type NodeId, readsOf, sizeOf, storedBytes } from "@tilebook/ir";
import { behind, contents, isRoot, nodeAt, throughReshapes } from "./contents.ts";
import { type Edited, Editor } from "./edit.ts";
import { productSides } from "./product-sides.ts";
import { isCheap } from "./prologues.ts";

/** So many times as large as what they are made of are numbers that are made again rather than stored. */
const leastSpared = 2;

/**
 * Gives each product a copy of its own of a side that is made of much less, as weights are of codes, where others read that, too: so that
 * each of them reads the codes, and nobody stores the weights.
 */
export function withOwnSides(graph: Graph, live: readonly NodeId[]): Edited {
  const origins = graph.nodes.map((_, id) => id);
  const shared = sharedSides(graph, live);
  if (shared.size === 0) return { graph, origins };
  const editor = new Editor(graph);
  for (const [id, node] of graph.nodes.entries()) {
    const copies = new Map<NodeId, NodeId>();
    for (const again of shared.get(id) ?? []) {
      const copy = editor.again(again, nodeAt(graph, again), (read) => copies.get(read));
      copies.set(again, copy);
    }
    editor.copy(id, node, (read) => copies.get(read));
  }
  return editor.finish();
}

/** By the product: what it is to have again, in order. */
function sharedSides(graph: Graph, live: readonly NodeId[]): ReadonlyMap<NodeId, readonly NodeId[]> {
  const roots = new Set(live.filter((id) => isRoot(nodeAt(graph, id))));
  const readers = new Map<NodeId, number>();
  for (const id of live)
    for (const read of new Set(readsOf(nodeAt(graph, id)))) readers.set(read, (readers.get(read) ?? 0) + 1);
  const found = new Map<NodeId, readonly NodeId[]>();
  for (const id of live) {
    const node = nodeAt(graph, id);
    if (node.kind !== "matmul") continue;
    const { left, right } = productSides(graph, node);
    const sides = [
      { operand: node.left, side: left.id },
      { operand: node.right, side: right.id },
    ];
    const own = sides.flatMap(({ operand, side }) => {
      if (!isLight(graph, throughReshapes(graph, side), roots)) return [];
      const chain = [...behind(graph, [operand], (at) => roots.has(at))].filter((at) => !roots.has(at));
      return chain.some((at) => (readers.get(at) ?? 0) > 1) ? chain : [];
    });
    const inOrder = [...new Set(own)].toSorted((a, b) => a - b);
    if (inOrder.length > 0) found.set(id, inOrder);
  }
  return found;
}

/** Whether these are numbers of codes, or halves, made by so little that a product does that where it multiplies. */
export function isLight(graph: Graph, id: NodeId, stored: ReadonlySet<NodeId>): boolean {
  if (!isCheap(graph, id, stored)) return false;
  const bytesOf = (at: NodeId): number => {
    const { shape, dtype } = nodeAt(graph, at).type;
    return storedBytes(sizeOf(shape), dtype);
  };
  const { buffers } = contents(graph, id, stored);
  const bytes = [...buffers].reduce((sum, read) => sum + bytesOf(read), 0);
  const isNarrow = [...buffers].some((read) => {
    const { dtype, shape } = nodeAt(graph, read).type;
    return (isPacked(dtype) || dtype === "f16") && sizeOf(shape) === sizeOf(nodeAt(graph, id).type.shape);
  });
  return isNarrow && bytes * leastSpared <= bytesOf(id);
}
