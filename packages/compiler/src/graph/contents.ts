import { type Graph, type GraphNode, type NodeId, readsOf } from "@tilebook/ir";

/** A kernel with more fused ops than this is split: its text would be slow to compile. */
export const mostOps = 64;

export function nodeAt(graph: Graph, id: NodeId): GraphNode {
  const node = graph.nodes[id];
  if (node === undefined) throw new RangeError(`the graph has no node ${id}`);
  return node;
}

/** Tensors are contiguous, so a reshape is the same buffer. */
export function throughReshapes(graph: Graph, id: NodeId): NodeId {
  const node = nodeAt(graph, id);
  return node.kind === "reshape" ? throughReshapes(graph, node.input) : id;
}

/** How many ops a kernel for this node would compute. */
export function opsIn(graph: Graph, id: NodeId, stored: ReadonlySet<NodeId>): number {
  return contents(graph, id, stored).ops.size;
}

/** The ops a kernel for this node would compute, and the buffers it would read. */
export function contents(
  graph: Graph,
  root: NodeId,
  stored: ReadonlySet<NodeId>,
): { readonly ops: ReadonlySet<NodeId>; readonly buffers: ReadonlySet<NodeId> } {
  const ops = new Set<NodeId>();
  const buffers = new Set<NodeId>();
  const seen = new Set<NodeId>();
  const visit = (id: NodeId): void => {
    if (seen.has(id)) return;
    seen.add(id);
    if (stored.has(id) && id !== root) {
      buffers.add(id);
      return;
    }
    const node = nodeAt(graph, id);
    if (computes(node)) ops.add(id);
    readsOf(node).forEach(visit);
  };
  visit(root);
  return { ops, buffers };
}

const computing: ReadonlySet<GraphNode["kind"]> = new Set([
  "unary",
  "binary",
  "select",
  "cast",
  "take",
  "paste",
] as const);

function computes(node: GraphNode): boolean {
  return computing.has(node.kind);
}

/** Nodes that have a buffer of their own in any case; all others are maps, and are computed inside their readers where they can. */
export function isRoot(node: GraphNode): boolean {
  const { kind } = node;
  return (
    kind === "input" ||
    kind === "reduce" ||
    kind === "matmul" ||
    kind === "attention" ||
    kind === "tileCall" ||
    kind === "result"
  );
}
