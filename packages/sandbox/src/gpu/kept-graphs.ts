import { Fault } from "@tilebook/base";
import { formAgain, formOf, type GraphForm, type Target } from "@tilebook/compiler";
import type { Graph, NodeId, TensorType } from "@tilebook/ir";
import { isNumberOfRun } from "../protocol/again.ts";

/** Graphs that are kept for one cell worker. */
const MOST_KEPT = 128;

interface Kept {
  readonly graph: Graph;
  /** What each tensor is, in the order in which inputs name them first. */
  readonly types: readonly TensorType[];
  form?: {
    readonly target: string;
    readonly form: GraphForm;
    readonly numbers: ReadonlyMap<NodeId, number>;
  };
}

/** A graph that came before, over other tensors. */
export interface GraphAgain {
  /** Built when somebody asks. */
  readonly graph: () => Graph;
  readonly form: GraphForm;
}

/** Graphs that the cell worker sends again and again: decoded and checked once. */
export class KeptGraphs {
  readonly #kept = new Map<number, Kept>();

  keep(id: number, graph: Graph): void {
    const types = new Map<string, TensorType>();
    for (const node of graph.nodes)
      if (node.kind === "input" && !types.has(node.tensor)) types.set(node.tensor, node.type);
    this.#kept.set(id, { graph, types: [...types.values()] });
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MOST_KEPT) return;
      this.#kept.delete(oldest);
    }
  }

  drop(id: number): void {
    this.#kept.delete(id);
  }

  clear(): void {
    this.#kept.clear();
  }

  /** What the tensors of this graph are. Fault `executor/unknown-graph`. */
  typesOf(id: number): readonly TensorType[] {
    return this.#get(id).types;
  }

  /** The graph over these tensors, one for each that it names, with these numbers, one for each of its fills of floats. */
  again(
    id: number,
    { tensors, numbers }: { readonly tensors: readonly string[]; readonly numbers: readonly number[] },
    target: Target,
  ): GraphAgain {
    const kept = this.#get(id);
    const fills = kept.graph.nodes.flatMap((node, at) => (isNumberOfRun(node) ? [at] : []));
    if (tensors.length !== kept.types.length || numbers.length !== fills.length)
      throw new Fault("graph/input", "a graph that is sent again has as many tensors and numbers as before");
    const now = new Map<NodeId, number>(fills.map((node, at) => [node, numbers[at] ?? 0]));
    const graph = (): Graph => renewed(kept.graph, tensors, now);
    const text = JSON.stringify(target);
    const known = kept.form?.target === text ? kept.form : undefined;
    const form = known && formAgain(known.form, known.numbers, { tensors, numbers: now });
    if (form !== undefined) return { graph, form };
    kept.form = { target: text, form: formOf(graph(), target), numbers: now };
    return { graph, form: kept.form.form };
  }

  #get(id: number): Kept {
    const kept = this.#kept.get(id);
    if (kept === undefined) throw new Fault("executor/unknown-graph", `there is no graph ${id}`);
    return kept;
  }
}

function renewed(graph: Graph, tensors: readonly string[], numbers: ReadonlyMap<number, number>): Graph {
  const places = new Map<string, number>();
  const nodes = graph.nodes.map((node, at) => {
    if (node.kind === "input") {
      const place = places.get(node.tensor) ?? places.size;
      places.set(node.tensor, place);
      return { ...node, tensor: tensors[place] ?? node.tensor };
    }
    return node.kind === "fill" && numbers.has(at) ? { ...node, value: numbers.get(at) ?? node.value } : node;
  });
  return { ...graph, nodes };
}
