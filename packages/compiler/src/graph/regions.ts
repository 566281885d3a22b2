import type { FaultData } from "@tilebook/base";
import { type Graph, type GraphNode, launchReads, type NodeId, readsOf } from "@tilebook/ir";

/** How a graph falls into kernels: the nodes that get a buffer; all others are computed inside their readers. */
export interface Regions {
  /** Nodes that are needed, inputs before readers. */
  readonly live: readonly NodeId[];
  readonly stored: ReadonlySet<NodeId>;
  readonly remarks: readonly FaultData[];
}

/** A kernel with more fused ops than this is split: its text would be slow to compile. */
const mostOps = 64;

export function chooseRegions(graph: Graph, storageBuffers: number): Regions {
  const live = liveNodes(graph);
  const stored = new Set<NodeId>(live.filter((id) => isRoot(nodeAt(graph, id))));
  for (const id of graph.outputs) stored.add(throughReshapes(graph, id));
  for (const id of live)
    for (const operand of wholeOperands(nodeAt(graph, id))) stored.add(throughReshapes(graph, operand));
  const remarks = [
    ...storeShared(graph, live, stored),
    ...storeOversized(graph, live, stored, storageBuffers),
  ];
  return { live, stored, remarks };
}

export function nodeAt(graph: Graph, id: NodeId): GraphNode {
  const node = graph.nodes[id];
  if (node === undefined) throw new RangeError(`the graph has no node ${id}`);
  return node;
}

/** Tensors are contiguous, so a reshape is the same buffer. */
export function throughReshapes(graph: Graph, id: NodeId): NodeId {
  const node = nodeAt(graph, id);
  return node.kind === "reshape" ? throughReshapes(graph, node.input) : id;
}

function liveNodes(graph: Graph): readonly NodeId[] {
  const live = new Set<NodeId>();
  const visit = (id: NodeId): void => {
    if (live.has(id)) return;
    live.add(id);
    readsOf(nodeAt(graph, id)).forEach(visit);
  };
  graph.outputs.forEach(visit);
  return Array.from(live).toSorted((a, b) => a - b);
}

function isRoot(node: GraphNode): boolean {
  const { kind } = node;
  return (
    kind === "input" ||
    kind === "reduce" ||
    kind === "matmul" ||
    kind === "attention" ||
    kind === "tileCall" ||
    kind === "result"
  );
}

/** What a node wants as a buffer rather than as an expression. */
export function wholeOperands(node: GraphNode): readonly NodeId[] {
  if (node.kind !== "matmul" && node.kind !== "attention" && node.kind !== "tileCall") return [];
  return node.kind === "tileCall" ? launchReads(node.launch) : readsOf(node);
}

/** Fused work that several kernels would repeat is done once, when it is more than an addition. */
function storeShared(graph: Graph, live: readonly NodeId[], stored: Set<NodeId>): readonly FaultData[] {
  const readers = new Map<NodeId, Set<NodeId>>();
  const remarks: FaultData[] = [];
  for (const id of live.toReversed()) {
    const node = nodeAt(graph, id);
    const own = readers.get(id) ?? new Set();
    if (!stored.has(id) && own.size > 1 && opsIn(graph, id, stored) > 1) {
      stored.add(id);
      remarks.push(
        remark("fusion/shared", node, `${own.size} kernels read it, so it is computed once and kept`),
      );
    }
    const kernels = stored.has(id) ? new Set([id]) : own;
    for (const input of readsOf(node))
      readers.set(input, new Set([...(readers.get(input) ?? []), ...kernels]));
  }
  return remarks;
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
    if (node.kind === "input" || wholeOperands(node).length > 0) continue;
    while (isOversized(graph, id, stored, storageBuffers)) {
      const inner = readsOf(node).filter((input) => !stored.has(input) && opsIn(graph, input, stored) > 0);
      const heaviest = inner.toSorted((a, b) => opsIn(graph, b, stored) - opsIn(graph, a, stored))[0];
      if (heaviest === undefined) break;
      stored.add(heaviest);
      const why = `one kernel reads at most ${storageBuffers - 1} buffers and fuses at most ${mostOps} ops`;
      remarks.push(remark("fusion/size", nodeAt(graph, heaviest), why));
    }
  }
  return remarks;
}

function isOversized(graph: Graph, id: NodeId, stored: ReadonlySet<NodeId>, storageBuffers: number): boolean {
  const { ops, buffers } = contents(graph, id, stored);
  return ops.size > mostOps || buffers.size > storageBuffers - 1;
}

function opsIn(graph: Graph, id: NodeId, stored: ReadonlySet<NodeId>): number {
  return contents(graph, id, stored).ops.size;
}

/** The ops a kernel for this node would compute, and the buffers it would read. */
function contents(
  graph: Graph,
  root: NodeId,
  stored: ReadonlySet<NodeId>,
): { readonly ops: ReadonlySet<NodeId>; readonly buffers: ReadonlySet<NodeId> } {
  const ops = new Set<NodeId>();
  const buffers = new Set<NodeId>();
  const seen = new Set<NodeId>();
  const visit = (id: NodeId): void => {
    if (seen.has(id)) return;
    seen.add(id);
    if (stored.has(id) && id !== root) {
      buffers.add(id);
      return;
    }
    const node = nodeAt(graph, id);
    if (computes(node)) ops.add(id);
    readsOf(node).forEach(visit);
  };
  visit(root);
  return { ops, buffers };
}

const computing: ReadonlySet<GraphNode["kind"]> = new Set([
  "unary",
  "binary",
  "select",
  "cast",
  "take",
  "paste",
] as const);

function computes(node: GraphNode): boolean {
  const { kind } = node;
  return computing.has(kind);
}

function remark(code: string, node: GraphNode, why: string): FaultData {
  const message = `${node.kind}${"op" in node ? ` ${node.op}` : ""} is not fused into its readers: ${why}`;
  return { code, message, ...(node.span === undefined ? {} : { span: node.span }) };
}
