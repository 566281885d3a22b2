import { type Graph, type NodeId, readsOf } from "@tilebook/ir";
import { nodeAt } from "../contents.ts";
import { type Bounds, explore, type Stream } from "./explore.ts";
import { Unfused } from "./unfused.ts";

interface Around extends Bounds {
  readonly live: readonly NodeId[];
}

/**
 * Streams along the same rows and columns that compute a product alike are one kernel with several results, which computes it once: a
 * softmax's maximum and sum with softmax(q kᵀ) v, and the gradients of k and v. It runs where the last of them stands if nobody
 * wants one of the others before, or where the first stands if all that it reads is there.
 */
export function mergeStreams(
  graph: Graph,
  streams: ReadonlyMap<NodeId, Stream>,
  around: Around,
): readonly Stream[] {
  const merged: Stream[] = [];
  for (const stream of streams.values()) {
    const joined = lastWith(graph, stream, merged, around);
    if (joined === undefined) merged.push(stream);
    else merged[joined.place] = joined.both;
  }
  return merged;
}

/** The last of them that is one with the stream, and both. */
function lastWith(
  graph: Graph,
  stream: Stream,
  merged: readonly Stream[],
  around: Around,
): { readonly place: number; readonly both: Stream } | undefined {
  for (const [place, one] of [...merged.entries()].toReversed()) {
    const both = together(graph, [one, stream], merged, around);
    if (both !== undefined) return { place, both };
  }
  return undefined;
}

/** Both as one, if they go the same way and the device binds what they read and write. */
function together(
  graph: Graph,
  [one, other]: readonly [Stream, Stream],
  others: readonly Stream[],
  around: Around,
): Stream | undefined {
  if (extentsOf(graph, one) !== extentsOf(graph, other)) return undefined;
  if (![...one.blocks].some((block) => other.blocks.has(block))) return undefined;
  const found = explore(graph, [...one.parts, ...other.parts], around);
  if (found instanceof Unfused) return undefined;
  const known = new Set([...one.stored, ...other.stored]);
  if (![...found.stored].every((id) => known.has(id))) return undefined;
  const at = placeOf(graph, found, others, around);
  return at === undefined ? undefined : { ...found, at };
}

/** Rows, columns and batch. */
function extentsOf(graph: Graph, { parts: [{ walk }] }: Stream): string {
  const { shape } = nodeAt(graph, walk.over).type;
  const [rows, columns] = walk.isTurned ? shape.slice(-2).toReversed() : shape.slice(-2);
  return [...shape.slice(0, -2), rows, columns].join();
}

/** Where it may run, so that all it reads is there and nobody wants its results before. */
function placeOf(
  graph: Graph,
  { parts, inside, reads }: Stream,
  others: readonly Stream[],
  { live }: Around,
): NodeId | undefined {
  const roots = parts.map(({ root }) => root);
  const [first, last] = [Math.min(...roots), Math.max(...roots)];
  const behind = new Set(roots);
  for (const id of live)
    if (id > first && id < last && readsOf(nodeAt(graph, id)).some((read) => behind.has(read)))
      behind.add(id);
  if ([...behind].every((id) => roots.includes(id) || inside.has(id))) return last;
  const madeAt = (id: NodeId): NodeId =>
    others.find((stream) => stream.parts.some(({ root }) => root === id))?.at ?? id;
  return reads.every((id) => madeAt(id) < first) ? first : undefined;
}
