import { type Graph, type MatmulNode, type NodeId, sizeOf } from "@tilebook/ir";
import { isRoot, nodeAt } from "./contents.ts";
import { joined, lieOf } from "./lie.ts";

/** A matrix, or many, in a buffer. */
export interface Side {
  readonly id: NodeId;
  /** Whether the axes of the matrix lie the other way round. */
  readonly isTurned: boolean;
  /** Absent where rows follow each other, and matrices do. */
  readonly strides?: Strides;
}

/**
 * Matrix z of a side starts at first + (z / heads) outer + (z mod heads) inner, and its rows (columns, where it is turned) lie `row`
 * apart: in elements.
 */
export interface Strides {
  readonly first: number;
  readonly row: number;
  readonly heads: number;
  readonly outer: number;
  readonly inner: number;
}

/**
 * A product of matrices, or `batch` of them, and what it reads: left [batch, m, k], or turned [batch, k, m], times right [batch, k, n], or
 * [batch, n, k] where that is turned.
 */
export interface ProductSides {
  readonly left: Side;
  readonly right: Side;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batch: number;
}

/**
 * Where all left matrices are multiplied by one right matrix, they are one matrix with the rows of all, and nothing is repeated. A
 * side that is a view is read as it lies, as heads of attention are, or turned matrices in gradients of weights.
 */
export function productSides(graph: Graph, { left, right, transposeRight, type }: MatmulNode): ProductSides {
  const [m, n] = lastTwo(type.shape);
  const [, k] = lastTwo(nodeAt(graph, left).type.shape);
  const batch = sizeOf(type.shape.slice(0, -2));
  const repeated = nodeAt(graph, right);
  const isShared =
    repeated.kind === "broadcast" && sizeOf(nodeAt(graph, repeated.input).type.shape) === k * n;
  if (batch > 1 && isShared) {
    const sides = {
      left: sideOf(graph, left, 1),
      right: turnedIf(sideOf(graph, repeated.input, 1), transposeRight),
    };
    return { ...sides, m: m * batch, n, k, batch: 1 };
  }
  const sides = {
    left: sideOf(graph, left, batch),
    right: turnedIf(sideOf(graph, right, batch), transposeRight),
  };
  return { ...sides, m, n, k, batch };
}

function turnedIf(side: Side, isOtherWay: boolean): Side {
  return isOtherWay ? { ...side, isTurned: !side.isTurned } : side;
}

/** So many matrices, each of the last axis and of what is left of the others. */
function sideOf(graph: Graph, id: NodeId, batch: number): Side {
  const found = viewed(graph, id, batch);
  if (found !== undefined) return found;
  const node = nodeAt(graph, id);
  const isOnlyTurned =
    node.kind === "permute" && isTurn(node.order) && batch === sizeOf(node.type.shape.slice(0, -2));
  return isOnlyTurned ? { id: node.input, isTurned: true } : { id, isTurned: false };
}

/** A view read as it lies: of what has a buffer anyway, or of all of a map, which then has one in its own order. */
function viewed(graph: Graph, id: NodeId, batch: number): Side | undefined {
  const lie = lieOf(graph, id);
  const { shape } = nodeAt(graph, id).type;
  if (lie === undefined || lie.base === id || sizeOf(shape) === 0) return undefined;
  const base = nodeAt(graph, lie.base);
  if (!isRoot(base) && sizeOf(base.type.shape) !== sizeOf(shape)) return undefined;
  const lead = batch === 1 ? 0 : shape.length - 2;
  const [sizes, strides] = [shape.slice(lead, -1), lie.strides.slice(lead, -1)];
  const [rows, columns] = [sizeOf(sizes), shape.at(-1) ?? 1];
  const [down, across] = [joined(sizes, strides), columns === 1 ? 1 : (lie.strides.at(-1) ?? 1)];
  const start = batchStrides(shape.slice(0, lead), lie.strides.slice(0, lead));
  if (down === undefined || start === undefined) return undefined;
  const isTurned = across !== 1;
  if (isTurned && down !== 1 && rows !== 1) return undefined;
  const width = isTurned ? rows : columns;
  const row = (isTurned ? columns : rows) === 1 ? width : isTurned ? across : down;
  const side = { id: lie.base, isTurned };
  const isPlain = lie.first === 0 && row === width && start.outer === 0;
  if (isPlain && (batch === 1 || start.inner === rows * columns)) return side;
  return { ...side, strides: { first: lie.first, row, ...start } };
}

/** Axes of matrices as two of them at most. */
function batchStrides(
  sizes: readonly number[],
  strides: readonly number[],
): Pick<Strides, "heads" | "outer" | "inner"> | undefined {
  for (let from = 0; from <= sizes.length; from++) {
    const inner = joined(sizes.slice(from), strides.slice(from));
    const outer = joined(sizes.slice(0, from), strides.slice(0, from));
    if (inner !== undefined && outer !== undefined) return { heads: sizeOf(sizes.slice(from)), outer, inner };
  }
  return undefined;
}

/** Whether the last two axes change places, and no others. */
export function isTurn(order: readonly number[]): boolean {
  const rank = order.length;
  return order.every((axis, at) => axis === (at < rank - 2 ? at : 2 * rank - 3 - at));
}

function lastTwo(shape: readonly number[]): readonly [number, number] {
  return [shape.at(-2) ?? 1, shape.at(-1) ?? 1];
}
