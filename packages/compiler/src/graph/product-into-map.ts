import { type DType, type Graph, type NodeId, valueDType } from "@tilebook/ir";
import { type Generated, RegionWriter } from "./expression.ts";
import { nodeAt } from "./contents.ts";
import { type MatmulBlock, nameOf, type ProductLook, writeSums } from "./products.ts";

/** A product, and the map that is computed of it where it is made. */
export interface IntoMap {
  readonly product: NodeId;
  readonly map: NodeId;
  /** What has a buffer; the product has none. */
  readonly stored: ReadonlySet<NodeId>;
}

/**
 * `map`, of a product that is made here. Buffers: both sides, what else the map reads, the result. Scalars: those of `matmulKernel`, then those of
 * the map. Its grid is that of `matmulKernel`.
 */
export function productIntoMap(
  graph: Graph,
  { product, map, stored }: IntoMap,
  { dtype, look, block }: { readonly dtype: DType; readonly look: ProductLook; readonly block: MatmulBlock },
): Generated {
  const node = nodeAt(graph, map);
  const shape = node.type.shape;
  const word = "op" in node ? node.op : node.kind;
  const about = { name: `${nameOf(look)}_${word}`, tile: [block.m, block.n], span: look.span };
  const writer = new RegionWriter(graph, stored, about);
  const { b, note } = writer;
  const [left, right] = [b.pointer("left", dtype), b.pointer("right", dtype)];
  const sums = writeSums(b, { left, right, node: look, block });
  const rows = b.reshape(sums.rows, [block.m, 1], note);
  const columns = b.reshape(sums.columns, [1, block.n], note);
  const masks = [writer.binary("lt", rows, sums.m), writer.binary("lt", columns, sums.n)];
  const first = b.binary("mul", sums.batch, sums.m, note);
  const row = writer.binary("add", rows, first);
  const lead = writer.coordinatesOf(writer.place(shape.slice(0, -1), { flat: row }), `n${map}_rows`);
  const place = writer.place(shape, { flat: sums.offset, coordinates: [...lead, columns] }, masks);
  const made = nodeAt(graph, product).type.dtype;
  writer.inner = () => (made === "f32" ? sums.total : b.cast(sums.total, valueDType(made), note));
  const value = writer.full(writer.valueAt(map, place, true));
  const pointer = b.pointer("out", node.type.dtype);
  b.store({ pointer, offset: sums.offset, value, mask: sums.mask }, note);
  return writer.finish();
}
