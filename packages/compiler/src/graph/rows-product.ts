import { type DType, type Graph, type ValueId, valueDType } from "@tilebook/ir";
import { nodeAt, throughReshapes } from "./contents.ts";
import { type Generated, RegionWriter } from "./expression.ts";
import { fusedName, type FusedProduct, readerOf, sideAt } from "./fused-product.ts";
import { type GroupNumbers, groupNumbers } from "./group-numbers.ts";
import { groupedSide } from "./grouped-side.ts";
import { type ProductLook, type Sizes, writeSizes } from "./products.ts";
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
  const { n, k, part, along, ofLeft, ofRight } = sizes;
  const columns = blockAt(b, b.programId(0, note), width, note);
  const zero = b.full([width], 0, "f32", note);
  const totals = b.forLoop(
    { lower: b.const(0, "i32"), upper: part?.length ?? k, step, span: look.span },
    Array.from({ length: sides.m }, (_, row) => ({ init: zero, label: `sum${row}` })),
    (k0, sums) => {
      const first = along(k0);
      const ks = b.binary("add", b.broadcast(first, [step]), b.arange(0, step), note);
      const xs = sums.map((_, row) => {
        const rows = b.full([1], row, "i32", note);
        return asFloat(b, left({ rows, columns: ks, columnCount: k, ...ofLeft, first, shape: [1, step] }));
      });
      const readGroup = (): GroupNumbers | undefined =>
        grouped && groupNumbers(writer, graph, { grouped, columns, first, k, n, firstRow: ofRight.firstRow });
      const before = grouped?.isScaleFirst === true ? readGroup() : undefined;
      const y = asFloat(
        b,
        right({
          rows: columns,
          columns: ks,
          rowCount: n,
          columnCount: k,
          ...ofRight,
          first,
          shape: [width, step],
        }),
      );
      const ofGroup = before ?? readGroup();
      return xs.map((x, row) => {
        const sum = sums[row] ?? zero;
        const whole = b.reduce("sum", b.binary("mul", y, b.broadcast(x, [width, step]), note), 1, note);
        const scaled = ofGroup === undefined ? whole : b.binary("mul", whole, ofGroup.scale, note);
        const next = b.binary("add", sum, scaled, note);
        if (ofGroup?.min === undefined) return next;
        const given = b.broadcast(b.reduce("sum", x, 1, note), [width]);
        return b.binary("sub", next, b.binary("mul", given, ofGroup.min, note), note);
      });
    },
  );
  storeRows(
    writer,
    { totals, columns, sizes },
    inParts ? "f32" : valueDType(nodeAt(graph, product).type.dtype),
  );
  return writer.finish();
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
