import { type Graph, type GraphNode, type NodeId, sizeOf } from "@tilebook/ir";
import { type Generated, type Place, RegionWriter } from "./expression.ts";
import { nodeAt, wordFor } from "./contents.ts";

/** Elements a program computes. Of many, each program takes more, in a loop: short code, and few programs to start. */
export function blockFor(count: number): number {
  return count >= 2 ** 20 ? 16_384 : 1024;
}

/** Rows that a thread may have for itself, one after the other in memory; or many threads beside each other. */
function tileOf(block: number): readonly number[] {
  return block >= 4096 ? [block / 64, 64] : [block];
}

/** What a kernel of maps computes: nodes of equally many elements, each an output in this order. */
export interface MapsWanted {
  readonly ids: readonly NodeId[];
  /** They have buffers already, and are read from those. */
  readonly copied?: boolean;
  /** A tensor that is read, and that a single one of them is written over: it has no buffer of its own then. */
  readonly over?: NodeId | undefined;
}

/**
 * A kernel that computes every element of some nodes, with all that is fused into them. The outputs are the last buffers. What one
 * of them needs of another one is computed, not read.
 */
export function elementwiseKernel(
  graph: Graph,
  { ids, copied = false, over }: MapsWanted,
  stored: ReadonlySet<NodeId>,
  block: number,
): Generated {
  const nodes = ids.map((id) => nodeAt(graph, id));
  const [{ type, span }] = nodes as [GraphNode, ...GraphNode[]];
  const read = copied ? stored : new Set([...stored].filter((id) => !ids.includes(id)));
  const about = { name: nameOf(nodes, copied), tile: tileOf(block), span };
  const writer = new RegionWriter(graph, read, about);
  const { b } = writer;
  const flat = writer.blockOf();
  const mask = b.binary("lt", flat, writer.spread("count", sizeOf(type.shape), "i32"), writer.note);
  writer.mask = mask;
  const places = new Map<string, Place>();
  const values = nodes.map((node, at) => {
    const { shape } = node.type;
    const place = places.get(shape.join()) ?? writer.place(shape, { flat });
    places.set(shape.join(), place);
    return writer.full(writer.valueAt(ids[at] ?? -1, place));
  });
  for (const [at, value] of values.entries()) {
    const name = values.length === 1 ? "out" : `out${at}`;
    const below = over === undefined ? undefined : writer.pointerOf(over);
    const pointer = below ?? b.pointer(name, nodes[at]?.type.dtype ?? type.dtype);
    b.store({ pointer, offset: flat, value, mask }, writer.note);
  }
  return writer.finish();
}

function nameOf(nodes: readonly GraphNode[], copied: boolean): string {
  const words = nodes.map(wordFor);
  return copied ? "copy" : `map_${words.join("_")}`;
}
