import { type DType, type Graph, type NodeId, valueDType, type ValueId } from "@tilebook/ir";
import { type Generated, RegionWriter } from "./expression.ts";
import { nodeAt, throughReshapes, wordFor } from "./contents.ts";
import type { ProductSides } from "./product-sides.ts";
import {
  type MatmulBlock,
  nameOf,
  type ProductLook,
  type ReadSide,
  type Summed,
  writeSums,
} from "./products.ts";
import { groupNumbers, readInOrder } from "./group-numbers.ts";
import { type GroupedSide, groupedSide } from "./grouped-side.ts";
import { asFloat, loadRows, placeRows } from "./rows.ts";

/** A product, and what is computed in its kernel besides. */
export interface FusedProduct {
  readonly product: NodeId;
  /** The map behind it that is stored in its place, if any. */
  readonly map?: NodeId | undefined;
  /** Each has a buffer, or is a map that is computed where it is multiplied. */
  readonly sides: ProductSides;
  /** What has a buffer: neither the product, where a map stands in its place, nor sides that are computed. */
  readonly stored: ReadonlySet<NodeId>;
}

interface How {
  readonly dtype: DType;
  readonly look: ProductLook;
  /** In parts: only without a map behind it. */
  readonly block: MatmulBlock & { readonly inParts?: boolean };
}

/**
 * A product of which sides are computed where they are multiplied, or of which a map is computed where it is made. Buffers: sides that have one,
 * then what else is read, the result. Scalars: those of `matmulKernel`, then those of the maps. Its grid is that of `matmulKernel`.
 */
export function fusedProduct(
  graph: Graph,
  { product, map, sides, stored }: FusedProduct,
  { dtype, look, block: { inParts = false, ...block } }: How,
): Generated {
  const about = {
    name: `${fusedName(graph, look, { map, sides, stored })}${inParts ? "_parts" : ""}`,
    tile: [block.m, block.n],
    span: look.span,
  };
  const writer = new RegionWriter(graph, stored, about);
  const { b, note } = writer;
  const left = readerOf(writer, graph, { sides, stored, dtype }, "left");
  const grouped = groupedRight(graph, { sides, stored }, block.k);
  const right =
    grouped === undefined
      ? readerOf(writer, graph, { sides, stored, dtype }, "right")
      : groupedReader(writer, graph, { grouped, k: sides.k });
  const sums = writeSums(b, { left, right, node: look, block, inParts });
  const made = inParts ? "f32" : nodeAt(graph, product).type.dtype;
  const total = made === "f32" ? sums.total : b.cast(sums.total, valueDType(made), note);
  const value = map === undefined ? total : valueOfMap(writer, { graph, map, block }, { ...sums, total });
  const pointer = b.pointer("out", map === undefined ? made : nodeAt(graph, map).type.dtype);
  b.store({ pointer, offset: sums.offset, value, mask: sums.mask }, note);
  return writer.finish();
}

/** The right side, where it is codes with numbers for groups along k, and each step lies in one group. */
function groupedRight(
  graph: Graph,
  { sides, stored }: Pick<FusedProduct, "sides" | "stored">,
  step: number,
): GroupedSide | undefined {
  const { right, k } = sides;
  const side = throughReshapes(graph, right.id);
  if (stored.has(side) || !right.isTurned || right.strides !== undefined) return undefined;
  const grouped = groupedSide(graph, { side, k, stored });
  // What is bound is bound in one order, whatever the step.
  const isInOrder = grouped?.isScaleFirst !== true || grouped.min === undefined;
  return grouped !== undefined && isInOrder && grouped.group % step === 0 ? grouped : undefined;
}

/** Codes times the scales of their rows, less the mins. */
function groupedReader(
  writer: RegionWriter,
  graph: Graph,
  { grouped, k }: { readonly grouped: GroupedSide; readonly k: number },
): ReadSide {
  const { b } = writer;
  const codes = sideAt(writer, { graph, id: grouped.codes, width: k });
  return (at) => {
    const { rows: columns, rowCount: n = at.columnCount, columnCount, firstRow, first } = at;
    const { codes: whole, numbers } = readInOrder(grouped, {
      codes: () => asFloat(b, codes(at)),
      numbers: () => groupNumbers(writer, graph, { grouped, columns, n, k: columnCount, firstRow, first }),
    });
    const down = (value: ValueId): ValueId => b.reshape(value, [at.shape[0] ?? 1, 1]);
    const scaled = writer.binary("mul", whole, down(numbers.scale));
    return numbers.min === undefined ? scaled : writer.binary("sub", scaled, down(numbers.min));
  };
}

/** Reads a side that has a buffer, which is declared now, or computes it. */
export function readerOf(
  writer: RegionWriter,
  graph: Graph,
  { sides, stored, dtype }: Pick<FusedProduct, "sides" | "stored"> & { readonly dtype: DType },
  name: "left" | "right",
): ReadSide {
  const { b, note } = writer;
  const id = throughReshapes(graph, sides[name].id);
  if (!stored.has(id)) return sideAt(writer, { graph, id, width: widthOf(sides, name) });
  const pointer = b.pointer(name, dtype);
  return (at) => loadRows(b, pointer, at, note);
}

/** Computes a side. */
export function sideAt(writer: RegionWriter, of: Computed): ReadSide {
  return (at) => computed(writer, of, at);
}

/** Columns of a side, as it lies. */
function widthOf({ left, right, m, n, k }: ProductSides, name: "left" | "right"): number {
  if (name === "left") return left.isTurned ? m : k;
  return right.isTurned ? k : n;
}

export interface Computed {
  readonly graph: Graph;
  readonly id: NodeId;
  /** Columns of the side as it lies. */
  readonly width: number;
}

/** A block of a side, which is 0 where there is none of it. */
function computed(
  writer: RegionWriter,
  { graph, id, width }: Computed,
  at: Parameters<ReadSide>[0],
): ValueId {
  const { b, note } = writer;
  const { shape } = nodeAt(graph, id).type;
  const { offset, mask } = placeRows(b, at, note);
  const place = writer.place(
    shape,
    { flat: offset, ...(shape.at(-1) === width ? coordinatesOf(writer, shape, at) : {}) },
    masksOf(writer, at),
  );
  const yes = writer.spreadTo(writer.valueAt(id, place), at.shape);
  const no = b.full(at.shape, 0, b.typeOf(yes).dtype, note);
  return b.select({ condition: mask, yes, no }, note);
}

/** What belongs to a row, or to a column, is masked by that alone. */
function masksOf(writer: RegionWriter, at: Parameters<ReadSide>[0]): readonly ValueId[] {
  const { b } = writer;
  const [down = 1, across = 1] = at.shape;
  const columns = writer.binary("lt", b.reshape(at.columns, [1, across]), at.columnCount);
  if (at.rowCount === undefined) return [columns];
  return [writer.binary("lt", b.reshape(at.rows, [down, 1]), at.rowCount), columns];
}

/** Where its rows are those of the matrices, what belongs to a row is worked out once for it. */
function coordinatesOf(
  writer: RegionWriter,
  shape: readonly number[],
  { rows, columns, firstRow, shape: [down = 1, across = 1] }: Parameters<ReadSide>[0],
): { readonly coordinates?: readonly ValueId[] } {
  if (firstRow === undefined) return {};
  const { b } = writer;
  const row = writer.binary("add", b.reshape(rows, [down, 1]), firstRow);
  const lead = writer.coordinatesOf(
    writer.place(shape.slice(0, -1), { flat: row }),
    `side${shape.join("_")}`,
  );
  return { coordinates: [...lead, b.reshape(columns, [1, across])] };
}

/** A map of the sums of a block, at their places in the result. */
function valueOfMap(
  writer: RegionWriter,
  { graph, map, block }: { readonly graph: Graph; readonly map: NodeId; readonly block: MatmulBlock },
  sums: Summed,
): ValueId {
  const { b, note } = writer;
  const { shape } = nodeAt(graph, map).type;
  const rows = b.reshape(sums.rows, [block.m, 1], note);
  const columns = b.reshape(sums.columns, [1, block.n], note);
  const masks = [writer.binary("lt", rows, sums.m), writer.binary("lt", columns, sums.n)];
  const row = writer.binary("add", rows, b.binary("mul", sums.batch, sums.m, note));
  const lead = writer.coordinatesOf(writer.place(shape.slice(0, -1), { flat: row }), `n${map}_rows`);
  const place = writer.place(shape, { flat: sums.offset, coordinates: [...lead, columns] }, masks);
  writer.inner = () => sums.total;
  return writer.full(writer.valueAt(map, place, true));
}

export function fusedName(
  graph: Graph,
  look: ProductLook,
  { map, sides, stored }: Pick<FusedProduct, "map" | "sides" | "stored">,
): string {
  const both = new Set([sides.left, sides.right].map(({ id }) => throughReshapes(graph, id)));
  const before = [...both].flatMap((id) => (stored.has(id) ? [] : [wordFor(nodeAt(graph, id))]));
  const behind = map === undefined ? [] : [wordFor(nodeAt(graph, map))];
  return [...before, nameOf(look), ...behind].join("_");
}
