import { type DType, type Graph, type ValueId, valueDType } from "@tilebook/ir";
import { nodeAt, throughReshapes } from "./contents.ts";
import { type Generated, RegionWriter } from "./expression.ts";
import { fusedName, type FusedProduct, readerOf, sideAt } from "./fused-product.ts";
import { type GroupNumbers, groupNumbers, readInOrder } from "./group-numbers.ts";
import { type GroupedSide, groupedSide } from "./grouped-side.ts";
import { type ProductLook, type ReadSide, type Sizes, writeSizes } from "./products.ts";
import { asFloat, blockAt } from "./rows.ts";

/** Columns of the result that a program makes, and how far it goes along k in a step. */
export interface RowsBlock {
  readonly n: number;
  readonly k: number;
  readonly inParts?: boolean;
}

/** How long steps are along k: as groups of codes are, since each has one scale. */
const [shortestStep, longestStep] = [16, 32];

/** The step in which few rows are multiplied by a turned matrix, if they are: the longest that goes up in k and in the groups. */
export function stepOfRows(
  graph: Graph,
  { sides, stored }: Pick<FusedProduct, "sides" | "stored">,
): number | undefined {
  const { left, right, k, m } = sides;
  if (m > 4 || left.isTurned || !right.isTurned) return undefined;
  const side = throughReshapes(graph, right.id);
  if (!stored.has(side) && right.strides !== undefined) return undefined;
  const group = stored.has(side) ? k : (groupedSide(graph, { side, k, stored })?.group ?? k);
  for (let step = longestStep; step >= shortestStep; step /= 2) if (group % step === 0) return step;
  return undefined;
}

/**
 * A product of m rows, of which each number is a sum along a row of the right side as it lies, [n, k]: a program goes along `block.n` of them. Of codes with
 * scales, those are multiplied by once a step, and mins, too. Buffers and scalars are those of `fusedProduct`.
 */
export function rowsProduct(
  graph: Graph,
  { product, sides, stored }: Omit<FusedProduct, "map">,
  { dtype, look, block }: { readonly dtype: DType; readonly look: ProductLook; readonly block: RowsBlock },
): Generated {
  const { n: width, k: step, inParts = false } = block;
  const name = `${fusedName(graph, look, { sides, stored })}_rows${inParts ? "_parts" : ""}`;
  const writer = new RegionWriter(graph, stored, { name, tile: [width, step], span: look.span });
  const { b, note } = writer;
  const side = throughReshapes(graph, sides.right.id);
  const grouped = stored.has(side) ? undefined : groupedSide(graph, { side, k: sides.k, stored });
  const left = readerOf(writer, graph, { sides, stored, dtype }, "left");
  const right =
    grouped === undefined
      ? readerOf(writer, graph, { sides, stored, dtype }, "right")
      : sideAt(writer, { graph, id: grouped.codes, width: sides.k });
  const sizes = writeSizes(b, look, inParts);
  const columns = blockAt(b, b.programId(0, note), width, note);
  const read = { graph, left, right, grouped, sizes, columns, step, m: sides.m };
  const totals = b.forLoop(
    { lower: b.const(0, "i32"), upper: sizes.part?.length ?? sizes.k, step, span: look.span },
    Array.from({ length: sides.m }, (_, row) => ({
      init: b.full([width], 0, "f32", note),
      label: `sum${row}`,
    })),
    (k0, sums) => {
      const { rows, ...others } = readStep(writer, read, sizes.along(k0));
      return sums.map((sum, row) => addedTo(writer, sum, { x: rows[row] ?? -1, ...others }));
    },
  );
  const out = inParts ? "f32" : valueDType(nodeAt(graph, product).type.dtype);
  storeRows(writer, { totals, columns, sizes }, out);
  return writer.finish();
}

interface Read {
  readonly graph: Graph;
  readonly left: ReadSide;
  readonly right: ReadSide;
  readonly grouped: GroupedSide | undefined;
  readonly sizes: Sizes;
  readonly columns: ValueId;
  readonly step: number;
  /** Rows of the left side. */
  readonly m: number;
}

/** What is multiplied in a step. */
interface Step {
  /** f32 [1, step] */
  readonly x: ValueId;
  /** f32 [columns, step]; of codes, these. */
  readonly y: ValueId;
  readonly numbers: GroupNumbers | undefined;
}

/** The step that begins at `first`: of all rows x, and y. */
function readStep(
  writer: RegionWriter,
  { graph, left, right, grouped, sizes, columns, step, m }: Read,
  first: ValueId,
): Omit<Step, "x"> & { readonly rows: readonly ValueId[] } {
  const { b, note } = writer;
  const { n, k, ofLeft, ofRight } = sizes;
  const ks = b.binary("add", b.broadcast(first, [step]), b.arange(0, step), note);
  const along = { columns: ks, columnCount: k, first };
  const rows = Array.from({ length: m }, (_, row) =>
    asFloat(b, left({ rows: b.full([1], row, "i32", note), ...along, ...ofLeft, shape: [1, step] })),
  );
  const [width = 1] = b.typeOf(columns).shape;
  const codes = (): ValueId =>
    asFloat(b, right({ rows: columns, rowCount: n, ...along, ...ofRight, shape: [width, step] }));
  if (grouped === undefined) return { rows, y: codes(), numbers: undefined };
  const at = { grouped, columns, first, k, n, firstRow: ofRight.firstRow };
  const read = readInOrder(grouped, { codes, numbers: () => groupNumbers(writer, graph, at) });
  return { rows, y: read.codes, numbers: read.numbers };
}

/** sum + scale sum(x y) - min sum(x), f32 [columns]. */
function addedTo(writer: RegionWriter, sum: ValueId, { x, y, numbers }: Step): ValueId {
  const { b, note } = writer;
  const { shape } = b.typeOf(y);
  const whole = b.reduce("sum", b.binary("mul", y, b.broadcast(x, shape), note), 1, note);
  const scaled = numbers === undefined ? whole : b.binary("mul", whole, numbers.scale, note);
  const next = b.binary("add", sum, scaled, note);
  if (numbers?.min === undefined) return next;
  const given = b.broadcast(b.reduce("sum", x, 1, note), b.typeOf(sum).shape);
  return b.binary("sub", next, b.binary("mul", given, numbers.min, note), note);
}

interface Made {
  /** f32 [columns] of each row. */
  readonly totals: readonly ValueId[];
  readonly columns: ValueId;
  readonly sizes: Sizes;
}

function storeRows(writer: RegionWriter, { totals, columns, sizes }: Made, dtype: DType): void {
  const { b, note } = writer;
  const { m, n, program } = sizes;
  const pointer = b.pointer("out", dtype);
  const mask = writer.binary("lt", columns, n);
  const matrix = b.binary("mul", b.binary("mul", program, m, note), n, note);
  for (const [row, total] of totals.entries()) {
    const start = b.binary("add", matrix, b.binary("mul", n, b.const(row, "i32", note), note), note);
    const value = dtype === "f32" ? total : b.cast(total, dtype, note);
    b.store({ pointer, offset: writer.binary("add", columns, start), value, mask }, note);
  }
}
