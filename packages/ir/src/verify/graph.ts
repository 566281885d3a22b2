import { Fault } from "@tilebook/base";
import type { Graph, GraphNode, NodeId, TensorType } from "../graph.ts";
import { maxRank, sameType, sizeOf } from "../infer.ts";
import { readsOf } from "../walk.ts";
import { nodeType } from "./graph-types.ts";
import { checkLaunch } from "./launch.ts";
import { spanned } from "./spanned.ts";
import { verifyTile } from "./tile.ts";

/** Bounds of every graph. `elements` keeps offsets in i32 and byte sizes exact. */
export const graphBounds: {
  readonly nodes: number;
  readonly kernels: number;
  readonly outputs: number;
  readonly rank: number;
  readonly elements: number;
} = { nodes: 10_000, kernels: 1000, outputs: 10_000, rank: maxRank, elements: 2 ** 31 - 1 };

/** Something that holds for every node of a valid graph. */
export interface GraphRule {
  readonly id: string;
  readonly says: string;
  /** What is wrong, if anything is. May throw the Fault of a typing rule instead. */
  readonly check: (node: GraphNode, id: NodeId, graph: Graph) => string | undefined;
}

/** Read from top to bottom: each rule may rely on those above it. */
export const graphRules: readonly GraphRule[] = [
  {
    id: "G1",
    says: "inputs stand before their readers",
    check: (node, id) => {
      const late = readsOf(node).find((input) => !Number.isSafeInteger(input) || input < 0 || input >= id);
      return late === undefined ? undefined : `it reads node ${late}`;
    },
  },
  {
    id: "G2",
    says: "sizes are positive, ranks at most 8, elements fewer than 2^31",
    check: (node) => {
      const types = node.kind === "tileCall" ? [node.type, ...node.outputs] : [node.type];
      const bad = types.find((type) => !isTensorShape(type.shape));
      return bad === undefined ? undefined : `[${bad.shape.join(", ")}] is no shape`;
    },
  },
  {
    id: "G3",
    says: "a node's type is what its inputs give",
    check: (node, _, graph) => {
      const wanted = nodeType(node, (input) => typeAt(graph, input));
      return sameType(wanted, node.type)
        ? undefined
        : `its type is ${show(node.type)}, its inputs give ${show(wanted)}`;
    },
  },
  {
    id: "G4",
    says: "a launch fits its kernel",
    check: (node, id, graph) => {
      if (node.kind !== "tileCall") return undefined;
      const { launch, outputs } = node;
      if (outputs.length === 0) return "it makes no tensor";
      checkLaunch(launch, { kernels: graph.kernels, outputs, typeOf: (input) => typeAt(graph, input, id) });
      return undefined;
    },
  },
  {
    id: "G5",
    says: "a result is an output of a launch",
    check: (node, _, graph) => {
      if (node.kind !== "result") return undefined;
      const call = graph.nodes[node.call];
      const type = call?.kind === "tileCall" ? call.outputs[node.index] : undefined;
      if (type === undefined) return `node ${node.call} has no output ${node.index}`;
      return sameType(type, node.type) ? undefined : `the output is ${show(type)}, not ${show(node.type)}`;
    },
  },
];

/**
 * Checks everything that later stages rely on, kernels included. Throws the first Fault in order: `graph/G1` to
 * `graph/G5`, `graph/shape`, `graph/dtype`, `graph/axis`, `graph/grid`, `graph/launch`, `graph/outputs`,
 * `graph/too-large`, and those of `verifyTile`.
 */
export function verifyGraph(graph: Graph): void {
  checkBounds(graph);
  graph.kernels.forEach(verifyTile);
  graph.nodes.forEach((node, id) => spanned(node.span, () => checkNode(node, id, graph)));
  const missing = graph.outputs.find((output) => graph.nodes[output] === undefined);
  if (missing !== undefined) throw new Fault("graph/outputs", `there is no node ${missing} to give out`);
}

function checkNode(node: GraphNode, id: NodeId, graph: Graph): void {
  for (const rule of graphRules) {
    const wrong = rule.check(node, id, graph);
    if (wrong !== undefined)
      throw new Fault(`graph/${rule.id}`, `node ${id} (${node.kind}): ${wrong}`, { hint: rule.says });
  }
}

function checkBounds(graph: Graph): void {
  const { nodes, kernels, outputs } = graphBounds;
  const seen = { nodes: graph.nodes.length, kernels: graph.kernels.length, outputs: graph.outputs.length };
  if (seen.nodes > nodes || seen.kernels > kernels || seen.outputs > outputs)
    throw new Fault(
      "graph/too-large",
      `a graph has at most ${nodes} nodes, ${kernels} kernels, ${outputs} outputs`,
    );
}

function isTensorShape(shape: readonly number[]): boolean {
  const sizes =
    shape.length <= graphBounds.rank && shape.every((size) => Number.isSafeInteger(size) && size > 0);
  return sizes && sizeOf(shape) <= graphBounds.elements;
}

function typeAt(graph: Graph, id: NodeId, before: NodeId = graph.nodes.length): TensorType {
  const node = id < before ? graph.nodes[id] : undefined;
  if (node === undefined) throw new Fault("graph/G1", `node ${id} does not stand before its reader`);
  return node.type;
}

function show({ dtype, shape }: TensorType): string {
  return `${dtype}[${shape.join(", ")}]`;
}
