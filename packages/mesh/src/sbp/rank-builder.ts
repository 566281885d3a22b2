import type { Graph, GraphNode, NodeId, TensorType, TileKernel } from "@tilebook/ir";
import type { PeerPlan, Receive, Send, Task } from "./peer-plan.ts";

/** A value on one rank. */
interface Value {
  readonly type: TensorType;
  /** The stage after which it is there. */
  readonly stage: number;
  /** Its node in that stage's graph; undefined where it was received. */
  readonly node: NodeId | undefined;
}

interface Stage {
  readonly nodes: GraphNode[];
  /** Values of earlier stages that this one reads. */
  readonly read: Map<string, NodeId>;
  /** Values that are wanted outside of it. */
  readonly outputs: Set<string>;
}

/** Puts together the plan of one rank: nodes by stage, where a stage begins when what other ranks made in the one before has come. */
export class RankBuilder {
  readonly #kernels: readonly TileKernel[];
  readonly #stages: Stage[] = [];
  readonly #values = new Map<string, Value>();
  readonly #sends: Send[] = [];
  readonly #receives: Receive[] = [];

  constructor(kernels: readonly TileKernel[]) {
    this.#kernels = kernels;
  }

  typeOf(value: string): TensorType {
    return this.#value(value).type;
  }

  typeAt(stage: number, node: NodeId): TensorType {
    const found = this.#stage(stage).nodes[node];
    if (found === undefined) throw new Error(`no node ${node}`);
    return found.type;
  }

  /** A tensor that is there from the start; its value has the tensor's name. */
  given(value: string, type: TensorType): void {
    this.#values.set(value, { type, stage: 0, node: undefined });
  }

  /** Adds a node to a stage. What it reads are nodes that `read` gave for the same stage. */
  add(stage: number, node: GraphNode): NodeId {
    return this.#stage(stage).nodes.push(node) - 1;
  }

  name(value: string, stage: number, node: NodeId): void {
    const type = this.#stage(stage).nodes[node]?.type;
    if (type !== undefined) this.#values.set(value, { type, stage, node });
  }

  /** The node that a value is in a stage. Constants are made anew where they are read, not kept. */
  read(value: string, stage: number): NodeId {
    const { type, stage: made, node } = this.#value(value);
    if (made === stage && node !== undefined) return node;
    const { read } = this.#stage(stage);
    const known = read.get(value);
    if (known !== undefined) return known;
    const source = node === undefined ? undefined : this.#stage(made).nodes[node];
    const constant = source?.kind === "fill" || source?.kind === "iota";
    if (!constant && node !== undefined) this.#stage(made).outputs.add(value);
    const id = this.add(stage, constant ? source : { kind: "input", tensor: value, type });
    read.set(value, id);
    return id;
  }

  send(send: Send): void {
    this.#keep(send.value);
    this.#sends.push(send);
  }

  /** A value that comes from another rank, to be read in this stage or later. */
  receive(
    value: string,
    from: number,
    { type, stage }: { readonly type: TensorType; readonly stage: number },
  ): void {
    this.#receives.push({ value, from, type });
    this.#values.set(value, { type, stage, node: undefined });
  }

  plan(results: readonly string[]): PeerPlan {
    for (const value of results) this.#keep(value);
    const tasks = this.#stages.flatMap((stage, index) => this.#task(stage, index));
    return { tasks, sends: this.#sends, receives: this.#receives, results };
  }

  /** Makes sure that a value outlives its stage. */
  #keep(value: string): void {
    const { stage, node } = this.#value(value);
    if (node !== undefined) this.#stage(stage).outputs.add(value);
  }

  #task({ nodes, outputs }: Stage, stage: number): readonly Task[] {
    if (outputs.size === 0) return [];
    const names = [...outputs];
    const graph: Graph = {
      nodes,
      kernels: this.#kernels,
      outputs: names.map((value) => this.read(value, stage)),
    };
    return [{ graph, outputs: names }];
  }

  #stage(index: number): Stage {
    while (this.#stages.length <= index)
      this.#stages.push({ nodes: [], read: new Map(), outputs: new Set() });
    return this.#stages[index] ?? { nodes: [], read: new Map(), outputs: new Set() };
  }

  #value(value: string): Value {
    const found = this.#values.get(value);
    if (found === undefined) throw new Error(`no value ${value}`);
    return found;
  }
}
