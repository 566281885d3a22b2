import { type GraphNode, valueDType } from "@tilebook/ir";

/** A number of a graph that is told anew each time that the graph is sent again: those of `fill` nodes of floats, in order. */
export function isNumberOfRun(node: GraphNode): boolean {
  return node.kind === "fill" && valueDType(node.type.dtype) === "f32";
}
