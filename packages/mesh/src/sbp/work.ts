import { attentionSizes, type Graph, type NodeId, sizeOf } from "@tilebook/ir";
import type { Signature } from "./signature.ts";

/** Operations that a rank does for a node: all of them where nothing is cut, its share else. */
export function workOf(graph: Graph, id: NodeId, { inputs, output }: Signature, ranks: number): number {
  const cut = [output, ...inputs].some(({ kind }) => kind === "split");
  return operationsOf(graph, id) / (cut ? ranks : 1);
}

/** Operations of a whole graph on one device. */
export function operationsIn(graph: Graph): number {
  return graph.nodes.reduce((sum, _, id) => sum + operationsOf(graph, id), 0);
}

/** Two for each product that is added; one for each element of what is elementwise or folded; none for views. */
function operationsOf(graph: Graph, id: NodeId): number {
  const node = graph.nodes[id];
  const shapeOf = (input: NodeId): readonly number[] => graph.nodes[input]?.type.shape ?? [];
  switch (node?.kind) {
    case undefined:
      return 0;
    case "matmul":
      return 2 * sizeOf(node.type.shape) * (shapeOf(node.left).at(-1) ?? 1);
    case "attention": {
      const sizes = attentionSizes([shapeOf(node.q), shapeOf(node.k), shapeOf(node.v)], node.tokensFirst);
      if (sizes === undefined) return 0;
      const { batch, heads, n, m, d, e } = sizes;
      return (2 * batch * heads * n * m * (d + e)) / (node.causal ? 2 : 1);
    }
    case "reduce":
      return sizeOf(shapeOf(node.input));
    case "unary":
    case "binary":
    case "select":
    case "cast":
    case "take":
      return sizeOf(node.type.shape);
    case "input":
    case "fill":
    case "iota":
    case "reshape":
    case "permute":
    case "broadcast":
    case "slice":
    case "paste":
    case "window":
    case "tileCall":
    case "result":
      return 0;
  }
}
