import { type Graph, type MatmulNode, type NodeId, sizeOf } from "@tilebook/ir";
import { nodeAt } from "./contents.ts";

/**
 * A product of matrices, or `batch` of them, and what it reads: left [batch, m, k], or turned [batch, k, m], times right [batch, k, n], or
 * [batch, n, k].
 */
export interface ProductSides {
  readonly left: NodeId;
  readonly isLeftTurned: boolean;
  readonly right: NodeId;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batch: number;
}

/**
 * Where all left matrices are multiplied by one right matrix, they are one matrix with the rows of all, and nothing is repeated. A
 * turned left matrix, as gradients of weights have it, is read as it lies.
 */
export function productSides(graph: Graph, { left, right, type }: MatmulNode): ProductSides {
  const [m, n] = lastTwo(type.shape);
  const [, k] = lastTwo(nodeAt(graph, left).type.shape);
  const batch = sizeOf(type.shape.slice(0, -2));
  const repeated = nodeAt(graph, right);
  const isShared =
    repeated.kind === "broadcast" && sizeOf(nodeAt(graph, repeated.input).type.shape) === k * n;
  if (batch > 1 && isShared)
    return { left, isLeftTurned: false, right: repeated.input, m: m * batch, n, k, batch: 1 };
  const before = nodeAt(graph, left);
  if (before.kind === "permute" && isTurn(before.order))
    return { left: before.input, isLeftTurned: true, right, m, n, k, batch };
  return { left, isLeftTurned: false, right, m, n, k, batch };
}

/** Whether the last two axes change places, and no others. */
export function isTurn(order: readonly number[]): boolean {
  const rank = order.length;
  return order.every((axis, at) => axis === (at < rank - 2 ? at : 2 * rank - 3 - at));
}

function lastTwo(shape: readonly number[]): readonly [number, number] {
  return [shape.at(-2) ?? 1, shape.at(-1) ?? 1];
}
