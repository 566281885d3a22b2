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
  let at = id;
  for (let node = nodeAt(graph, at); node.kind === "reshape"; node = nodeAt(graph, at)) at = node.input;
  return at;
}

/** Whether a node is only another name of the one that it reads. */
export function isName(graph: Graph, node: GraphNode): boolean {
  return node.kind === "reshape" && nodeAt(graph, node.input).type.shape.join() === node.type.shape.join();
}

/**
 * The nodes at and behind `from`, each once: readers before what they read, inputs in order. It does not go on behind those
 * where `stops` says so. A loop and no recursion, since cells make chains of thousands of nodes.
 */
export function behind(
  graph: Graph,
  from: readonly NodeId[],
  stops: (id: NodeId) => boolean = () => false,
): ReadonlySet<NodeId> {
  const seen = new Set<NodeId>();
  const stack = from.toReversed();
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    if (!stops(id)) stack.push(...readsOf(nodeAt(graph, id)).toReversed());
  }
  return seen;
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
  const isBuffer = (id: NodeId): boolean => stored.has(id) && id !== root;
  const found = [...behind(graph, [root], isBuffer)];
  const ops = found.filter((id) => !isBuffer(id) && computes(nodeAt(graph, id)));
  return { ops: new Set(ops), buffers: new Set(found.filter(isBuffer)) };
}

const computing: ReadonlySet<GraphNode["kind"]> = new Set([
  "unary",
  "binary",
  "select",
  "cast",
  "take",
  "paste",
] as const);

export function computes(node: GraphNode): boolean {
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

/** What a person calls a node: its operation, or its kind. */
export function wordFor(node: GraphNode): string {
  return "op" in node ? node.op : node.kind;
}
