import {
  type Graph,
  type GraphNode,
  type NodeId,
  type PermuteNode,
  readsOf,
  type ReshapeNode,
} from "@tilebook/ir";
import { behind, mostOps, nodeAt, contents } from "../contents.ts";
import { deepest } from "./dots.ts";
import { isTurn } from "../product-sides.ts";
import { repeatsMuch } from "../repeats.ts";
import { isProduct } from "./products-inside.ts";
import { type StreamTurn, StreamWriter } from "./stream-kernel.ts";
import { NeedsBuffer, Unfused } from "./unfused.ts";
import type { StreamPart } from "./walk.ts";

/** Products of which one side is computed on the way, or folds of what is, along the same rows and columns: one kernel. */
export interface Stream extends StreamTurn {
  /** Each is a result, in this order. */
  readonly parts: readonly [StreamPart, ...StreamPart[]];
  /** The tensors it reads. */
  readonly reads: readonly NodeId[];
  /** The node in whose place it runs. */
  readonly at: NodeId;
  /** What the kernel computes itself of what nobody else may want, since it is nowhere else. */
  readonly inside: ReadonlySet<NodeId>;
  /** What it reads from memory, of what would not be there otherwise. */
  readonly stored: ReadonlySet<NodeId>;
}

/** Blocks of a turn that is only looked at. */
const block = { rows: 4, columns: 2 } as const;

export interface Bounds {
  /** Nodes that have a buffer, whatever streams there are. */
  readonly fixed: ReadonlySet<NodeId>;
  readonly outputs: readonly NodeId[];
  readonly storageBuffers: number;
}

/** What is in a turn. What it cannot compute itself, it reads; so it is written anew until all of that is known. */
export function explore(
  graph: Graph,
  parts: Stream["parts"],
  { fixed, outputs, storageBuffers }: Bounds,
): Stream | Unfused {
  const [first] = parts;
  const node = nodeAt(graph, first.root);
  const roots = parts.map(({ root }) => root);
  const read = new Set<NodeId>();
  for (;;) {
    const stored = new Set([...fixed, ...read].filter((id) => !roots.includes(id)));
    const blocks = parts.map((part) => blockOf(graph, part));
    const edge = edgeOf(graph, blocks, stored);
    const ops = new Set(blocks.flatMap((id) => [...contents(graph, id, edge).ops])).size;
    if (ops > mostOps)
      return new Unfused(node, `it would fuse ${ops} operations, and ${mostOps} are the most`);
    if (repeatsMuch(graph, blocks, edge))
      return new Unfused(node, "it wants the same values at too many places");
    const wish = { graph, parts, stored, block };
    try {
      const turn = new StreamWriter(wish).explore();
      if (turn.dots.size === 0)
        return new Unfused(node, whyNoProduct(graph, first.walk.over, { outputs, read }));
      const nodes = new StreamWriter(wish).reads(turn);
      if (nodes.length + parts.length > storageBuffers)
        return new Unfused(
          node,
          `it would read ${nodes.length} buffers, and the device binds ${storageBuffers}`,
        );
      const inside = parts.flatMap(({ root, walk }) => [
        ...insideOf(graph, walk.by === undefined ? root : walk.over, stored),
      ]);
      return {
        ...turn,
        parts,
        reads: nodes,
        at: Math.max(...roots),
        inside: new Set(inside.filter((id) => !roots.includes(id))),
        stored: read,
      };
    } catch (error) {
      if (error instanceof Unfused) return error;
      if (!(error instanceof NeedsBuffer) || read.has(error.id)) throw error;
      read.add(error.id);
    }
  }
}

/** What a stream computes a block of in each turn: all of its parts do so at the same place. */
function blockOf(graph: Graph, { root, walk }: StreamPart): NodeId {
  if (walk.by === undefined) return root;
  let at = walk.over;
  for (let node = nodeAt(graph, at); isOtherShape(node); node = nodeAt(graph, at)) at = node.input;
  return at;
}

/** What a turn does not go behind: what has a buffer, and the sides of its products, of which it computes one operation at most. */
function edgeOf(graph: Graph, blocks: readonly NodeId[], stored: ReadonlySet<NodeId>): ReadonlySet<NodeId> {
  const isProductInside = (id: NodeId): boolean => isProduct(graph, id) && !stored.has(id);
  const reached = behind(graph, blocks, (id) => stored.has(id) || isProduct(graph, id));
  const sides = [...reached].filter(isProductInside).flatMap((id) => readsOf(nodeAt(graph, id)));
  return new Set([...stored, ...sides]);
}

function isOtherShape(node: GraphNode): node is PermuteNode | ReshapeNode {
  return node.kind === "reshape" || (node.kind === "permute" && isTurn(node.order));
}

/** Why no product on the way is computed in the turns. */
function whyNoProduct(
  graph: Graph,
  id: NodeId,
  { outputs, read }: { readonly outputs: readonly NodeId[]; readonly read: ReadonlySet<NodeId> },
): string {
  const wanted = new Set(outputs);
  if ([...behind(graph, [id])].some((at) => wanted.has(at)))
    return "what lies between them is wanted as a result, too";
  const wide = [...read].some((at) => nodeAt(graph, at).kind === "matmul");
  return wide
    ? `the one before is of rows longer than ${deepest} numbers, or is not read by whole rows and columns`
    : "nothing between them is computed block by block";
}

export function mayBeInside({ kind }: GraphNode): boolean {
  return kind === "matmul" || kind === "reduce";
}

/** Of what is computed on the way to `id`, that which hangs on products or folds. */
function insideOf(graph: Graph, id: NodeId, stored: ReadonlySet<NodeId>): ReadonlySet<NodeId> {
  const inside = new Set<NodeId>();
  const reached = behind(graph, [id], (at) => stored.has(at) || isProduct(graph, at));
  // What is read has the lower number.
  for (const at of [...reached].toSorted((a, b) => a - b)) {
    const node = nodeAt(graph, at);
    const hangs = mayBeInside(node) || readsOf(node).some((read) => inside.has(read));
    if (hangs && !stored.has(at)) inside.add(at);
  }
  return inside;
}
