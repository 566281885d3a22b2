import type { FaultData } from "@tilebook/base";
import { type Graph, type GraphNode, type MatmulNode, type NodeId, readsOf, sizeOf } from "@tilebook/ir";
import { mostOps, nodeAt, opsIn, throughReshapes } from "../contents.ts";
import { deepest } from "./dots.ts";
import { type StreamTurn, StreamWriter } from "./stream-kernel.ts";
import { NeedsBuffer, Unfused } from "./unfused.ts";

/** A product whose left side is computed on the way. */
export interface Stream extends StreamTurn {
  readonly node: MatmulNode;
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

/** Every product of a graph that can be computed without its left side in memory, and why others cannot. */
export function findStreams(graph: Graph, around: Surroundings): Streams {
  const streams = new Map<NodeId, Stream>();
  const remarks: FaultData[] = [];
  for (const id of around.live) {
    const node = nodeAt(graph, id);
    if (node.kind !== "matmul" || !hasProductInside(graph, node.left)) continue;
    const found = explore(graph, id, node, around);
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

/** Whether maps and folds lead from a product to this node. */
function hasProductInside(graph: Graph, id: NodeId): boolean {
  const seen = new Set<NodeId>();
  const visit = (at: NodeId): boolean => {
    if (seen.has(at)) return false;
    seen.add(at);
    const node = nodeAt(graph, at);
    if (node.kind === "matmul") return true;
    return isComputed(node) && readsOf(node).some(visit);
  };
  const base = nodeAt(graph, throughReshapes(graph, id));
  return base.kind !== "matmul" && visit(id);
}

function isComputed({ kind }: GraphNode): boolean {
  return kind !== "input" && kind !== "attention" && kind !== "tileCall" && kind !== "result";
}

/** Blocks of a turn that is only looked at. */
const block = { rows: 4, columns: 2 } as const;

/** What is in a turn. What it cannot compute itself, it reads; so it is written anew until all of that is known. */
function explore(
  graph: Graph,
  root: NodeId,
  node: MatmulNode,
  { kept, outputs, storageBuffers }: Surroundings,
): Stream | Unfused {
  const read = new Set<NodeId>();
  const fixed = [...kept].filter((id) => outputs.includes(id) || !mayBeInside(nodeAt(graph, id)));
  for (;;) {
    const stored = new Set([...fixed, ...read]);
    try {
      const turn = new StreamWriter({ graph, root, node, stored, block }).explore();
      if (turn.dots.size === 0) return new Unfused(node, whyNoProduct(graph, node.left, { outputs, read }));
      const ops = opsIn(graph, root, stored);
      if (ops > mostOps)
        return new Unfused(node, `it would fuse ${ops} operations, and ${mostOps} are the most`);
      const inside = insideOf(graph, node.left, stored);
      const made = new StreamWriter({ graph, root, node, stored, block }).write(turn);
      if (made.nodes.length + 1 > storageBuffers)
        return new Unfused(
          node,
          `it would read ${made.nodes.length} buffers, and the device binds ${storageBuffers}`,
        );
      return { ...turn, node, inside, stored: read };
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
function isWorthIt(graph: Graph, { node, dots, folds }: Stream): boolean {
  if (folds.length > 0) return true;
  const sizeAt = (id: NodeId): number => sizeOf(nodeAt(graph, id).type.shape);
  const operands = [...dots].flatMap((id) => readsOf(nodeAt(graph, id)));
  const others = [...operands, node.right].reduce((sum, id) => sum + sizeAt(id), sizeOf(node.type.shape));
  return sizeAt(node.left) > 2 * others;
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

function remarkOf(node: MatmulNode, { message, node: where }: Unfused): FaultData {
  const span = where.span ?? node.span;
  return {
    code: "fusion/stream",
    message: `this product and the one before it are not one kernel (${wordFor(where)}): ${message}`,
    ...(span === undefined ? {} : { span }),
  };
}

function sayFused(graph: Graph, { node, dots, folds }: Stream): FaultData {
  const size = nodeAt(graph, node.left).type.shape.join(" × ");
  const products = dots.size === 1 ? "the product before it" : `${dots.size} products before it`;
  const names = folds.map((id) => wordFor(nodeAt(graph, id)));
  const between = names.length === 0 ? "" : `, with ${names.join(" and ")} carried along its rows,`;
  const { span } = node;
  return {
    code: "fused/stream",
    message: `this product and ${products}${between} are one kernel: the ${size} numbers between them are nowhere stored`,
    ...(span === undefined ? {} : { span }),
  };
}

function wordFor(node: GraphNode): string {
  return "op" in node ? node.op : node.kind;
}
