import { type Graph, type NodeId, sizeOf } from "@tilebook/ir";
import { type Generated, RegionWriter } from "./expression.ts";
import { nodeAt } from "./contents.ts";

/** Elements a program computes. Of many, each program takes more, in a loop: short code, and few programs to start. */
export function blockFor(count: number): number {
  return count >= 2 ** 20 ? 16_384 : 1024;
}

/** Rows that a thread may have for itself, one after the other in memory; or many threads beside each other. */
function tileOf(block: number): readonly number[] {
  return block >= 4096 ? [block / 64, 64] : [block];
}

/**
 * A kernel that computes every element of a node, with all that is fused into it. The output is the last buffer. With
 * `copied`, a node that is stored is read from its buffer.
 */
export function elementwiseKernel(
  graph: Graph,
  id: NodeId,
  stored: ReadonlySet<NodeId>,
  how: { readonly block: number; readonly copied?: boolean },
): Generated {
  const node = nodeAt(graph, id);
  const { block, copied = false } = how;
  const name = copied ? "copy" : "op" in node ? `map_${node.op}` : `map_${node.kind}`;
  const writer = new RegionWriter(graph, stored, { name, tile: tileOf(block), span: node.span });
  const { b } = writer;
  const flat = writer.blockOf();
  const mask = b.binary("lt", flat, writer.spread("count", sizeOf(node.type.shape), "i32"), writer.note);
  writer.mask = mask;
  const value = writer.full(writer.valueAt(id, writer.place(node.type.shape, { flat }), !copied));
  const pointer = b.pointer("out", node.type.dtype);
  b.store({ pointer, offset: flat, value, mask }, writer.note);
  return writer.finish();
}
