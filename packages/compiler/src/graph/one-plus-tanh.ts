import type { BinaryNode, Graph, GraphNode, NodeId } from "@tilebook/ir";
import { nodeAt } from "./regions.ts";

/**
 * What the hyperbolic tangent is taken of where a node is `tanh(x) + 1`, as in GELU: 1 + tanh(x) = 2 / (1 + exp(-2x)), one
 * exponential without the two cases that tanh itself needs, and without the digits that the sum loses below 0.
 */
export function onePlusTanh(graph: Graph, node: BinaryNode, stored: ReadonlySet<NodeId>): NodeId | undefined {
  if (node.op !== "add" || node.type.dtype !== "f32") return undefined;
  const [left, right] = [nodeAt(graph, node.left), nodeAt(graph, node.right)];
  if (isOne(graph, right) && !stored.has(node.left)) return insideTanh(left);
  return isOne(graph, left) && !stored.has(node.right) ? insideTanh(right) : undefined;
}

function insideTanh(node: GraphNode): NodeId | undefined {
  return node.kind === "unary" && node.op === "tanh" ? node.input : undefined;
}

function isOne(graph: Graph, node: GraphNode): boolean {
  if (node.kind === "broadcast") return isOne(graph, nodeAt(graph, node.input));
  return node.kind === "fill" && node.value === 1;
}
