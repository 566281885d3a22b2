import { type Graph, type NodeId, readsOf } from "@tilebook/ir";
import { nodeAt } from "./contents.ts";
import type { Regions } from "./regions.ts";

/**
 * Whether one reader alone reads this node, and through views that only rename it also the one whose buffer that is: the reader may have the buffer.
 * Neither is a result, lies otherwise than the graph has it, or is another name of a tensor.
 */
export function isReadOnce(graph: Graph, { live, turned }: Regions, id: NodeId): boolean {
  const reads = live.flatMap((other) => readsOf(nodeAt(graph, other)));
  const isOwn = (one: NodeId): boolean =>
    reads.filter((read) => read === one).length === 1 && !graph.outputs.includes(one) && !turned.has(one);
  let at = id;
  for (let node = nodeAt(graph, at); node.kind === "reshape" && isOwn(at); node = nodeAt(graph, at))
    at = node.input;
  const node = nodeAt(graph, at);
  if (node.kind === "reshape" || !isOwn(at)) return false;
  if (node.kind !== "input") return true;
  return live.every((other) => {
    const its = nodeAt(graph, other);
    return other === at || its.kind !== "input" || its.tensor !== node.tensor;
  });
}
