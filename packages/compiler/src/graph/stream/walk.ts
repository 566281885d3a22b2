import type { MatmulNode, NodeId, ReduceNode } from "@tilebook/ir";

/** What a stream computes on the way, block by block of its columns, and what it makes of that. */
export interface Walk {
  /** [..., rows, columns]; turned, its last but one axis is the one that is walked along. */
  readonly over: NodeId;
  readonly isTurned: boolean;
  /** What the blocks are multiplied by, with columns or, turned, width first; nothing where a fold of the rows is wanted. */
  readonly by?: { readonly id: NodeId; readonly isTurned: boolean };
  /** Whether the result is [..., width, rows]. */
  readonly isResultTurned?: boolean;
}

/** left · right with the left side computed on the way. */
export function alongLeft({ left, right, transposeRight }: MatmulNode): Walk {
  return { over: left, isTurned: false, by: { id: right, isTurned: transposeRight } };
}

/** left · right with the right side computed on the way: (rightᵀ · leftᵀ)ᵀ, so it is stored turned. */
export function alongRight({ left, right, transposeRight }: MatmulNode): Walk {
  return { over: right, isTurned: !transposeRight, by: { id: left, isTurned: true }, isResultTurned: true };
}

/** A fold along one of the last two axes. */
export function alongFold({ input, axis, type }: ReduceNode): Walk {
  return { over: input, isTurned: axis !== type.shape.length - 1 };
}

/** One of the results of a stream: a product, or a fold. */
export interface StreamPart {
  readonly root: NodeId;
  readonly walk: Walk;
}
