import type { FaultData } from "@tilebook/base";
import { type Graph, type GraphNode, type NodeId, readsOf, sizeOf } from "@tilebook/ir";
import { contents, nodeAt, wordFor } from "../contents.ts";
import { type Bounds, explore, mayBeInside, type Stream } from "./explore.ts";
import { canWalk, foldsInTheWay } from "./folds-in-the-way.ts";
import { isView } from "./factors.ts";
import { mergeStreams } from "./merge-streams.ts";
import { hasProductInside, isProduct } from "./products-inside.ts";
import { Unfused } from "./unfused.ts";
import { alongFold, alongLeft, alongRight, type Walk } from "./walk.ts";

export interface Streams {
  /** By each of their results. */
  readonly streams: ReadonlyMap<NodeId, Stream>;
  readonly inside: ReadonlySet<NodeId>;
  readonly stored: ReadonlySet<NodeId>;
  readonly remarks: readonly FaultData[];
}

interface Attempt extends Streams {
  /** Why products, and folds that were kept, are no streams. */
  readonly unfused: ReadonlyMap<NodeId, FaultData>;
}

interface Surroundings {
  readonly live: readonly NodeId[];
  /** Nodes that have a buffer as long as there are no streams. */
  readonly kept: ReadonlySet<NodeId>;
  readonly outputs: readonly NodeId[];
  /** Folds that are better read than computed on the way. */
  readonly read: ReadonlySet<NodeId>;
  /** Numbers of rows that may be kept in place of folds, and the [..., rows, columns] they are of. */
  readonly rows: ReadonlyMap<NodeId, NodeId>;
  readonly storageBuffers: number;
}

/**
 * Every product of a graph that can be computed without one of its sides in memory, and why others cannot. Where folds stand in
 * the way, as on the way back from a softmax, all of them are kept, one or two numbers a row each, if more products are streams then.
 */
export function findStreams(graph: Graph, around: Surroundings): Streams {
  const carried = attempt(graph, around, new Set());
  const folds = foldsInTheWay(graph, around, carried.streams);
  if (folds.size === 0) return told(carried);
  const kept = attempt(graph, around, folds);
  if (products(graph, kept) > products(graph, carried)) return told(kept);
  // With the folds in memory it is not how they hang on each other that is in the way.
  const others = [...kept.unfused].filter(([id]) => isProduct(graph, id) && !carried.streams.has(id));
  return told({ ...carried, unfused: new Map([...carried.unfused, ...others]) });
}

function told({ unfused, remarks, ...found }: Attempt): Streams {
  return { ...found, remarks: [...unfused.values(), ...remarks] };
}

function products(graph: Graph, { streams }: Attempt): number {
  return [...streams.keys()].filter((id) => nodeAt(graph, id).kind === "matmul").length;
}

/** All streams, where `folds` are kept. */
function attempt(graph: Graph, around: Surroundings, folds: ReadonlySet<NodeId>): Attempt {
  const { live, kept, read, outputs, storageBuffers } = around;
  const isFixed = (id: NodeId): boolean =>
    outputs.includes(id) || folds.has(id) || read.has(id) || !mayBeInside(nodeAt(graph, id));
  const fixed = new Set([...kept, ...folds].filter(isFixed));
  const bounds: Bounds = { fixed, outputs, storageBuffers };
  const single = new Map<NodeId, Stream>();
  const unfused = new Map<NodeId, FaultData>();
  for (const id of live) {
    const walk = walkOf(graph, id, folds, around.rows);
    if (walk === undefined) continue;
    const node = nodeAt(graph, id);
    const found = explore(graph, [{ root: id, walk }], bounds);
    if (found instanceof Unfused) unfused.set(id, remarkOf(node, found));
    else if (isWorthIt(graph, found)) single.set(id, found);
    else
      unfused.set(
        id,
        remarkOf(node, new Unfused(node, "what lies between them is small beside what they read")),
      );
  }
  for (const [id, why] of dropRead(graph, single, around)) unfused.set(id, why);
  const all = mergeStreams(graph, single, { ...bounds, live });
  return {
    streams: new Map(all.flatMap((stream) => stream.parts.map(({ root }) => [root, stream] as const))),
    inside: new Set(all.flatMap(({ inside }) => [...inside])),
    stored: new Set(all.flatMap(({ stored }) => [...stored])),
    unfused,
    remarks: all.map((stream) => sayFused(graph, stream)),
  };
}

/** The side of a product that may be computed on the way: the right one only where it is made of what was kept. */
function walkOf(
  graph: Graph,
  id: NodeId,
  folds: ReadonlySet<NodeId>,
  rows: Surroundings["rows"],
): Walk | undefined {
  const node = nodeAt(graph, id);
  const over = rows.get(id);
  if (over !== undefined) return folds.has(id) ? { over, isTurned: false } : undefined;
  if (node.kind === "reduce")
    return folds.has(id) && hasProductInside(graph, node.input) ? alongFold(node) : undefined;
  if (node.kind !== "matmul") return undefined;
  if (hasProductInside(graph, node.left)) return alongLeft(node);
  const isOfKept = [...contents(graph, node.right, folds).buffers].length > 0;
  return isOfKept && hasProductInside(graph, node.right) ? alongRight(node) : undefined;
}

/** Without a fold, the left side is stored unless it is much larger than all that makes it: products alone are faster. */
function isWorthIt(graph: Graph, { parts: [{ root, walk }], dots, folds }: Stream): boolean {
  if (folds.length > 0) return true;
  const sizeAt = (id: NodeId): number => sizeOf(nodeAt(graph, id).type.shape);
  const operands = [...dots].flatMap((id) => readsOf(nodeAt(graph, id)));
  const by = walk.by === undefined ? [] : [walk.by.id];
  const others = [...operands, ...by].reduce((sum, id) => sum + sizeAt(id), sizeAt(root));
  return sizeAt(walk.over) > 2 * others;
}

/** A stream whose inside somebody else reads is none: unless all of them compute it for themselves. */
function dropRead(
  graph: Graph,
  streams: Map<NodeId, Stream>,
  { live, outputs }: Surroundings,
): ReadonlyMap<NodeId, FaultData> {
  const remarks = new Map<NodeId, FaultData>();
  for (let isOver = false; !isOver;) {
    isOver = true;
    for (const id of streams.keys()) {
      const node = nodeAt(graph, id);
      const reader = readerOf(graph, id, streams, { live, outputs });
      if (reader === undefined) continue;
      streams.delete(id);
      isOver = false;
      const why = `${readerWords(graph, reader, live)} what it would compute on the way`;
      remarks.set(id, remarkOf(node, new Unfused(node, why)));
    }
  }
  return remarks;
}

/** Who reads it, through whatever views. */
function readerWords(graph: Graph, reader: NodeId, live: readonly NodeId[]): string {
  const node = nodeAt(graph, reader);
  const next = isView(node) ? live.find((id) => readsOf(nodeAt(graph, id)).includes(reader)) : undefined;
  if (next !== undefined) return readerWords(graph, next, live);
  if (node.kind !== "reduce" || canWalk(node)) return `${wordFor(node)} reads`;
  return `${wordFor(node)}, which goes along neither its rows nor its columns, reads`;
}

/** A node that wants in memory what a stream computes on the way: a kernel's, another stream, or the result of the run. */
function readerOf(
  graph: Graph,
  id: NodeId,
  streams: ReadonlyMap<NodeId, Stream>,
  { live, outputs }: Pick<Surroundings, "live" | "outputs">,
): NodeId | undefined {
  const inside = streams.get(id)?.inside ?? new Set();
  const isInStream = (at: NodeId): boolean =>
    streams.has(at) || [...streams.values()].some((stream) => stream.inside.has(at));
  const readsFromMemory = (at: NodeId): boolean =>
    [...(streams.get(at)?.stored ?? [])].some((one) => inside.has(one));
  return (
    live.find((at) => !isInStream(at) && readsOf(nodeAt(graph, at)).some((input) => inside.has(input))) ??
    [...streams.keys()].find(readsFromMemory) ??
    outputs.find((at) => inside.has(at))
  );
}

function remarkOf(node: GraphNode, { message, node: where }: Unfused): FaultData {
  const span = where.span ?? node.span;
  return {
    code: "fusion/stream",
    message: `this ${nameOf(node)} and the product before it are not one kernel (${wordFor(where)}): ${message}`,
    ...(span === undefined ? {} : { span }),
  };
}

function sayFused(graph: Graph, { parts, dots, folds }: Stream): FaultData {
  const roots = parts.map(({ root }) => root);
  const size = nodeAt(graph, parts[0].walk.over).type.shape.join(" × ");
  const before = dots.size === 1 ? "the product before it" : `${dots.size} products before it`;
  const names = folds.filter((id) => !roots.includes(id)).map((id) => wordFor(nodeAt(graph, id)));
  const between = names.length === 0 ? "" : `, with ${names.join(" and ")} carried along its rows,`;
  const results = roots.map((id) => nameOf(nodeAt(graph, id)));
  const { span } = nodeAt(graph, roots.at(-1) ?? -1);
  return {
    code: "fused/stream",
    message: `this ${results.toReversed().join(" with ")} and ${before}${between} are one kernel: the ${size} numbers between them are nowhere stored`,
    ...(span === undefined ? {} : { span }),
  };
}

function nameOf(node: GraphNode): string {
  return node.kind === "matmul" ? "product" : wordFor(node);
}
