import {
  type AttentionNode,
  type DType,
  type MatmulNode,
  TileBuilder,
  type TileKernel,
  type ValueId,
} from "@tilebook/ir";

/** Plain tile kernels for products that come without a kernel of their own. Leading axes are the grid's last. */

type Note = { readonly span?: MatmulNode["span"] };

interface Rows {
  readonly rows: ValueId;
  readonly columns: ValueId;
  readonly rowCount: ValueId;
  readonly columnCount: ValueId;
  /** First element of this batch, and how far rows lie apart. */
  readonly start: ValueId;
  readonly stride: ValueId;
  readonly shape: readonly number[];
}

/** The part of the result that a program makes, and how far it goes along k in a step. */
export interface MatmulBlock {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

export const matmulBlock: MatmulBlock = { m: 32, n: 32, k: 16 };

/** out[z] = left[z] * right[z]. Scalars m, n, k; grid (n / block.n, m / block.m, batches). */
export function matmulKernel(
  dtype: DType,
  out: DType,
  node: Pick<MatmulNode, "transposeRight" | "span">,
  block: MatmulBlock = matmulBlock,
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

/** Queries of a program, and keys of a step. */
export interface AttentionBlock {
  readonly queries: number;
  readonly keys: number;
}

export const attentionBlock: AttentionBlock = { queries: 64, keys: 16 };

/**
 * Flash attention. Scalars n, m, d, e, heads, group (heads of q to one of k and v), scale; grid (n / block.queries, heads,
 * batches). Head sizes are padded to powers of two.
 */
export function attentionKernel(
  dtype: DType,
  out: DType,
  node: Pick<AttentionNode, "causal" | "tokensFirst" | "span">,
  padded: { readonly d: number; readonly e: number },
  block: AttentionBlock = attentionBlock,
): TileKernel {
  const note: Note = node.span === undefined ? {} : { span: node.span };
  const b = new TileBuilder(node.causal ? "attention_causal" : "attention", node.span);
  const { queries: bq, keys: bk } = block;
  const [q, k, v] = [b.pointer("q", dtype), b.pointer("k", dtype), b.pointer("v", dtype)];
  const result = b.pointer("out", out);
  const [n, m, d, e] = [
    b.scalar("n", "i32"),
    b.scalar("m", "i32"),
    b.scalar("d", "i32"),
    b.scalar("e", "i32"),
  ];
  const [heads, group] = [b.scalar("heads", "i32"), b.scalar("group", "i32")];
  const scale = b.scalar("scale", "f32");
  const own: Head = { entry: b.programId(2, note), head: b.programId(1, note), heads };
  const shared: Head = {
    entry: own.entry,
    head: b.binary("idiv", own.head, group, note),
    heads: b.binary("idiv", heads, group, note),
  };
  const placeOf = (head: Head, tokens: ValueId, width: ValueId) =>
    headAt(b, head, { tokens, width, tokensFirst: node.tokensFirst, note });
  const rows = blockAt(b, b.programId(0, note), bq, note);
  const [dims, width] = [b.arange(0, padded.d), b.arange(0, padded.e)];
  const queries = loadRows(
    b,
    q,
    { rows, columns: dims, rowCount: n, columnCount: d, ...placeOf(own, n, d), shape: [bq, padded.d] },
    note,
  );
  const [keyPlace, valuePlace] = [placeOf(shared, m, d), placeOf(shared, m, e)];
  const lowest = -1e30;
  const [, total = -1, acc = -1] = b.forLoop(
    {
      lower: b.const(0, "i32"),
      upper: lastKey(b, { n, m, bq, causal: node.causal }),
      step: bk,
      indexLabel: "j0",
      span: node.span,
    },
    [
      { init: b.full([bq], lowest, "f32", note), label: "top" },
      { init: b.full([bq], 0, "f32", note), label: "total" },
      { init: b.full([bq, padded.e], 0, "f32", note), label: "acc" },
    ],
    (j0, [top = -1, sum = -1, soFar = -1]) => {
      const shape = [bq, bk];
      const js = b.binary("add", b.broadcast(j0, [bk]), b.arange(0, bk), note);
      const keys = loadRows(
        b,
        k,
        { rows: js, columns: dims, rowCount: m, columnCount: d, ...keyPlace, shape: [bk, padded.d] },
        note,
      );
      const raw = b.dot(asFloat(b, queries), asFloat(b, b.transpose(keys)), note);
      const scores = b.binary("mul", raw, b.broadcast(scale, shape), note);
      const inside = b.binary("lt", across(b, js, shape), b.broadcast(m, shape), note);
      const last = b.binary("add", down(b, rows, shape), b.broadcast(b.binary("sub", m, n), shape), note);
      const live = node.causal
        ? b.binary("and", inside, b.binary("le", across(b, js, shape), last), note)
        : inside;
      const masked = b.select({ condition: live, yes: scores, no: b.full(shape, lowest, "f32") }, note);
      const next = b.binary("max", top, b.reduce("max", masked, 1, note), note);
      const weights = b.unary("exp", b.binary("sub", masked, down(b, next, shape), note), note);
      const p = b.select(
        { condition: live, yes: weights, no: b.full(shape, 0, "f32") },
        { ...note, label: "p" },
      );
      const repair = b.unary("exp", b.binary("sub", top, next, note), { ...note, label: "repair" });
      const values = loadRows(
        b,
        v,
        { rows: js, columns: width, rowCount: m, columnCount: e, ...valuePlace, shape: [bk, padded.e] },
        note,
      );
      const repaired = b.binary("mul", soFar, down(b, repair, [bq, padded.e]), note);
      return [
        next,
        b.binary("add", b.binary("mul", sum, repair, note), b.reduce("sum", p, 1, note), note),
        b.binary("add", repaired, b.dot(p, asFloat(b, values), note), note),
      ];
    },
  );
  const some = b.binary("gt", total, b.full([bq], 0, "f32"), note);
  const divisor = b.select({ condition: some, yes: total, no: b.full([bq], 1, "f32") }, note);
  const value = b.binary("div", acc, down(b, divisor, [bq, padded.e]), note);
  const place = placeRows(
    b,
    { rows, columns: width, rowCount: n, columnCount: e, ...placeOf(own, n, e), shape: [bq, padded.e] },
    note,
  );
  b.store({ pointer: result, ...place, value: out === "f32" ? value : b.cast(value, out, note) }, note);
  return b.finish();
}

/** One head of one batch entry, of so many heads. */
interface Head {
  readonly entry: ValueId;
  readonly head: ValueId;
  readonly heads: ValueId;
}

/** Where its tokens start, and how far they lie apart: see `headPlace` of the IR, of which this is the kernel's form. */
function headAt(
  b: TileBuilder,
  { entry, head, heads }: Head,
  about: {
    readonly tokens: ValueId;
    readonly width: ValueId;
    readonly tokensFirst: boolean;
    readonly note: Note;
  },
): Pick<Rows, "start" | "stride"> {
  const { tokens, width, tokensFirst, note } = about;
  const times = (x: ValueId, y: ValueId): ValueId => b.binary("mul", x, y, note);
  const plus = (x: ValueId, y: ValueId): ValueId => b.binary("add", x, y, note);
  if (!tokensFirst)
    return { start: times(times(plus(times(entry, heads), head), tokens), width), stride: width };
  const start = times(plus(times(times(entry, tokens), heads), head), width);
  return { start, stride: times(heads, width) };
}

/** With a causal mask no query of this block sees the keys from here on. */
function lastKey(
  b: TileBuilder,
  size: { readonly n: ValueId; readonly m: ValueId; readonly bq: number; readonly causal: boolean },
): ValueId {
  const { n, m, bq, causal } = size;
  if (!causal) return m;
  const end = b.binary("mul", b.binary("add", b.programId(0), b.const(1, "i32")), b.const(bq, "i32"));
  return b.binary("min", m, b.binary("add", end, b.binary("sub", m, n)));
}

function asFloat(b: TileBuilder, value: ValueId): ValueId {
  return b.typeOf(value).dtype === "f32" ? value : b.cast(value, "f32");
}

function blockAt(b: TileBuilder, program: ValueId, block: number, note: Note): ValueId {
  const start = b.binary("mul", program, b.const(block, "i32", note), note);
  return b.binary("add", b.broadcast(start, [block], note), b.arange(0, block, note), note);
}

function down(b: TileBuilder, value: ValueId, shape: readonly number[]): ValueId {
  return b.broadcast(b.reshape(value, [shape[0] ?? 1, 1]), shape);
}

function across(b: TileBuilder, value: ValueId, shape: readonly number[]): ValueId {
  return b.broadcast(b.reshape(value, [1, shape[1] ?? 1]), shape);
}

function placeRows(
  b: TileBuilder,
  at: Rows,
  note: Note,
): { readonly offset: ValueId; readonly mask: ValueId } {
  const { shape } = at;
  const [row, column] = [down(b, at.rows, shape), across(b, at.columns, shape)];
  const inside = b.binary("mul", row, b.broadcast(at.stride, shape), note);
  const offset = b.binary("add", b.binary("add", b.broadcast(at.start, shape), inside, note), column, note);
  const rowLive = b.binary("lt", row, b.broadcast(at.rowCount, shape), note);
  const columnLive = b.binary("lt", column, b.broadcast(at.columnCount, shape), note);
  return { offset, mask: b.binary("and", rowLive, columnLive, note) };
}

function loadRows(b: TileBuilder, pointer: ValueId, at: Rows, note: Note): ValueId {
  return b.load({ pointer, ...placeRows(b, at, note) }, note);
}
