import { Fault, type FaultData } from "@tilebook/base";
import {
  attentionSizes,
  type Graph,
  type GraphNode,
  type NodeId,
  readsOf,
  sizeOf,
  verifyGraph,
} from "@tilebook/ir";
import { runLaunch } from "./launch.ts";
import { computeNode, type TensorValue } from "./nodes.ts";
import { type Element, sourcesOf } from "./sources.ts";

export interface NaNTraceOptions {
  /** Between nodes: how many are done of how many. True ends it with the Fault `run/stopped`. May let other work through. */
  readonly pause?: ((done: number, total: number) => Promise<boolean>) | undefined;
  /** Asked inside of launches; true ends it with the Fault `run/stopped`. */
  readonly stop?: (() => boolean) | undefined;
  /** Most elements of all values together: 2^25 (256 MiB of doubles) by default. */
  readonly maxElements?: number | undefined;
  /** Most products of matrix multiplications and attention: 2^32 by default. */
  readonly maxProducts?: number | undefined;
}

/** Where a NaN of a graph's first output began. */
export interface NaNTrace extends Element {
  /**
   * `made`: by that element's node out of numbers. `given`: it stands in that input. `absent`: computed here, with floats rounded to
   * their dtypes, the output has no NaN.
   */
  readonly kind: "made" | "given" | "absent";
  /** The first NaN of the output. */
  readonly output: number;
  /** Of an op on elements its operands there; of a fold those that are not finite, at most 8. */
  readonly operands: readonly number[];
  /** Of a launch: what its first NaN was made of, with a place in the kernel. */
  readonly inside?: FaultData;
}

/**
 * Follows the first NaN of the graph's first output back: from an element to the first NaN among those that it was computed of,
 * until there is none. The graph is computed node by node, floats rounded to their dtypes, and every value is kept meanwhile.
 * Faults: `nan/large`, `run/stopped`, `graph/input`, those of `verifyGraph` and launches.
 */
export async function traceNaN(
  graph: Graph,
  inputs: ReadonlyMap<string, TensorValue>,
  options: NaNTraceOptions = {},
): Promise<NaNTrace> {
  verifyGraph(graph);
  checkSize(graph, options);
  const kept = new KeptRun(graph, inputs, options.stop);
  for (let id = 0; id < graph.nodes.length; id++) {
    if ((await options.pause?.(id, graph.nodes.length)) ?? false) throw stopped();
    kept.compute(id);
  }
  const [root = -1] = graph.outputs;
  const output = firstNaN(kept.value(root).values);
  if (output < 0) return { kind: "absent", node: root, at: 0, output, operands: [] };
  return { ...follow(graph, kept, { node: root, at: output }), output };
}

function follow(graph: Graph, kept: KeptRun, start: Element): Omit<NaNTrace, "output"> {
  for (let here = start; ;) {
    const node = nodeAt(graph, here.node);
    const next = kept.before(node, here.at);
    if (next !== undefined) {
      here = next;
      continue;
    }
    if (node.kind === "input" || node.kind === "fill") return { kind: "given", ...here, operands: [] };
    const inside = kept.insideOf(node);
    const operands = kept.operandsOf(node, here.at);
    return { kind: "made", ...here, operands, ...(inside === undefined ? {} : { inside }) };
  }
}

class KeptRun {
  readonly #graph: Graph;
  readonly #inputs: ReadonlyMap<string, TensorValue>;
  readonly #stop: (() => boolean) | undefined;
  readonly #values = new Map<NodeId, TensorValue>();
  readonly #launched = new Map<NodeId, ReturnType<typeof runLaunch>>();

  constructor(graph: Graph, inputs: ReadonlyMap<string, TensorValue>, stop: (() => boolean) | undefined) {
    this.#graph = graph;
    this.#inputs = inputs;
    this.#stop = stop;
  }

  readonly value = (id: NodeId): TensorValue => {
    const value = this.#values.get(id);
    if (value === undefined) throw new Fault("graph/value", `node ${id} has no value`);
    return value;
  };

  compute(id: NodeId): void {
    const node = nodeAt(this.#graph, id);
    this.#values.set(id, { type: node.type, values: this.#valuesOf(node, id) });
  }

  #valuesOf(node: GraphNode, id: NodeId): Float64Array {
    if (node.kind === "input") {
      const input = this.#inputs.get(node.tensor);
      if (input !== undefined) return input.values;
      throw new Fault("graph/input", `input ${node.tensor} is not there`, { span: node.span });
    }
    if (node.kind === "result")
      return this.#launched.get(node.call)?.outputs[node.index] ?? new Float64Array();
    if (node.kind !== "tileCall") return computeNode(node, this.value, "exact");
    const valueOf = (other: NodeId): Float64Array => this.value(other).values;
    const launched = runLaunch(this.#graph, node, valueOf, { rounding: "exact", stop: this.#stop });
    this.#launched.set(id, launched);
    return launched.outputs[0] ?? new Float64Array();
  }

  /** The first NaN among what an element is computed of. */
  before(node: GraphNode, at: number): Element | undefined {
    // What a kernel makes of which element is its own affair: any NaN that it reads may be the one.
    const reads = node.kind === "result" ? nodeAt(this.#graph, node.call) : node;
    if (reads.kind === "tileCall" || reads.kind === "attention") return this.#firstIn(readsOf(reads));
    const { elements } = sourcesOf(reads, at, this.value);
    return elements.find((one) => Number.isNaN(this.value(one.node).values[one.at]));
  }

  #firstIn(nodes: readonly NodeId[]): Element | undefined {
    const found = nodes.map((node) => ({ node, at: firstNaN(this.value(node).values) }));
    return found.find(({ at }) => at >= 0);
  }

  operandsOf(node: GraphNode, at: number): readonly number[] {
    if (node.kind === "tileCall" || node.kind === "result" || node.kind === "attention") return [];
    const { kind, elements } = sourcesOf(node, at, this.value);
    const values = elements.map((one) => this.value(one.node).values[one.at] ?? NaN);
    return kind === "each" ? values : values.filter((value) => !Number.isFinite(value)).slice(0, 8);
  }

  insideOf(node: GraphNode): FaultData | undefined {
    const call = node.kind === "result" ? this.#launched.get(node.call) : undefined;
    return call?.remarks.find(({ code }) => code === "tile/nan");
  }
}

function checkSize(graph: Graph, { maxElements = 2 ** 25, maxProducts = 2 ** 32 }: NaNTraceOptions): void {
  const elements = graph.nodes.reduce((sum, { type }) => sum + sizeOf(type.shape), 0);
  const products = graph.nodes.reduce((sum, node) => sum + productsOf(graph, node), 0);
  if (elements <= maxElements && products <= maxProducts) return;
  const work = products > maxProducts ? `${millions(products)} products` : `${millions(elements)} numbers`;
  throw new Fault(
    "nan/large",
    `too large to follow a NaN back: ${work} would be computed again, one by one`,
    {
      hint: "look at a smaller case, or show a tensor on the way: what is stored is not computed again",
    },
  );
}

function millions(count: number): string {
  return `${Math.ceil(count / 1e6).toLocaleString("en")} million`;
}

function productsOf(graph: Graph, node: GraphNode): number {
  if (node.kind === "matmul")
    return sizeOf(node.type.shape) * (nodeAt(graph, node.left).type.shape.at(-1) ?? 1);
  if (node.kind !== "attention") return 0;
  const [q, k, v] = [node.q, node.k, node.v].map((id) => nodeAt(graph, id).type.shape);
  if (q === undefined || k === undefined || v === undefined) return 0;
  const sizes = attentionSizes([q, k, v], node.tokensFirst);
  return sizes === undefined ? 0 : sizeOf(q) * sizes.m + sizeOf(node.type.shape) * sizes.m;
}

function nodeAt(graph: Graph, id: NodeId): GraphNode {
  const node = graph.nodes[id];
  if (node === undefined) throw new Fault("graph/value", `there is no node ${id}`);
  return node;
}

function firstNaN(values: Float64Array): number {
  return values.findIndex((value) => Number.isNaN(value));
}

function stopped(): Fault {
  return new Fault("run/stopped", "it was stopped");
}
