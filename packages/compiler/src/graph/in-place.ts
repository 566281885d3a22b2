import { type Graph, type GraphNode, type NodeId, sizeOf } from "@tilebook/ir";
import { contents, isRoot, nodeAt } from "./contents.ts";
import { isReadInPlace, type MapsWish } from "./group-maps.ts";
import type { Readers } from "./readers.ts";

interface Around {
  readonly readers: Readers;
  /** Whether a node is computed in a kernel with others, or lies otherwise than the graph has it. */
  readonly isTaken: (id: NodeId) => boolean;
}

/**
 * Maps that are written over what they read, by the map: a tensor that a kernel has made, that nobody reads but the map, each element where it is written,
 * and that takes as many bytes. So the device holds one of them, not both.
 */
export function findInPlace(
  graph: Graph,
  { live, stored, outputs }: Pick<MapsWish, "live" | "stored" | "outputs">,
  { readers, isTaken }: Around,
): ReadonlyMap<NodeId, NodeId> {
  const found = new Map<NodeId, NodeId>();
  for (const id of live) {
    const node = nodeAt(graph, id);
    if (!stored.has(id) || isRoot(node) || isTaken(id)) continue;
    const below = [...contents(graph, id, stored).buffers].find((read) => {
      const other = nodeAt(graph, read);
      const isAlone = readers.get(read)?.length === 1 && !outputs.includes(read) && !isTaken(read);
      return isAlone && isMade(other) && isAlike(node, other) && isReadInPlace(graph, id, read, stored);
    });
    if (below !== undefined) found.set(id, below);
  }
  return found;
}

/** By a kernel of ours, for a buffer of its own. */
function isMade({ kind }: GraphNode): boolean {
  return kind !== "input" && kind !== "tileCall" && kind !== "result";
}

function isAlike({ type: a }: GraphNode, { type: b }: GraphNode): boolean {
  return a.dtype === b.dtype && sizeOf(a.shape) === sizeOf(b.shape) && sizeOf(a.shape) > 0;
}
