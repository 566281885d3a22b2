import { type DType, type MatmulNode, TileBuilder, type TileKernel, type ValueId } from "@tilebook/ir";
import { asFloat, blockAt, loadRows, type Note, placeRows } from "./rows.ts";

/** The part of the result that a program makes, and how far it goes along k in a step. */
export interface MatmulBlock {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** out[z] = left[z] * right[z]. Scalars m, n, k; grid (n / block.n, m / block.m, batches). */
export function matmulKernel(
  dtype: DType,
  out: DType,
  node: Pick<MatmulNode, "transposeRight" | "span">,
  block: MatmulBlock,
): TileKernel {
  const note: Note = node.span === undefined ? {} : { span: node.span };
  const b = new TileBuilder(node.transposeRight ? "matmul_nt" : "matmul", node.span);
  const [left, right, result] = [b.pointer("left", dtype), b.pointer("right", dtype), b.pointer("out", out)];
  const [m, n, k] = [b.scalar("m", "i32"), b.scalar("n", "i32"), b.scalar("k", "i32")];
  const batch = b.programId(2, note);
  const size = (x: ValueId, y: ValueId): ValueId => b.binary("mul", b.binary("mul", batch, x, note), y, note);
  const rows = blockAt(b, b.programId(1, note), block.m, note);
  const columns = blockAt(b, b.programId(0, note), block.n, note);
  const shape = [block.m, block.n];
  const [total = -1] = b.forLoop(
    { lower: b.const(0, "i32"), upper: k, step: block.k, span: node.span },
    [{ init: b.full(shape, 0, "f32", note), label: "sum" }],
    (k0, [sum = -1]) => {
      const ks = b.binary("add", b.broadcast(k0, [block.k]), b.arange(0, block.k), note);
      const [kTile, nTile] = [block.k, block.n];
      const x = loadRows(
        b,
        left,
        {
          rows,
          columns: ks,
          rowCount: m,
          columnCount: k,
          stride: k,
          start: size(m, k),
          shape: [block.m, kTile],
        },
        note,
      );
      const y = node.transposeRight
        ? b.transpose(
            loadRows(
              b,
              right,
              {
                rows: columns,
                columns: ks,
                rowCount: n,
                columnCount: k,
                stride: k,
                start: size(n, k),
                shape: [nTile, kTile],
              },
              note,
            ),
          )
        : loadRows(
            b,
            right,
            {
              rows: ks,
              columns,
              rowCount: k,
              columnCount: n,
              stride: n,
              start: size(k, n),
              shape: [kTile, nTile],
            },
            note,
          );
      return [b.binary("add", sum, b.dot(asFloat(b, x), asFloat(b, y), note), note)];
    },
  );
  const { offset, mask } = placeRows(
    b,
    { rows, columns, rowCount: m, columnCount: n, stride: n, start: size(m, n), shape },
    note,
  );
  const value = out === "f32" ? total : b.cast(total, out, note);
  b.store({ pointer: result, offset, value, mask }, note);
  return b.finish();
}
