import { type DType, TileBuilder, type TileKernel, type ValueId } from "@tilebook/ir";

/** Kernels as a person would write them, for tests. Offsets are row-major; sizes come as scalars. */

/** z = x + y, 1-D blocks. */
export function vectorAdd(block: number, dtype: DType = "f32"): TileKernel {
  const b = new TileBuilder("vector_add");
  const [x, y, z] = [b.pointer("x", dtype), b.pointer("y", dtype), b.pointer("z", dtype)];
  const n = b.scalar("n", "i32");
  const offset = blockOffsets(b, block);
  const mask = b.binary("lt", offset, b.broadcast(n, [block]));
  const sum = b.binary("add", b.load({ pointer: x, offset, mask }), b.load({ pointer: y, offset, mask }));
  b.store({ pointer: z, offset, value: sum, mask });
  return b.finish();
}

export function blockOffsets(b: TileBuilder, block: number): ValueId {
  const start = b.binary("mul", b.programId(0), b.const(block, "i32"));
  return b.binary("add", b.broadcast(start, [block]), b.arange(0, block));
}

/** Softmax of each row of x [rows, n]; one program a row. */
export function softmaxRow(block: number): TileKernel {
  const b = new TileBuilder("softmax");
  const [x, y] = [b.pointer("x", "f32"), b.pointer("y", "f32")];
  const n = b.scalar("n", "i32");
  const columns = b.arange(0, block);
  const mask = b.binary("lt", columns, b.broadcast(n, [block]));
  const offset = b.binary("add", b.broadcast(b.binary("mul", b.programId(0), n), [block]), columns);
  const row = b.load({ pointer: x, offset, mask, other: b.full([block], -1e30, "f32") }, { label: "row" });
  const top = b.reduce("max", row, 0, { label: "top" });
  const e = b.unary("exp", b.binary("sub", row, b.broadcast(top, [block])), { label: "e" });
  const total = b.reduce("sum", e, 0, { label: "total" });
  b.store({ pointer: y, offset, value: b.binary("div", e, b.broadcast(total, [block])), mask });
  return b.finish();
}

/** y = (x - mean) / sqrt(variance + 1e-5) * gain + bias, a tile [rows, block] of rows a program. */
export function layernorm(rows: number, block: number): TileKernel {
  const b = new TileBuilder("layernorm");
  const pointers = ["x", "gain", "bias", "y"].map((name) => b.pointer(name, "f32"));
  const [x = -1, gain = -1, bias = -1, y = -1] = pointers;
  const [m, n] = [b.scalar("m", "i32"), b.scalar("n", "i32")];
  const shape = [rows, block];
  const row = column(b, b.binary("add", b.broadcast(scaled(b, rows), [rows]), b.arange(0, rows)), shape);
  const col = rowOf(b, b.arange(0, block), shape);
  const inRow = b.binary("lt", col, b.broadcast(n, shape));
  const mask = b.binary("and", inRow, b.binary("lt", row, b.broadcast(m, shape)));
  const offset = b.binary("add", b.binary("mul", row, b.broadcast(n, shape)), col);
  const value = b.load({ pointer: x, offset, mask }, { label: "value" });
  const size = b.broadcast(b.cast(n, "f32"), [rows]);
  const mean = b.binary("div", b.reduce("sum", value, 1), size, { label: "mean" });
  const centred = b.select({
    condition: mask,
    yes: b.binary("sub", value, column(b, mean, shape)),
    no: b.full(shape, 0, "f32"),
  });
  const square = b.reduce("sum", b.binary("mul", centred, centred), 1);
  const variance = b.binary("div", square, size, { label: "variance" });
  const scale = b.unary("rsqrt", b.binary("add", variance, b.full([rows], 1e-5, "f32")), { label: "scale" });
  const normal = b.binary("mul", centred, column(b, scale, shape));
  const g = b.load({ pointer: gain, offset: col, mask: inRow });
  const shift = b.load({ pointer: bias, offset: col, mask: inRow });
  b.store({ pointer: y, offset, value: b.binary("add", b.binary("mul", normal, g), shift), mask });
  return b.finish();
}

function scaled(b: TileBuilder, block: number): ValueId {
  return b.binary("mul", b.programId(0), b.const(block, "i32"));
}

export function column(b: TileBuilder, value: ValueId, shape: readonly number[]): ValueId {
  return b.broadcast(b.reshape(value, [shape[0] ?? 1, 1]), shape);
}

export function rowOf(b: TileBuilder, value: ValueId, shape: readonly number[]): ValueId {
  return b.broadcast(b.reshape(value, [1, shape[1] ?? 1]), shape);
}

/** c [m, n] = a [m, k] b [k, n] in tiles of bm x bn, bk at a time. Grid (n / bn, m / bm). */
export function matmul(bm: number, bn: number, bk: number, dtype: DType = "f32"): TileKernel {
  const b = new TileBuilder("matmul");
  const [left, right, out] = [b.pointer("a", dtype), b.pointer("b", dtype), b.pointer("c", "f32")];
  const [m, n, k] = [b.scalar("m", "i32"), b.scalar("n", "i32"), b.scalar("k", "i32")];
  const at = (axis: 0 | 1, block: number): ValueId =>
    b.binary(
      "add",
      b.broadcast(b.binary("mul", b.programId(axis), b.const(block, "i32")), [block]),
      b.arange(0, block),
    );
  const [rows, cols] = [at(1, bm), at(0, bn)];
  const [total = -1] = b.forLoop(
    { lower: b.const(0, "i32"), upper: k, step: bk },
    [{ init: b.full([bm, bn], 0, "f32"), label: "sum" }],
    (k0, [sum = -1]) => {
      const ks = b.binary("add", b.broadcast(k0, [bk]), b.arange(0, bk));
      const x = load2d(b, left, { rows, cols: ks, m, n: k, shape: [bm, bk] });
      const y = load2d(b, right, { rows: ks, cols, m: k, n, shape: [bk, bn] });
      return [b.binary("add", sum, b.dot(x, y))];
    },
  );
  const shape = [bm, bn];
  const { offset, mask } = place2d(b, { rows, cols, m, n, shape });
  b.store({ pointer: out, offset, value: total, mask });
  return b.finish();
}

interface Place2d {
  readonly rows: ValueId;
  readonly cols: ValueId;
  readonly m: ValueId;
  readonly n: ValueId;
  readonly shape: readonly number[];
}

export function place2d(b: TileBuilder, place: Place2d): { offset: ValueId; mask: ValueId } {
  const { rows, cols, m, n, shape } = place;
  const [r, c] = [column(b, rows, shape), rowOf(b, cols, shape)];
  const offset = b.binary("add", b.binary("mul", r, b.broadcast(n, shape)), c);
  const mask = b.binary(
    "and",
    b.binary("lt", r, b.broadcast(m, shape)),
    b.binary("lt", c, b.broadcast(n, shape)),
  );
  return { offset, mask };
}

export function load2d(b: TileBuilder, pointer: ValueId, place: Place2d): ValueId {
  return b.load({ pointer, ...place2d(b, place) });
}

/**
 * Flash attention: q [n, d], k [m, d], v [m, e] -> o [n, e], with d and e at most the tile widths. One program for
 * bq queries, walking the keys bk at a time.
 */
export function attention(bq: number, bk: number, d: number, e: number, causal: boolean): TileKernel {
  const b = new TileBuilder("attention");
  const [q, k, v, o] = ["q", "k", "v", "o"].map((name) => b.pointer(name, "f32")) as [
    number,
    number,
    number,
    number,
  ];
  const [n, m, dims, width] = ["n", "m", "dims", "width"].map((name) => b.scalar(name, "i32")) as [
    number,
    number,
    number,
    number,
  ];
  const scale = b.scalar("scale", "f32");
  const start = b.binary("mul", b.programId(0), b.const(bq, "i32"));
  const rows = b.binary("add", b.broadcast(start, [bq]), b.arange(0, bq), { label: "rows" });
  const queries = load2d(b, q, { rows, cols: b.arange(0, d), m: n, n: dims, shape: [bq, d] });
  const minus = -1e30;
  const carried = [
    { init: b.full([bq], minus, "f32"), label: "top" },
    { init: b.full([bq], 0, "f32"), label: "total" },
    { init: b.full([bq, e], 0, "f32"), label: "acc" },
  ];
  const [, total = -1, acc = -1] = b.forLoop(
    { lower: b.const(0, "i32"), upper: m, step: bk, indexLabel: "j0" },
    carried,
    (j0, [top = -1, sum = -1, out = -1]) => {
      const js = b.binary("add", b.broadcast(j0, [bk]), b.arange(0, bk), { label: "js" });
      const shape = [bq, bk];
      const keys = load2d(b, k, { rows: js, cols: b.arange(0, d), m, n: dims, shape: [bk, d] });
      const scores = b.binary("mul", b.dot(queries, b.transpose(keys)), b.broadcast(scale, shape), {
        label: "s",
      });
      const inside = b.binary("lt", rowOf(b, js, shape), b.broadcast(m, shape));
      const last = b.binary("add", column(b, rows, shape), b.broadcast(b.binary("sub", m, n), shape));
      const live = causal ? b.binary("and", inside, b.binary("le", rowOf(b, js, shape), last)) : inside;
      const masked = b.select({ condition: live, yes: scores, no: b.full(shape, minus, "f32") });
      const next = b.binary("max", top, b.reduce("max", masked, 1), { label: "next" });
      const raw = b.unary("exp", b.binary("sub", masked, column(b, next, shape)));
      const p = b.select({ condition: live, yes: raw, no: b.full(shape, 0, "f32") }, { label: "p" });
      const repair = b.unary("exp", b.binary("sub", top, next), { label: "repair" });
      const values = load2d(b, v, { rows: js, cols: b.arange(0, e), m, n: width, shape: [bk, e] });
      return [
        next,
        b.binary("add", b.binary("mul", sum, repair), b.reduce("sum", p, 1)),
        b.binary("add", b.binary("mul", out, column(b, repair, [bq, e])), b.dot(p, values)),
      ];
    },
  );
  const one = b.full([bq], 1, "f32");
  const divisor = b.select({ condition: b.binary("gt", total, b.full([bq], 0, "f32")), yes: total, no: one });
  const place = place2d(b, { rows, cols: b.arange(0, e), m: n, n: width, shape: [bq, e] });
  b.store({ pointer: o, ...place, value: b.binary("div", acc, column(b, divisor, [bq, e])) });
  return b.finish();
}
