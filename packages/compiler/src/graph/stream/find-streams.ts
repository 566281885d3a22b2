import type { FaultData } from "@tilebook/base";
import {
  type Graph,
  type GraphNode,
  type MatmulNode,
  type NodeId,
  readsOf,
  type ReduceNode,
  sizeOf,
} from "@tilebook/ir";
import { contents, mostOps, nodeAt, opsIn } from "../contents.ts";
import { deepest } from "./dots.ts";
import { foldsInTheWay } from "./folds-in-the-way.ts";
import { hasProductInside } from "./products-inside.ts";
import { type StreamTurn, StreamWriter } from "./stream-kernel.ts";
import { NeedsBuffer, Unfused } from "./unfused.ts";
import { alongFold, alongLeft, alongRight, type Walk } from "./walk.ts";

/** A product of which one side is computed on the way, or a fold of what is. */
export interface Stream extends StreamTurn {
  readonly node: MatmulNode | ReduceNode;
  readonly walk: Walk;
  /** What the kernel computes itself of what nobody else may want, since it is nowhere else. */
  readonly inside: ReadonlySet<NodeId>;
  /** What it reads from memory, of what would not be there otherwise. */
  readonly stored: ReadonlySet<NodeId>;
}

export interface Streams {
  readonly streams: ReadonlyMap<NodeId, Stream>;
  readonly inside: ReadonlySet<NodeId>;
  readonly stored: ReadonlySet<NodeId>;
  readonly remarks: readonly FaultData[];
}

interface Surroundings {
  readonly live: readonly NodeId[];
  /** Nodes that have a buffer as long as there are no streams. */
  readonly kept: ReadonlySet<NodeId>;
  readonly outputs: readonly NodeId[];
  readonly storageBuffers: number;
}

/**
 * Every product of a graph that can be computed without one of its sides in memory, and why others cannot. Where folds stand in
 * the way, as on the way back from a softmax, all of them are kept, one number a row each, if more products are streams then.
 */
export function findStreams(graph: Graph, around: Surroundings): Streams {
  const carried = attempt(graph, around, new Set());
  const folds = foldsInTheWay(graph, around.live, carried.streams);
  if (folds.size === 0) return carried;
  const kept = attempt(graph, around, folds);
  return products(kept) > products(carried) ? kept : carried;
}

function products({ streams }: Streams): number {
  return [...streams.values()].filter(({ node }) => node.kind === "matmul").length;
}

/** All streams, where `folds` are kept. */
function attempt(graph: Graph, around: Surroundings, folds: ReadonlySet<NodeId>): Streams {
  const streams = new Map<NodeId, Stream>();
  const remarks: FaultData[] = [];
  for (const id of around.live) {
    const node = nodeAt(graph, id);
    const walk = walkOf(graph, id, folds);
    if (walk === undefined || (node.kind !== "matmul" && node.kind !== "reduce")) continue;
    const found = explore(graph, { root: id, node, walk }, around, folds);
    if (found instanceof Unfused) remarks.push(remarkOf(node, found));
    else if (isWorthIt(graph, found)) streams.set(id, found);
    else
      remarks.push(
        remarkOf(node, new Unfused(node, "what lies between them is small beside what they read")),
      );
  }
  remarks.push(...dropRead(graph, streams, around));
  for (const stream of streams.values()) remarks.push(sayFused(graph, stream));
  const all = [...streams.values()];
  return {
    streams,
    inside: new Set(all.flatMap(({ inside }) => [...inside])),
    stored: new Set(all.flatMap(({ stored }) => [...stored])),
    remarks,
  };
}

/** The side of a product that may be computed on the way: the right one only where it is made of what was kept. */
function walkOf(graph: Graph, id: NodeId, folds: ReadonlySet<NodeId>): Walk | undefined {
  const node = nodeAt(graph, id);
  if (node.kind === "reduce")
    return folds.has(id) && hasProductInside(graph, node.input) ? alongFold(node) : undefined;
  if (node.kind !== "matmul") return undefined;
  if (hasProductInside(graph, node.left)) return alongLeft(node);
  const isOfKept = [...contents(graph, node.right, folds).buffers].length > 0;
  return isOfKept && hasProductInside(graph, node.right) ? alongRight(node) : undefined;
}

/** Blocks of a turn that is only looked at. */
const block = { rows: 4, columns: 2 } as const;

/** What is in a turn. What it cannot compute itself, it reads; so it is written anew until all of that is known. */
function explore(
  graph: Graph,
  { root, node, walk }: Pick<Stream, "node" | "walk"> & { readonly root: NodeId },
  { kept, outputs, storageBuffers }: Surroundings,
  folds: ReadonlySet<NodeId>,
): Stream | Unfused {
  const read = new Set<NodeId>();
  const fixed = [...kept].filter(
    (id) => outputs.includes(id) || folds.has(id) || !mayBeInside(nodeAt(graph, id)),
  );
  for (;;) {
    const stored = new Set([...fixed, ...read].filter((id) => id !== root));
    const wish = { graph, root, walk, stored, block };
    try {
      const turn = new StreamWriter(wish).explore();
      if (turn.dots.size === 0) return new Unfused(node, whyNoProduct(graph, walk.over, { outputs, read }));
      const ops = opsIn(graph, root, stored);
      if (ops > mostOps)
        return new Unfused(node, `it would fuse ${ops} operations, and ${mostOps} are the most`);
      const inside = insideOf(graph, walk.over, stored);
      const made = new StreamWriter(wish).write(turn);
      if (made.nodes.length + 1 > storageBuffers)
        return new Unfused(
          node,
          `it would read ${made.nodes.length} buffers, and the device binds ${storageBuffers}`,
        );
      return { ...turn, node, walk, inside, stored: read };
    } catch (error) {
      if (error instanceof Unfused) return error;
      if (!(error instanceof NeedsBuffer) || read.has(error.id)) throw error;
      read.add(error.id);
    }
  }
}

/** Why no product on the way is computed in the turns. */
function whyNoProduct(
  graph: Graph,
  id: NodeId,
  { outputs, read }: { readonly outputs: readonly NodeId[]; readonly read: ReadonlySet<NodeId> },
): string {
  const seen = new Set<NodeId>();
  const isWanted = (at: NodeId): boolean => {
    if (seen.has(at)) return false;
    seen.add(at);
    return outputs.includes(at) || readsOf(nodeAt(graph, at)).some(isWanted);
  };
  if (isWanted(id)) return "what lies between them is wanted as a result, too";
  const wide = [...read].some((at) => nodeAt(graph, at).kind === "matmul");
  return wide
    ? `the one before is of rows longer than ${deepest} numbers, or is not read by whole rows and columns`
    : "nothing between them is computed block by block";
}

function mayBeInside({ kind }: GraphNode): boolean {
  return kind === "matmul" || kind === "reduce";
}

/** Of what is computed on the way to `id`, that which hangs on products or folds. */
function insideOf(graph: Graph, id: NodeId, stored: ReadonlySet<NodeId>): ReadonlySet<NodeId> {
  const inside = new Map<NodeId, boolean>();
  const visit = (at: NodeId): boolean => {
    const known = inside.get(at);
    if (known !== undefined) return known;
    const node = nodeAt(graph, at);
    if (stored.has(at)) return false;
    if (node.kind === "matmul") {
      inside.set(at, true);
      return true;
    }
    const below = readsOf(node).map(visit);
    const is = mayBeInside(node) || below.includes(true);
    inside.set(at, is);
    return is;
  };
  visit(id);
  return new Set([...inside].flatMap(([at, is]) => (is ? [at] : [])));
}

/** Without a fold, the left side is stored unless it is much larger than all that makes it: products alone are faster. */
function isWorthIt(graph: Graph, { node, walk, dots, folds }: Stream): boolean {
  if (folds.length > 0) return true;
  const sizeAt = (id: NodeId): number => sizeOf(nodeAt(graph, id).type.shape);
  const operands = [...dots].flatMap((id) => readsOf(nodeAt(graph, id)));
  const by = walk.by === undefined ? [] : [walk.by.id];
  const others = [...operands, ...by].reduce((sum, id) => sum + sizeAt(id), sizeOf(node.type.shape));
  return sizeAt(walk.over) > 2 * others;
}

/** A stream whose inside somebody else reads is none: unless all of them compute it for themselves. */
function dropRead(
  graph: Graph,
  streams: Map<NodeId, Stream>,
  { live, outputs }: Surroundings,
): readonly FaultData[] {
  const remarks: FaultData[] = [];
  for (let isOver = false; !isOver;) {
    isOver = true;
    for (const [id, stream] of streams) {
      const reader = readerOf(graph, id, streams, { live, outputs });
      if (reader === undefined) continue;
      streams.delete(id);
      isOver = false;
      const why = `${wordFor(nodeAt(graph, reader))} reads what it would compute on the way`;
      remarks.push(remarkOf(stream.node, new Unfused(stream.node, why)));
    }
  }
  return remarks;
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

function remarkOf(node: Stream["node"], { message, node: where }: Unfused): FaultData {
  const span = where.span ?? node.span;
  return {
    code: "fusion/stream",
    message: `this ${nameOf(node)} and the product before it are not one kernel (${wordFor(where)}): ${message}`,
    ...(span === undefined ? {} : { span }),
  };
}

function sayFused(graph: Graph, { node, walk, dots, folds }: Stream): FaultData {
  const size = nodeAt(graph, walk.over).type.shape.join(" × ");
  const before = dots.size === 1 ? "the product before it" : `${dots.size} products before it`;
  const carried = folds.filter((id) => nodeAt(graph, id) !== node);
  const names = carried.map((id) => wordFor(nodeAt(graph, id)));
  const between = names.length === 0 ? "" : `, with ${names.join(" and ")} carried along its rows,`;
  const { span } = node;
  return {
    code: "fused/stream",
    message: `this ${nameOf(node)} and ${before}${between} are one kernel: the ${size} numbers between them are nowhere stored`,
    ...(span === undefined ? {} : { span }),
  };
}

function nameOf(node: Stream["node"]): string {
  return node.kind === "matmul" ? "product" : node.op;
}

function wordFor(node: GraphNode): string {
  return "op" in node ? node.op : node.kind;
}
