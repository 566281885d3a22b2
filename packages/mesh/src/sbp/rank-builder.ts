import {
  type Graph,
  type GraphNode,
  type NodeId,
  readsOf,
  type TensorType,
  type TileKernel,
  withReads,
} from "@tilebook/ir";
import type { PeerPlan, Receive, Send, Task } from "./peer-plan.ts";
import { type Cut, cutIntoTasks } from "./tasks.ts";

/** Puts together the plan of one rank: first all that it computes, as one graph, then the tasks that this graph is cut into. */
export class RankBuilder {
  readonly #kernels: readonly TileKernel[];
  readonly #nodes: GraphNode[] = [];
  readonly #units: number[] = [];
  readonly #values = new Map<string, NodeId>();
  /** The name under which a node's value is known outside of its task. */
  readonly #names = new Map<NodeId, string>();
  readonly #sends: Send[] = [];
  readonly #receives: Receive[] = [];
  #unit = 0;
  #open = false;

  constructor(kernels: readonly TileKernel[]) {
    this.#kernels = kernels;
  }

  typeOf(value: string): TensorType {
    return this.typeAt(this.read(value));
  }

  typeAt(id: NodeId): TensorType {
    const found = this.#nodes[id];
    if (found === undefined) throw new Error(`no node ${id}`);
    return found.type;
  }

  /** A tensor that is there from the start; its value has the tensor's name. */
  given(value: string, type: TensorType): void {
    this.name(value, this.add({ kind: "input", tensor: value, type }));
  }

  /** Adds a node, which reads nodes that this builder gave. */
  add(node: GraphNode): NodeId {
    if (!this.#open) this.#unit += 1;
    // What a kernel gives can be taken only where it runs.
    this.#units.push(node.kind === "result" ? (this.#units[node.call] ?? 0) : this.#unit);
    return this.#nodes.push(node) - 1;
  }

  /** Nodes that are added by `build` are computed by one task, which waits for all that they read. */
  together<T>(build: () => T): T {
    this.#unit += 1;
    this.#open = true;
    try {
      return build();
    } finally {
      this.#open = false;
    }
  }

  name(value: string, node: NodeId): void {
    this.#values.set(value, node);
    if (!this.#names.has(node)) this.#names.set(node, value);
  }

  /** The node that a value is. */
  read(value: string): NodeId {
    const found = this.#values.get(value);
    if (found === undefined) throw new Error(`no value ${value}`);
    return found;
  }

  send({ value, ...send }: Send): void {
    this.#sends.push({ value: this.#nameOf(this.read(value)), ...send });
  }

  /** A value that comes from another rank. */
  receive(value: string, from: number, type: TensorType): void {
    this.#receives.push({ value, from, type });
    this.given(value, type);
  }

  plan(results: readonly string[]): PeerPlan {
    const wanted = results.map((value) => this.read(value));
    const cuts = cutIntoTasks(this.#nodes, {
      units: this.#units,
      receives: this.#receives.map(({ value }) => this.read(value)),
      sends: this.#sends.map(({ value }) => this.read(value)),
      results: wanted,
    });
    return {
      tasks: cuts.map((cut) => this.#task(cut)),
      sends: this.#sends,
      receives: this.#receives,
      results: wanted.map((id) => this.#nameOf(id)),
    };
  }

  #task({ members, outputs }: Cut): Task {
    const nodes: GraphNode[] = [];
    const ids = new Map<NodeId, NodeId>();
    const idOf = (id: NodeId): NodeId => {
      const known = ids.get(id) ?? nodes.push(this.#outside(id)) - 1;
      ids.set(id, known);
      return known;
    };
    for (const id of members) {
      const node = this.#nodeAt(id);
      for (const read of readsOf(node)) idOf(read);
      ids.set(id, nodes.push(withReads(node, idOf)) - 1);
    }
    const graph: Graph = { nodes, kernels: this.#kernels, outputs: outputs.map(idOf) };
    return { graph, outputs: outputs.map((id) => this.#nameOf(id)) };
  }

  /** A node of another task, as it is read. Constants are made anew where they are read, not kept. */
  #outside(id: NodeId): GraphNode {
    const node = this.#nodeAt(id);
    if (node.kind === "fill" || node.kind === "iota") return node;
    return { kind: "input", tensor: this.#nameOf(id), type: node.type };
  }

  #nodeAt(id: NodeId): GraphNode {
    const found = this.#nodes[id];
    if (found === undefined) throw new Error(`no node ${id}`);
    return found;
  }

  #nameOf(id: NodeId): string {
    const found = this.#names.get(id);
    if (found === undefined) throw new Error(`node ${id} has no name`);
    return found;
  }
}
