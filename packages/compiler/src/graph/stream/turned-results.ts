import { attentionSizes, type Graph, type GraphNode, type NodeId, readsOf } from "@tilebook/ir";
import { nodeAt } from "../contents.ts";
import { packHeads } from "../pack-heads.ts";
import type { Readers } from "../readers.ts";
import type { Stream } from "./explore.ts";

interface Around {
  readonly live: readonly NodeId[];
  readonly stored: ReadonlySet<NodeId>;
  readonly streams: ReadonlyMap<NodeId, Stream>;
  readonly outputs: readonly NodeId[];
  /** Which kernels read a tensor. */
  readonly readers: Readers;
  /** Whether a node is computed in a kernel with others. */
  readonly isGrouped: (id: NodeId) => boolean;
}

/**
 * Products of streams, and attention, that are stored as a `permute` of them wants it: the heads of a token beside each other, as the next product reads
 * them. By the stream's result, the views from it to that permute, which needs no kernel. Whoever else reads the result reads it through the same views,
 * backwards, so maps and folds alone may: a product would want it as it was.
 */
export function turnedResults(graph: Graph, around: Around): ReadonlyMap<NodeId, readonly NodeId[]> {
  const turned = new Map<NodeId, readonly NodeId[]>();
  for (const id of around.live) {
    const node = nodeAt(graph, id);
    if (node.kind !== "permute" || !around.stored.has(id) || around.isGrouped(id)) continue;
    const [root = -1, ...views] = wayTo(graph, id);
    if (
      !mayBeTurned(graph, { root, views, streams: around.streams }) ||
      turned.has(root) ||
      around.outputs.includes(root)
    )
      continue;
    const readers = around.readers.get(root) ?? [];
    if (readers.every((reader) => reader === id || mayReadTurned(graph, reader, around)))
      turned.set(root, views);
  }
  return turned;
}

/** A stream's, behind any views; or attention's, where heads and tokens change places. */
function mayBeTurned(
  graph: Graph,
  {
    root,
    views,
    streams,
  }: Pick<Around, "streams"> & { readonly root: NodeId; readonly views: readonly NodeId[] },
): boolean {
  const node = nodeAt(graph, root);
  if (node.kind !== "attention") return node.kind === "matmul" && streams.has(root);
  const [q, k, v] = readsOf(node).map((id) => nodeAt(graph, id).type.shape);
  const sizes = attentionSizes([q ?? [], k ?? [], v ?? []], node.tokensFirst);
  const [first = -1, ...others] = views;
  const view = nodeAt(graph, first);
  if (sizes === undefined || node.tokensFirst || others.length > 0 || view.kind !== "permute") return false;
  const rank = view.order.length;
  const apart = view.order
    .map((_, axis) => axis)
    .with(rank - 3, rank - 2)
    .with(rank - 2, rank - 3);
  return rank >= 3 && view.order.join() === apart.join() && !packHeads(node, sizes).packed;
}

/** The node of which this is a reshape, permuted, with all nodes from there to here. */
function wayTo(graph: Graph, id: NodeId): readonly NodeId[] {
  const way = [id];
  const [below = -1] = readsOf(nodeAt(graph, id));
  let at = below;
  for (let node = nodeAt(graph, at); node.kind === "reshape"; node = nodeAt(graph, at)) {
    way.unshift(at);
    at = node.input;
  }
  return [at, ...way];
}

function mayReadTurned(graph: Graph, reader: NodeId, { streams, isGrouped }: Around): boolean {
  const { kind } = nodeAt(graph, reader);
  const readsWhole = kind === "matmul" || kind === "attention" || kind === "tileCall";
  return !readsWhole && !streams.has(reader) && !isGrouped(reader);
}

/** The graph in which such results are views of what is stored. */
export function withTurned(graph: Graph, turned: ReadonlyMap<NodeId, readonly NodeId[]>): Graph {
  if (turned.size === 0) return graph;
  const nodes = [...graph.nodes];
  for (const [root, views] of turned)
    for (const [at, view] of views.entries()) {
      const below = views[at - 1] ?? root;
      nodes[below] = backwards(nodeAt(graph, view), nodeAt(graph, below), view);
    }
  return { ...graph, nodes };
}

/** A node of which `view` was a view, as a view of that. */
function backwards(view: GraphNode, { type, span }: GraphNode, input: NodeId): GraphNode {
  const about = { input, type, ...(span === undefined ? {} : { span }) };
  if (view.kind !== "permute") return { kind: "reshape", ...about };
  return { kind: "permute", order: view.order.map((_, axis) => view.order.indexOf(axis)), ...about };
}
