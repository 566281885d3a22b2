import { type AttentionNode, attentionSizes, type Graph, type NodeId, sizeOf } from "@tilebook/ir";
import { isRoot, nodeAt } from "./contents.ts";
import { joined, lieOf } from "./lie.ts";
import { packHeads } from "./pack-heads.ts";

/** Queries, keys or values in a buffer. */
export interface HeadSide {
  readonly id: NodeId;
  /** Absent where they lie as attention has them, one after the other. */
  readonly strides?: HeadStrides;
}

/** Head h of batch entry z starts at first + z outer + h inner, and its tokens lie `row` apart: in elements. */
export interface HeadStrides {
  readonly first: number;
  readonly row: number;
  readonly outer: number;
  readonly inner: number;
}

/** What an attention reads: views as they lie, as those of the one product that made queries, keys and values. */
export function attentionSides(graph: Graph, node: AttentionNode): readonly [HeadSide, HeadSide, HeadSide] {
  const { q, k, v, tokensFirst } = node;
  const side = (id: NodeId): HeadSide => viewed(graph, id, tokensFirst) ?? { id };
  return [isPacked(graph, node) ? { id: q } : side(q), side(k), side(v)];
}

/** Then heads are taken as queries of one: they have to follow each other. */
function isPacked(graph: Graph, node: AttentionNode): boolean {
  const [q, k, v] = [node.q, node.k, node.v].map((id) => nodeAt(graph, id).type.shape);
  const sizes = attentionSizes([q ?? [], k ?? [], v ?? []], node.tokensFirst);
  return sizes !== undefined && packHeads(node, sizes).packed;
}

/** Of what has a buffer anyway, or of all of a map, which then has one in its own order. */
function viewed(graph: Graph, id: NodeId, tokensFirst: boolean): HeadSide | undefined {
  const lie = lieOf(graph, id);
  const { shape } = nodeAt(graph, id).type;
  if (lie === undefined || lie.base === id || sizeOf(shape) === 0) return undefined;
  const base = nodeAt(graph, lie.base);
  if (!isRoot(base) && sizeOf(base.type.shape) !== sizeOf(shape)) return undefined;
  const { strides, first } = lie;
  const width = shape.at(-1) ?? 1;
  const lead = Math.max(0, shape.length - 3);
  const outer = joined(shape.slice(0, lead), strides.slice(0, lead));
  if (outer === undefined || (width > 1 && strides.at(-1) !== 1)) return undefined;
  const [third, second] =
    shape.length === 2 ? [0, strides[0] ?? 0] : [strides.at(-3) ?? 0, strides.at(-2) ?? 0];
  const [inner, row] = tokensFirst ? [second, third] : [third, second];
  const isPlain =
    first === 0 &&
    strides.every((stride, axis) => shape[axis] === 1 || stride === sizeOf(shape.slice(axis + 1)));
  return isPlain ? { id: lie.base } : { id: lie.base, strides: { first, row, outer, inner } };
}
