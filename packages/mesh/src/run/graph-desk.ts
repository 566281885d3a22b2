import { Fault } from "@tilebook/base";
import {
  decodeGraph,
  type Graph,
  type Layout,
  meshOf,
  type NodeId,
  readsOf,
  type TensorType,
} from "@tilebook/ir";
import { tensorBytes } from "@tilebook/runtime";
import { broadcast } from "../sbp/sbp.ts";
import type { ComputeOptions, GlobalTensor, Group } from "./group.ts";

/** A graph (JSON) to be computed, by names that its asker chose. */
export interface GraphOrder {
  readonly graph: string;
  /** Inputs that come now. */
  readonly given: readonly { readonly tensor: string; readonly of: TensorType; readonly bytes: Uint8Array }[];
  readonly outputs: readonly string[];
}

/**
 * Graphs of one asker on one group: keeps which tensor of the group has which of the asker's names. Tensors that are given
 * go to the group once, lying as their readers want them.
 */
export class GraphDesk {
  readonly #group: Group;
  readonly #tensors = new Map<string, GlobalTensor>();

  constructor(group: Group) {
    this.#group = group;
  }

  /** Faults `decode/...`, `graph/...`, `mesh/...`; then no output is there. */
  async compute(
    { graph: text, given, outputs }: GraphOrder,
    options: Pick<ComputeOptions, "signal" | "timeline"> = {},
  ): Promise<void> {
    const graph = decodeGraph(JSON.parse(text));
    if (graph.outputs.length !== outputs.length || new Set(outputs).size !== outputs.length)
      throw new Fault("mesh/names", "every output needs a name of its own");
    let best: ReadonlyMap<string, Layout> | undefined;
    for (const { tensor, of, bytes } of given) {
      if (tensorBytes(of) !== bytes.length)
        throw new Fault("mesh/lie", "a tensor has not the bytes of its type");
      if (this.#tensors.has(tensor)) continue;
      best ??= this.#group.bestLayouts(graph, this.#tensors);
      const layout = wishOf(graph, tensor) ?? best.get(tensor) ?? broadcast;
      this.#tensors.set(tensor, await this.#group.put(bytes, of, layout));
    }
    const inputs = new Map(namesIn(graph).map((name) => [name, this.#tensor(name)]));
    const results = await this.#group.compute(graph, inputs, options);
    results.forEach((result, place) => {
      const name = outputs[place] ?? "";
      this.free([name]);
      this.#tensors.set(name, result);
    });
  }

  /** All bytes, row-major. Fault `mesh/unknown`. */
  read(name: string): Promise<Uint8Array> {
    return this.#group.get(this.#tensor(name));
  }

  /** Faults `mesh/unknown`. */
  typeOf(name: string): TensorType {
    return this.#tensor(name).type;
  }

  layoutOf(name: string): Layout {
    return this.#tensor(name).sbp;
  }

  /** Nothing happens to those that are not there. */
  free(names: readonly string[]): void {
    for (const name of names) {
      const tensor = this.#tensors.get(name);
      if (tensor === undefined) continue;
      this.#tensors.delete(name);
      this.#group.free(tensor);
    }
  }

  /** Frees all but these. What was given is kept by its asker's own device, and goes. */
  retain(names: readonly string[]): void {
    const wanted = new Set(names);
    this.free([...this.#tensors.keys()].filter((name) => !wanted.has(name) || meshOf(name) === undefined));
  }

  #tensor(name: string): GlobalTensor {
    const tensor = this.#tensors.get(name);
    if (tensor !== undefined) return tensor;
    throw new Fault("mesh/unknown", "this tensor is gone from the mesh", {
      hint: "run the cell that made it again",
    });
  }
}

function namesIn({ nodes }: Graph): readonly string[] {
  return [...new Set(nodes.flatMap((node) => (node.kind === "input" ? [node.tensor] : [])))];
}

/** As all who read the tensor want it to lie; nothing where they do not agree, or do not say. */
function wishOf(graph: Graph, tensor: string): Layout | undefined {
  const isIt = (id: NodeId): boolean => {
    const node = graph.nodes[id];
    return node?.kind === "input" && node.tensor === tensor;
  };
  const readers = graph.nodes.filter((node) => readsOf(node).some(isIt));
  const [first, ...others] = readers.map((node) =>
    node.kind === "reshape" ? node.placed?.layout : undefined,
  );
  const isOne = others.every((other) => JSON.stringify(other) === JSON.stringify(first));
  return !isOne || graph.outputs.some(isIt) ? undefined : first;
}
