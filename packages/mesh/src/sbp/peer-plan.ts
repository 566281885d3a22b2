import type { Graph, TensorType } from "@tilebook/ir";

/** A computation on values that a peer has: the graph's inputs are named by values, and its outputs become values. */
export interface Task {
  readonly graph: Graph;
  /** The value that each output of the graph becomes. */
  readonly outputs: readonly string[];
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
