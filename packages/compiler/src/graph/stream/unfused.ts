import type { GraphNode, NodeId } from "@tilebook/ir";

/** Why something does not become one kernel. It never leaves this folder: it becomes a remark. */
export class Unfused extends Error {
  override readonly name = "Unfused";
  readonly node: GraphNode;

  constructor(node: GraphNode, why: string) {
    super(why);
    this.node = node;
  }
}

/** A node that a turn reads from memory, so it has to be there. It never leaves this folder either. */
export class NeedsBuffer extends Error {
  override readonly name = "NeedsBuffer";
  readonly id: NodeId;

  constructor(id: NodeId) {
    super(`node ${id} needs a buffer`);
    this.id = id;
  }
}
