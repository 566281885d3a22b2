import type { FaultData } from "@tilebook/base";
import { type Graph, type GraphNode, launchReads, type NodeId, readsOf, sizeOf } from "@tilebook/ir";
import type { Target } from "../program.ts";
import { behind, contents, isRoot, mostOps, nodeAt, opsIn, throughReshapes } from "./contents.ts";
import { attentionSides } from "./attention-sides.ts";
import { groupFolds } from "./group-folds.ts";
import { findEpilogues, sayEpilogue } from "./epilogues.ts";
import { findPrologues, sayPrologue } from "./prologues.ts";
import { groupMaps, type MapsWish } from "./group-maps.ts";
import { findInPlace } from "./in-place.ts";
import { isLight } from "./own-sides.ts";
import { productSides } from "./product-sides.ts";
import { findRows, type RowGroup, sayRows } from "./row-kernels/find-rows.ts";
import type { Stream } from "./stream/explore.ts";
import { readersOf } from "./readers.ts";
import { findStreams, type Streams } from "./stream/find-streams.ts";
import { turnedResults } from "./stream/turned-results.ts";
import { lastRepeated, repeatsMuch } from "./repeats.ts";

/** How a graph falls into kernels: the nodes that get a buffer; all others are computed inside their readers. */
export interface Regions {
  /** Nodes that are needed, inputs before readers. */
  readonly live: readonly NodeId[];
  readonly stored: ReadonlySet<NodeId>;
  /** Products of which one side is computed on the way, and folds of such, by each of their results. */
  readonly streams: ReadonlyMap<NodeId, Stream>;
  /** Folds and maps along the same rows that are one kernel, by each of their results. */
  readonly rows: ReadonlyMap<NodeId, RowGroup>;
  /** Of maps, or folds, that are one kernel, for each of them: all, in order. */
  readonly together: ReadonlyMap<NodeId, readonly NodeId[]>;
  /** Products that are computed in the kernel of a map, by that. */
  readonly epilogues: ReadonlyMap<NodeId, NodeId>;
  /** Results of streams that are stored as their reader has them: the views from each to what is stored. */
  readonly turned: ReadonlyMap<NodeId, readonly NodeId[]>;
  /** Sides of products that are computed where they are multiplied, by the product. */
  readonly prologues: ReadonlyMap<NodeId, readonly NodeId[]>;
  /** What maps are written over, by the map. */
  readonly inPlace: ReadonlyMap<NodeId, NodeId>;
  readonly remarks: readonly FaultData[];
}

/** What is known before. */
interface Known {
  /** Folds that are better read than computed on the way. */
  readonly read?: ReadonlySet<NodeId>;
  /** As `packSoftmaxRows` says them. */
  readonly ofRows?: ReadonlyMap<NodeId, NodeId>;
}

export function chooseRegions(graph: Graph, target: Target, known: Known = {}): Regions {
  const live = liveNodes(graph);
  const outputs = graph.outputs.map((id) => throughReshapes(graph, id));
  const { streams, stored, shared, remarks } = chooseBuffers(graph, { live, outputs, target }, known);
  const byStream = (id: NodeId): NodeId | undefined => streams.get(id)?.at;
  const readsAt = (id: NodeId): readonly NodeId[] | undefined => streams.get(id)?.reads;
  const before = { live, stored, placeOf: byStream, readsAt, outputs, target };
  const inRows = findRows(graph, before);
  const rows = new Map(inRows.flatMap((group) => group.results.map((id) => [id, group] as const)));
  for (const { members } of inRows) for (const id of members) if (!rows.has(id)) stored.delete(id);
  const placeOf = (id: NodeId): NodeId | undefined => byStream(id) ?? rows.get(id)?.members.at(-1);
  const wish = { ...before, placeOf };
  const maps = groupMaps(graph, wish);
  for (const { inner } of maps) for (const id of inner) stored.delete(id);
  const groups = [...maps.map(({ results }) => results), ...groupFolds(graph, wish)];
  const taken = takeIn(graph, wish, { streams, grouped: new Set(groups.flat()) });
  return {
    live,
    stored,
    streams,
    rows,
    together: new Map(groups.flatMap((results) => results.map((id) => [id, results] as const))),
    ...taken,
    remarks: [
      // Of what two kernels would have read, that which they still do.
      ...[...shared].flatMap(([id, told]) => (stored.has(id) ? [told] : [])),
      ...remarks,
      ...inRows.map((group) => sayRows(graph, group)),
      ...groups.flatMap((results) => sayTogether(graph, results)),
      ...sayTaken(graph, taken),
    ],
  };
}

interface Chosen {
  readonly streams: Streams["streams"];
  /** What has a buffer as long as no kernels are put together: shrinks as they are. */
  readonly stored: Set<NodeId>;
  /** Of it, what only has one since several kernels read it, and what to say of that. */
  readonly shared: ReadonlyMap<NodeId, FaultData>;
  readonly remarks: readonly FaultData[];
}

/** Streams, and which nodes have a buffer beside them. */
function chooseBuffers(
  graph: Graph,
  { live, outputs, target: { storageBuffers } }: Pick<MapsWish, "live" | "outputs" | "target">,
  { read = new Set(), ofRows = new Map() }: Known,
): Chosen {
  const roots = live.filter((id) => isRoot(nodeAt(graph, id)));
  const kept = new Set([...roots, ...outputs]);
  const found = findStreams(graph, { live, kept, outputs, read, rows: ofRows, storageBuffers });
  const { streams, inside } = found;
  const own = roots.filter((id) => !inside.has(id));
  const stored = new Set<NodeId>([...own, ...outputs, ...streams.keys(), ...found.stored]);
  // Streams have counted what they compute on the way, and cannot read parts of it.
  const others = live.filter((id) => !streams.has(id) && !inside.has(id));
  for (const id of others)
    for (const operand of wholeOperands(graph, nodeAt(graph, id)))
      stored.add(throughReshapes(graph, operand));
  const shared = storeShared(graph, live, stored, found);
  const remarks = [...found.remarks, ...storeOversized(graph, others, stored, storageBuffers)];
  return { streams, stored, shared, remarks };
}

type Taken = Pick<Regions, "epilogues" | "prologues" | "turned" | "inPlace">;

/** What has no buffer of its own since a product computes it, or since it lies in another's. */
function takeIn(
  graph: Graph,
  wish: MapsWish & { readonly stored: Set<NodeId> },
  { streams, grouped }: { readonly streams: Streams["streams"]; readonly grouped: ReadonlySet<NodeId> },
): Taken {
  const { stored, placeOf } = wish;
  const readers = readersOf(graph, wish);
  const epilogues = findEpilogues(graph, wish, { readers, grouped });
  for (const product of epilogues.values()) stored.delete(product);
  const prologues = findPrologues(graph, wish, { readers, grouped, epilogues });
  const sides = new Set([...prologues.values()].flat());
  for (const side of sides) stored.delete(side);
  const isGrouped = (id: NodeId): boolean =>
    placeOf(id) !== undefined || grouped.has(id) || epilogues.has(id) || sides.has(id);
  const turned = turnedResults(graph, { ...wish, streams, readers, isGrouped });
  for (const result of turned.keys()) stored.delete(result);
  const moved = new Set([...turned.keys(), ...[...turned.values()].flat()]);
  const isTaken = (id: NodeId): boolean => isGrouped(id) || moved.has(id);
  return { epilogues, prologues, turned, inPlace: findInPlace(graph, wish, { readers, isTaken }) };
}

function sayTaken(graph: Graph, { epilogues, prologues }: Taken): readonly FaultData[] {
  return [
    ...[...prologues].flatMap(([product, own]) => own.map((side) => sayPrologue(graph, product, side))),
    ...[...epilogues].map(([id, product]) => sayEpilogue(graph, id, product)),
  ];
}

export function liveNodes(graph: Graph): readonly NodeId[] {
  return [...behind(graph, graph.outputs)].toSorted((a, b) => a - b);
}

/** What a node wants as a buffer rather than as an expression. */
function wholeOperands(graph: Graph, node: GraphNode): readonly NodeId[] {
  if (node.kind === "matmul") {
    const { left, right } = productSides(graph, node);
    return [left.id, right.id];
  }
  if (node.kind === "attention") return attentionSides(graph, node).map(({ id }) => id);
  return node.kind === "tileCall" ? launchReads(node.launch) : [];
}

/** Fused work that several kernels would repeat is done once, when it is more than an addition: all of that, and what to say of it. */
function storeShared(
  graph: Graph,
  live: readonly NodeId[],
  stored: Set<NodeId>,
  { streams, inside }: Pick<Streams, "streams" | "inside">,
): ReadonlyMap<NodeId, FaultData> {
  const readers = new Map<NodeId, Set<NodeId>>();
  const remarks = new Map<NodeId, FaultData>();
  for (const id of live.toReversed()) {
    const node = nodeAt(graph, id);
    const own = readers.get(id) ?? new Set();
    // Of what is repeated along an axis, what it repeats is kept: the same readers read that.
    const isShared = !stored.has(id) && !inside.has(id) && own.size > 1 && node.kind !== "broadcast";
    const isTable = [...own].every((reader) => streams.has(reader)) && isMadeOfLittle(graph, id, stored);
    const isDear = isShared && opsIn(graph, id, stored) > 1 && !isSoonMade(graph, id, stored);
    if (isDear && !isTable && !isLight(graph, id, stored)) {
      const why = `${own.size} kernels read it, so it is computed once and kept`;
      stored.add(throughReshapes(graph, id));
      remarks.set(throughReshapes(graph, id), remark("fusion/shared", node, why));
    }
    const kernels = stored.has(id) ? new Set([id]) : own;
    for (const input of readsOf(node))
      readers.set(input, new Set([...(readers.get(input) ?? []), ...kernels]));
  }
  return remarks;
}

/** A few operations on places alone, as masks are: made sooner than read, and whoever sees how can leave turns out. */
function isSoonMade(graph: Graph, id: NodeId, stored: ReadonlySet<NodeId>): boolean {
  const { ops, buffers } = contents(graph, id, stored);
  return buffers.size === 0 && ops.size <= 4;
}

/** Tables of what streams do to their scores, of a few numbers: streams are there so that none as large is stored. */
function isMadeOfLittle(graph: Graph, id: NodeId, stored: ReadonlySet<NodeId>): boolean {
  const sizeAt = (at: NodeId): number => sizeOf(nodeAt(graph, at).type.shape);
  const { ops, buffers } = contents(graph, id, stored);
  const read = [...buffers].reduce((sum, at) => sum + sizeAt(at), 0);
  return ops.size <= 16 && sizeAt(id) > 8 * read;
}

/** Keeps every kernel within the device's buffers and within a size that compiles fast. */
function storeOversized(
  graph: Graph,
  live: readonly NodeId[],
  stored: Set<NodeId>,
  storageBuffers: number,
): readonly FaultData[] {
  const remarks: FaultData[] = [];
  for (const id of live) {
    const node = nodeAt(graph, id);
    if (node.kind === "input" || wholeOperands(graph, node).length > 0) continue;
    while (isOversized(graph, id, stored, storageBuffers)) {
      const inner = readsOf(node).filter((input) => !stored.has(input) && opsIn(graph, input, stored) > 0);
      const heaviest = inner.toSorted((a, b) => opsIn(graph, b, stored) - opsIn(graph, a, stored))[0];
      const worst = lastRepeated(graph, id, stored) ?? heaviest;
      if (worst === undefined) break;
      stored.add(throughReshapes(graph, worst));
      const why = `one kernel reads at most ${storageBuffers - 1} buffers and fuses at most ${mostOps} ops, few of them at several places`;
      remarks.push(remark("fusion/size", nodeAt(graph, worst), why));
    }
  }
  return remarks;
}

function sayTogether(graph: Graph, results: readonly NodeId[]): readonly FaultData[] {
  const { span } = nodeAt(graph, results.at(-1) ?? -1);
  if (results.length === 1) return [];
  const message = `${results.length} results are one kernel: what they read of the same tensors is read once`;
  const code = nodeAt(graph, results[0] ?? -1).kind === "reduce" ? "fused/folds" : "fused/maps";
  return [{ code, message, ...(span === undefined ? {} : { span }) }];
}

function isOversized(graph: Graph, id: NodeId, stored: ReadonlySet<NodeId>, storageBuffers: number): boolean {
  const { ops, buffers } = contents(graph, id, stored);
  return ops.size > mostOps || buffers.size > storageBuffers - 1 || repeatsMuch(graph, [id], stored);
}

function remark(code: string, node: GraphNode, why: string): FaultData {
  const message = `${node.kind}${"op" in node ? ` ${node.op}` : ""} is not fused into its readers: ${why}`;
  return { code, message, ...(node.span === undefined ? {} : { span: node.span }) };
}
