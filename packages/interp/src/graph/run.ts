import { Fault, type FaultData } from "@tilebook/base";
import {
  type Graph,
  type GraphNode,
  type NodeId,
  readsOf,
  sizeOf,
  type TileCallNode,
  verifyGraph,
} from "@tilebook/ir";
import type { TileMessage } from "../tile/message.ts";
import { runLaunch } from "./launch.ts";
import { computeNode, type TensorValue } from "./nodes.ts";

export interface GraphRunOptions {
  /** Asked between nodes, and inside launches between programs; true ends the run with a Fault `run/stopped`. */
  readonly stop?: (() => boolean) | undefined;
  /** Gets what is worth knowing but no fault, such as where a NaN began. */
  readonly remark?: ((remark: FaultData) => void) | undefined;
  /** Hears what launches print. */
  readonly onMessage?: ((message: TileMessage) => void) | undefined;
  /** Most elements alive at once, inputs not counted: 2^27 (1 GiB of doubles) by default. */
  readonly maxElements?: number | undefined;
}

/**
 * Computes a graph in f64 by the plain definition of every node; floats are never rounded to their dtype, integers
 * wrap. Launches run through the tile interpreter, in f64 too. Returns one array per graph output.
 * Inputs are found by their handle. Faults: `graph/input`, `graph/bounds`, `graph/memory`, those of `verifyGraph` and `runTileKernel`, `run/stopped`.
 */
export function runGraph(
  graph: Graph,
  inputs: ReadonlyMap<string, TensorValue>,
  options: GraphRunOptions = {},
): Float64Array[] {
  verifyGraph(graph);
  const run = new GraphRun(graph, inputs, options);
  return graph.outputs.map((node) => run.value(node).values.slice());
}

class GraphRun {
  readonly #graph: Graph;
  readonly #inputs: ReadonlyMap<string, TensorValue>;
  readonly #options: GraphRunOptions;
  readonly #values = new Map<NodeId, TensorValue>();
  #elements = 0;
  /** The outputs of every launch that ran. */
  readonly #launched = new Map<NodeId, readonly Float64Array[]>();

  constructor(graph: Graph, inputs: ReadonlyMap<string, TensorValue>, options: GraphRunOptions) {
    this.#graph = graph;
    this.#inputs = inputs;
    this.#options = options;
    const needed = neededNodes(graph);
    const lastReader = lastReaders(graph, needed);
    graph.nodes.forEach((node, id) => {
      if (!needed.has(id)) return;
      if (options.stop?.() ?? false) throw new Fault("run/stopped", "the run was stopped");
      this.#reserve(node);
      this.#values.set(id, { type: node.type, values: this.#compute(node, id) });
      for (const done of lastReader.get(id) ?? []) this.#drop(done);
    });
  }

  value(node: NodeId): TensorValue {
    const value = this.#values.get(node);
    if (value === undefined) throw new Fault("graph/value", `node ${node} has no value`);
    return value;
  }

  #compute(node: GraphNode, id: NodeId): Float64Array {
    if (node.kind === "input") return this.#input(node.tensor, node);
    if (node.kind === "result") return this.#launched.get(node.call)?.[node.index] ?? new Float64Array();
    if (node.kind !== "tileCall") return computeNode(node, (other) => this.value(other));
    const outputs = this.#launch(node);
    this.#launched.set(id, outputs);
    return outputs[0] ?? new Float64Array();
  }

  #input(tensor: string, node: GraphNode): Float64Array {
    const input = this.#inputs.get(tensor);
    const size = sizeOf(node.type.shape);
    if (input?.values.length === size) return input.values;
    const seen = input === undefined ? "is not there" : `has ${input.values.length} elements, not ${size}`;
    throw new Fault("graph/input", `input ${tensor} ${seen}`, { span: node.span });
  }

  #launch(node: TileCallNode): readonly Float64Array[] {
    const { stop, onMessage, remark } = this.#options;
    const valueOf = (id: NodeId): Float64Array => this.value(id).values;
    const { outputs, remarks } = runLaunch(this.#graph, node, valueOf, { rounding: "f64", stop, onMessage });
    for (const one of remarks) remark?.(one);
    return outputs;
  }

  #reserve(node: GraphNode): void {
    const { maxElements = 2 ** 27 } = this.#options;
    this.#elements += elementsOf(node);
    if (this.#elements <= maxElements) return;
    throw new Fault("graph/memory", `the interpreter holds at most ${maxElements} elements at once`, {
      span: node.span,
      hint: "use smaller sizes, or a GPU",
    });
  }

  #drop(id: NodeId): void {
    const node = this.#graph.nodes[id];
    if (node !== undefined) this.#elements -= elementsOf(node);
    this.#values.delete(id);
    this.#launched.delete(id);
  }
}

/** The elements a node's value takes; inputs and picked results are shared, not copied. */
function elementsOf(node: GraphNode): number {
  if (node.kind === "input" || node.kind === "result") return 0;
  const types = node.kind === "tileCall" ? node.outputs : [node.type];
  return types.reduce((sum, type) => sum + sizeOf(type.shape), 0);
}

function neededNodes(graph: Graph): Set<NodeId> {
  const needed = new Set(graph.outputs);
  for (let id = graph.nodes.length - 1; id >= 0; id--) {
    const node = graph.nodes[id];
    if (node !== undefined && needed.has(id)) for (const input of readsOf(node)) needed.add(input);
  }
  return needed;
}

/** For each node, the nodes whose values nobody reads after it. Graph outputs are kept. */
function lastReaders(graph: Graph, needed: ReadonlySet<NodeId>): Map<NodeId, NodeId[]> {
  const kept = new Set(graph.outputs);
  const seen = new Set<NodeId>();
  const last = new Map<NodeId, NodeId[]>();
  for (let id = graph.nodes.length - 1; id >= 0; id--) {
    const node = graph.nodes[id];
    if (node === undefined || !needed.has(id)) continue;
    const ended = Array.from(new Set(readsOf(node))).filter((input) => !seen.has(input) && !kept.has(input));
    for (const input of ended) seen.add(input);
    last.set(id, ended);
  }
  return last;
}
