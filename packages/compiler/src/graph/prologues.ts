import type { FaultData } from "@tilebook/base";
import { type Graph, type GraphNode, isPacked, type NodeId, packedInfo, sizeOf } from "@tilebook/ir";
import { contents, isRoot, nodeAt, throughReshapes, wordFor } from "./contents.ts";
import { isFunction, type Surroundings } from "./epilogues.ts";
import { isLookUp, isReadInPlace, type MapsWish } from "./group-maps.ts";
import { productSides } from "./product-sides.ts";
import type { Readers } from "./readers.ts";

/** Operations a number of a side, beside casts, that each of the programs which read a row of it does again. */
const mostBefore = 4;

/** With those on what few numbers share, as parts of scales, that are a share of one each. */
const mostWithShared = 8;

/** Bits of codes in several tensors that are put together to a number. */
const mostBits = 8;

/** Numbers of a table that codes are looked up in: all that eight bits can name. */
const mostInTable = 256;

/** Of weights of codes, so many for each number that is picked by their row or column, as scales are whose groups lie in no order. */
const leastForPicked = 8;

interface Known extends Surroundings {
  /** Maps behind products, by which these are computed. */
  readonly epilogues: ReadonlyMap<NodeId, NodeId>;
}

/**
 * Maps that are computed where a product multiplies them: casts and scales of a side that none but the product reads, of at most four cheap operations beside casts
 * on one tensor of its size, or on codes of few bits in several, and on smaller ones, such as a table that codes are looked up in. Such a side has no buffer then. By the product.
 */
export function findPrologues(
  graph: Graph,
  wish: MapsWish,
  { readers, grouped, epilogues }: Known,
): ReadonlyMap<NodeId, readonly NodeId[]> {
  const behind = new Map([...epilogues].map(([map, product]) => [product, map]));
  const found = new Map<NodeId, readonly NodeId[]>();
  for (const id of wish.live) {
    const node = nodeAt(graph, id);
    const isKernel = (wish.stored.has(id) || behind.has(id)) && wish.placeOf(id) === undefined;
    if (node.kind !== "matmul" || !isKernel) continue;
    const sides = productSides(graph, node);
    const both = [sides.left.id, sides.right.id].map((side) => throughReshapes(graph, side));
    const before = [...new Set(both)].filter(
      (side) =>
        !grouped.has(side) &&
        !epilogues.has(side) &&
        isAlone(wish, readers, side) &&
        isCheap(graph, side, wish.stored),
    );
    const stored = new Set([...wish.stored].filter((at) => !before.includes(at)));
    const others = contents(graph, behind.get(id) ?? id, new Set([...stored, id])).buffers;
    const read = new Set([...buffersOf(graph, both, stored), ...(behind.has(id) ? others : [])]);
    read.delete(id);
    if (before.length > 0 && read.size + 1 <= wish.target.storageBuffers) found.set(id, before);
  }
  return found;
}

/** What a product reads: of its sides, those that have no buffer are computed of what they read. */
function buffersOf(graph: Graph, sides: readonly NodeId[], stored: ReadonlySet<NodeId>): ReadonlySet<NodeId> {
  return new Set(
    sides.flatMap((side) => (stored.has(side) ? [side] : [...contents(graph, side, stored).buffers])),
  );
}

/** Whether none but one kernel wants it. */
function isAlone({ stored, outputs, placeOf }: MapsWish, readers: Readers, side: NodeId): boolean {
  return (
    stored.has(side) &&
    placeOf(side) === undefined &&
    !outputs.includes(side) &&
    readers.get(side)?.length === 1
  );
}

/** Few cheap operations, on one tensor of its size at most, or on the bits of codes, each element at its own place. */
export function isCheap(graph: Graph, side: NodeId, stored: ReadonlySet<NodeId>): boolean {
  if (isRoot(nodeAt(graph, side))) return false;
  const { ops, buffers } = contents(graph, side, stored);
  const nodes = [...ops].map((op) => nodeAt(graph, op));
  const size = sizeOf(nodeAt(graph, side).type.shape);
  const shares = nodes.flatMap(({ kind, type }) => (kind === "cast" ? [] : [sizeOf(type.shape) / size]));
  if (ops.size === 0 || shares.length > mostWithShared || sum(shares) >= mostBefore + 1) return false;
  const mostPicked = hasCodes(graph, buffers, size) ? size / leastForPicked : 0;
  if (nodes.some((node) => isMoved(graph, node, mostPicked) || isFunction(node))) return false;
  const tables = new Set(
    nodes.flatMap((node) => (node.kind === "take" ? [throughReshapes(graph, node.input)] : [])),
  );
  const wide = [...buffers].filter(
    (read) => !tables.has(read) && sizeOf(nodeAt(graph, read).type.shape) * 2 > size,
  );
  return isOneOrBits(graph, wide) && wide.every((read) => isReadInPlace(graph, side, read, stored));
}

function isOneOrBits(graph: Graph, tensors: readonly NodeId[]): boolean {
  const bits = tensors.map((id) => {
    const { dtype } = nodeAt(graph, id).type;
    return isPacked(dtype) ? packedInfo[dtype].bits : Infinity;
  });
  return tensors.length <= 1 || sum(bits) <= mostBits;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** A number of a small table, named by a code, is no farther than the code. */
function isMoved(graph: Graph, node: GraphNode, mostPicked: number): boolean {
  if (node.kind !== "take") return node.kind === "paste";
  const count = sizeOf(nodeAt(graph, node.input).type.shape);
  return count > mostPicked && (!isLookUp(graph, node) || count > mostInTable);
}

function hasCodes(graph: Graph, buffers: ReadonlySet<NodeId>, size: number): boolean {
  return [...buffers].some((id) => {
    const { dtype, shape } = nodeAt(graph, id).type;
    return isPacked(dtype) && sizeOf(shape) === size;
  });
}

export function sayPrologue(graph: Graph, product: NodeId, side: NodeId): FaultData {
  const node = nodeAt(graph, side);
  const { span = nodeAt(graph, product).span } = node;
  return {
    code: "fused/prologue",
    message: `this ${wordFor(node)} and the product behind it are one kernel: what it gives is nowhere stored`,
    ...(span === undefined ? {} : { span }),
  };
}
