import type { GraphNode } from "@tilebook/ir";

/** Why something does not become one kernel. It never leaves this folder: it becomes a remark. */
export class Unfused extends Error {
  override readonly name = "Unfused";
  readonly node: GraphNode;

  constructor(node: GraphNode, why: string) {
    super(why);
    this.node = node;
  }
}
