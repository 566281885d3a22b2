import type { Graph, TensorType } from "@tilebook/ir";

/** When something is to be done, among all that could be done at a time. */
export interface Turn {
  /** Bytes that are to travel after it, one transfer after the other, on the longest way to the end of the run. What has most goes first. */
  readonly ahead: number;
  /** Operations until something of it travels, its own among them. Of equals what needs least goes first. */
  readonly until: number;
  /** Where it stands among what its rank was asked for: of equals, the first. */
  readonly place: number;
}

/** A computation on values that a peer has: the graph's inputs are named by values, and its outputs become values. */
export interface Task {
  readonly graph: Graph;
  /** The value that each output of the graph becomes. */
  readonly outputs: readonly string[];
  readonly turn?: Turn;
}

/** A value that goes to another rank. */
export interface Send {
  readonly value: string;
  readonly to: number;
  /** Its name there. */
  readonly as: string;
}

export interface Receive {
  readonly value: string;
  readonly from: number;
  readonly type: TensorType;
}

/**
 * What one peer does: every task, send and receive as soon as what it needs is there. A value is written once. Tasks stand in an order in which
 * they can run.
 */
export interface PeerPlan {
  readonly tasks: readonly Task[];
  readonly sends: readonly Send[];
  readonly receives: readonly Receive[];
  /** The values that are this rank's parts of the outputs, in their order. */
  readonly results: readonly string[];
}

/** The values that a task reads, each once. */
export function inputNames(graph: Graph): readonly string[] {
  return [...new Set(inputsOf(graph).map(({ tensor }) => tensor))];
}

export function inputsOf(graph: Graph): readonly { readonly tensor: string; readonly type: TensorType }[] {
  return graph.nodes.flatMap((node) => (node.kind === "input" ? [node] : []));
}
