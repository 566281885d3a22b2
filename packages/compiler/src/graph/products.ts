import { type DType, type MatmulNode, TileBuilder, type TileKernel, type ValueId } from "@tilebook/ir";
import { asFloat, blockAt, loadRows, type Note, placeRows, type Rows } from "./rows.ts";

/** The part of the result that a program makes, and how far it goes along k in a step. */
export interface MatmulBlock {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** How the sides of a product lie in memory. */
export interface ProductLook {
  readonly span?: MatmulNode["span"];
  readonly left: Look;
  readonly right: Look;
}

/** Whether a side is turned: left [k, m], right [n, k]. Whether its rows, or its matrices, lie apart. */
interface Look {
  readonly isTurned: boolean;
  readonly hasStrides: boolean;
}

/** As BLAS says it: n for a side as it is, t for one that is turned; and that it lies apart. */
export function nameOf({ left, right }: ProductLook): string {
  const [a, b] = [left, right].map(({ isTurned }) => (isTurned ? "t" : "n"));
  const apart = [left.hasStrides ? "_left" : "", right.hasStrides ? "_right" : ""].join("");
  return `matmul${a === "n" && b === "n" ? "" : `_${a}${b}`}${apart === "" ? "" : `${apart}_apart`}`;
}

/**
 * out[z] = left[z] * right[z]. Scalars m, n, k; grid (n / block.n, m / block.m, batches). In parts: all of the batches again for
 * each part of k, `span` long; scalars m, n, k, batches, span. Then first, row, heads, outer and inner of each side that lies apart.
 */
export function matmulKernel(
  dtype: DType,
  out: DType,
  node: ProductLook,
  { inParts = false, ...block }: MatmulBlock & { readonly inParts?: boolean },
): TileKernel {
  const note: Note = node.span === undefined ? {} : { span: node.span };
  const name = nameOf(node);
  const b = new TileBuilder(inParts ? `${name}_parts` : name, node.span);
  const [left, right, result] = [b.pointer("left", dtype), b.pointer("right", dtype), b.pointer("out", out)];
  const read =
    (pointer: ValueId): ReadSide =>
    (at) =>
      loadRows(b, pointer, at, note);
  const sides = { left: read(left), right: read(right) };
  const { total, offset, mask } = writeSums(b, { ...sides, node, block, inParts });
  const value = out === "f32" ? total : b.cast(total, out, note);
  b.store({ pointer: result, offset, value, mask }, note);
  return b.finish();
}

/** Writes a tile of a side as it lies, 0 where there is none. `firstRow` is that of its matrix among the rows of all, where they follow each other. */
export type ReadSide = (at: SideTile) => ValueId;

interface SideTile extends Rows {
  readonly firstRow?: ValueId | undefined;
  /** Where the step along k begins. */
  readonly first: ValueId;
}

interface Sums {
  readonly left: ReadSide;
  readonly right: ReadSide;
  readonly node: ProductLook;
  readonly block: MatmulBlock;
  readonly inParts?: boolean;
}

/** A block of results, f32, and where in the result it lies: the batch is the program's third place. */
export interface Summed {
  readonly total: ValueId;
  /** Row-major, and whether it is there. */
  readonly offset: ValueId;
  readonly mask: ValueId;
  /** i32 [block.m] and [block.n]. */
  readonly rows: ValueId;
  readonly columns: ValueId;
  readonly batch: ValueId;
  readonly m: ValueId;
  readonly n: ValueId;
}

/** Declares the scalars of `matmulKernel`, in that order, and computes a program's block of the product. */
export function writeSums(b: TileBuilder, { left, right, node, block, inParts = false }: Sums): Summed {
  const note: Note = node.span === undefined ? {} : { span: node.span };
  const { m, n, k, program, part, along, ofLeft, ofRight } = writeSizes(b, node, inParts);
  const size = (x: ValueId, y: ValueId): ValueId =>
    b.binary("mul", b.binary("mul", program, x, note), y, note);
  const rows = blockAt(b, b.programId(1, note), block.m, note);
  const columns = blockAt(b, b.programId(0, note), block.n, note);
  const shape = [block.m, block.n];
  const [total = -1] = b.forLoop(
    { lower: b.const(0, "i32"), upper: part?.length ?? k, step: block.k, span: node.span },
    [{ init: b.full(shape, 0, "f32", note), label: "sum" }],
    (k0, [sum = -1]) => {
      const first = along(k0);
      const ks = b.binary("add", b.broadcast(first, [block.k]), b.arange(0, block.k), note);
      const [kTile, nTile] = [block.k, block.n];
      const x = node.left.isTurned
        ? b.transpose(
            left({
              rows: ks,
              columns: rows,
              rowCount: k,
              columnCount: m,
              ...ofLeft,
              first,
              shape: [kTile, block.m],
            }),
          )
        : left({
            rows,
            columns: ks,
            rowCount: m,
            columnCount: k,
            ...ofLeft,
            first,
            shape: [block.m, kTile],
          });
      const y = node.right.isTurned
        ? b.transpose(
            right({
              rows: columns,
              columns: ks,
              rowCount: n,
              columnCount: k,
              ...ofRight,
              first,
              shape: [nTile, kTile],
            }),
          )
        : right({
            rows: ks,
            columns,
            rowCount: k,
            columnCount: n,
            ...ofRight,
            first,
            shape: [kTile, nTile],
          });
      return [b.binary("add", sum, b.dot(asFloat(b, x), asFloat(b, y), note), note)];
    },
  );
  const { offset, mask } = placeRows(
    b,
    { rows, columns, rowCount: m, columnCount: n, stride: n, start: size(m, n), shape },
    note,
  );
  return { total, offset, mask, rows, columns, batch: program, m, n };
}

/** The scalars of a product, and which part of which of its matrices a program is for. */
export interface Sizes {
  readonly m: ValueId;
  readonly n: ValueId;
  readonly k: ValueId;
  /** Its third place: the batch, and the part of k. */
  readonly program: ValueId;
  /** How far it goes along k, where that is not all of it. */
  readonly part?: { readonly length: ValueId } | undefined;
  /** Where it is along k, so far from where it begins. */
  readonly along: (k0: ValueId) => ValueId;
  readonly ofLeft: SidePlace;
  readonly ofRight: SidePlace;
}

type SidePlace = Pick<Parameters<ReadSide>[0], "start" | "stride" | "firstRow">;

/** Declares the scalars of `matmulKernel`, in that order. */
export function writeSizes(b: TileBuilder, node: ProductLook, inParts: boolean): Sizes {
  const note: Note = node.span === undefined ? {} : { span: node.span };
  const [m, n, k] = [b.scalar("m", "i32"), b.scalar("n", "i32"), b.scalar("k", "i32")];
  const program = b.programId(2, note);
  const part = inParts ? partOf(b, program, note) : undefined;
  const batch = part?.batch ?? program;
  const along = (k0: ValueId): ValueId => (part === undefined ? k0 : b.binary("add", part.first, k0, note));
  const place = (name: "left" | "right", rows: ValueId, columns: ValueId): SidePlace => {
    const look = node[name];
    const sizes = look.isTurned ? ([columns, rows] as const) : ([rows, columns] as const);
    return placeOf(b, name, { look, batch, sizes }, note);
  };
  return { m, n, k, program, part, along, ofLeft: place("left", m, k), ofRight: place("right", k, n) };
}

/** Where a side's matrix starts, and how far its rows lie apart; `sizes` are those of it as it lies. */
function placeOf(
  b: TileBuilder,
  name: string,
  {
    look,
    batch,
    sizes: [rows, columns],
  }: { readonly look: Look; readonly batch: ValueId; readonly sizes: readonly [ValueId, ValueId] },
  note: Note,
): SidePlace {
  const times = (x: ValueId, y: ValueId): ValueId => b.binary("mul", x, y, note);
  if (!look.hasStrides) {
    const firstRow = times(batch, rows);
    return { start: times(firstRow, columns), stride: columns, firstRow };
  }
  const number = (of: string): ValueId => b.scalar(`${name}_${of}`, "i32");
  const [first, stride, heads, outer, inner] = [
    number("first"),
    number("row"),
    number("heads"),
    number("outer"),
    number("inner"),
  ];
  const entry = times(b.binary("idiv", batch, heads, note), outer);
  const head = times(b.binary("mod", batch, heads, note), inner);
  return { start: b.binary("add", first, b.binary("add", entry, head, note), note), stride };
}

/** Which of the batches a program is for, and its part of k. */
function partOf(
  b: TileBuilder,
  program: ValueId,
  note: Note,
): { readonly batch: ValueId; readonly first: ValueId; readonly length: ValueId } {
  const [batches, length] = [b.scalar("batches", "i32"), b.scalar("span", "i32")];
  const batch = b.binary("mod", program, batches, note);
  const first = b.binary("mul", b.binary("idiv", program, batches, note), length, note);
  return { batch, first, length };
}
