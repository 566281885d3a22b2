import type { Graph, GraphNode, NodeId } from "@tilebook/ir";
import { attentionSides } from "./attention-sides.ts";
import { contents, nodeAt, throughReshapes } from "./contents.ts";
import type { MapsWish } from "./group-maps.ts";
import { productSides } from "./product-sides.ts";

/** The kernels that read a node, in order: by the nodes that they compute. */
export type Readers = ReadonlyMap<NodeId, readonly NodeId[]>;

type Placed = Pick<MapsWish, "live" | "stored" | "placeOf" | "readsAt">;

export function readersOf(graph: Graph, placed: Placed): Readers {
  const readers = new Map<NodeId, NodeId[]>();
  for (const id of placed.live)
    if (placed.stored.has(id) || placed.placeOf(id) !== undefined)
      for (const read of readsOf(graph, id, placed)) readers.set(read, [...(readers.get(read) ?? []), id]);
  return readers;
}

/** The tensors that the kernel for a node reads. */
function readsOf(graph: Graph, id: NodeId, { stored, placeOf, readsAt }: Placed): ReadonlySet<NodeId> {
  const known = readsAt(id);
  if (known !== undefined) return new Set(known.map((read) => throughReshapes(graph, read)));
  const node = nodeAt(graph, id);
  const sides = placeOf(id) === undefined ? sidesOf(graph, node) : undefined;
  if (sides === undefined) return contents(graph, id, stored).buffers;
  return new Set(sides.map((side) => throughReshapes(graph, side)));
}

/** What is read as it lies: through views, also through those that have a buffer for somebody else. */
function sidesOf(graph: Graph, node: GraphNode): readonly NodeId[] | undefined {
  if (node.kind === "attention") return attentionSides(graph, node).map(({ id }) => id);
  if (node.kind !== "matmul") return undefined;
  const { left, right } = productSides(graph, node);
  return [left.id, right.id];
}
