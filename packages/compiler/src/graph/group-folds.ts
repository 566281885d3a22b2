import { type Graph, type NodeId, type ReduceNode, sizeOf } from "@tilebook/ir";
import { isPlace } from "../lower/fold.ts";
import { contents, mostOps, nodeAt, throughReshapes } from "./contents.ts";
import { isReadInPlace, type MapsWish } from "./group-maps.ts";
import { type Readers, readersOf } from "./readers.ts";
import { hasLongRows } from "./reduce.ts";

/** Folds of fewer long rows may be split, which has one result. */
const fewestRows = 128;

/**
 * Which folds are one kernel with several results: along the same axis of as large tensors, where they read the same tensor of that size
 * at the same places. So the gradients of a norm's scale and shift read the gradient behind it once. A group runs where its last
 * result stands: none of them hangs on another, and nobody wants one before.
 */
export function groupFolds(graph: Graph, wish: MapsWish): readonly (readonly NodeId[])[] {
  const readers = readersOf(graph, wish);
  const byForm = new Map<string, NodeId[][]>();
  for (const id of wish.live) {
    const node = nodeAt(graph, id);
    if (node.kind !== "reduce" || !wish.stored.has(id) || wish.placeOf(id) !== undefined) continue;
    if (isPlace(node.op) || (hasLongRows(graph, node) && sizeOf(node.type.shape) < fewestRows)) continue;
    const form = `${nodeAt(graph, node.input).type.shape.join()} ${node.axis}`;
    const groups = byForm.get(form) ?? [];
    byForm.set(form, groups);
    const group = groups.findLast((members) => mayJoin(graph, wish, readers, [...members, id]));
    if (group === undefined) groups.push([id]);
    else group.push(id);
  }
  return [...byForm.values()].flat().filter(({ length }) => length > 1);
}

/** Whether the last of these may be one kernel with those before it. */
function mayJoin(graph: Graph, wish: MapsWish, readers: Readers, members: readonly NodeId[]): boolean {
  const { stored, placeOf, target } = wish;
  const last = members.at(-1) ?? -1;
  const isSoon = (reader: NodeId): boolean => (placeOf(reader) ?? reader) <= last;
  if (members.some((member) => readers.get(member)?.some(isSoon))) return false;
  const [wholes, all] = [
    members.map((id) => wholeReads(graph, id, stored)),
    members.map((id) => contents(graph, id, stored)),
  ];
  const own = wholes.at(-1) ?? new Set();
  if (!wholes.slice(0, -1).some((before) => [...before].some((read) => own.has(read)))) return false;
  const buffers = new Set(all.flatMap((one) => [...one.buffers]));
  const ops = new Set(all.flatMap((one) => [...one.ops]));
  return buffers.size + members.length <= target.storageBuffers && ops.size <= mostOps;
}

/** What a fold reads of the size of what it folds, at the same places alone. */
function wholeReads(graph: Graph, id: NodeId, stored: ReadonlySet<NodeId>): ReadonlySet<NodeId> {
  const { input } = nodeAt(graph, id) as ReduceNode;
  const whole = throughReshapes(graph, input);
  if (stored.has(whole)) return new Set([whole]);
  const size = sizeOf(nodeAt(graph, input).type.shape);
  const reads = [...contents(graph, input, stored).buffers];
  return new Set(
    reads.filter(
      (read) => sizeOf(nodeAt(graph, read).type.shape) === size && isReadInPlace(graph, input, read, stored),
    ),
  );
}
