import { type AttentionNode, type DType, TileBuilder, type TileKernel, type ValueId } from "@tilebook/ir";
import type { HeadStrides } from "./attention-sides.ts";
import { across, asFloat, blockAt, down, loadRows, type Note, placeRows, type Rows } from "./rows.ts";

export interface AttentionBlock {
  /** Queries of a program, and keys of a step. */
  readonly queries: number;
  readonly keys: number;
  /** With a causal mask: keys that all queries of a program see come first, in a loop without it. Twice the text. */
  readonly split: boolean;
}

export interface AttentionWish {
  readonly dtype: DType;
  readonly out: DType;
  readonly causal: boolean;
  /** Whether the axis of tokens stands before that of heads: in queries and results, and in keys and values. */
  readonly tokensFirst: { readonly queries: boolean; readonly keys: boolean };
  /** Of queries, keys and values: whether they lie apart, see `HeadStrides`. */
  readonly apart: readonly boolean[];
  /** Whether it stands there in results, where they lie otherwise than queries. */
  readonly resultTokensFirst?: boolean;
  readonly span?: AttentionNode["span"];
  /** Widths of queries and values, as the powers of two that hold them. */
  readonly padded: { readonly d: number; readonly e: number };
  readonly block: AttentionBlock;
}

/**
 * Flash attention (FlashAttention-2, algorithm 1): a running maximum, sum and result for each query, repaired as the maximum
 * grows. Scalars n, m, d, e, heads, group (heads of q to one of k and v), scale, then first, row, outer and inner of each side that lies apart; grid (n / block.queries, heads, batches).
 * -1e30 stands for minus infinity; a query that sees no key comes out as zeros. That the loop ends with the last key that a query of
 * the program sees is not written here: the compiler finds it (tile/skip).
 */
export function attentionKernel(wish: AttentionWish): TileKernel {
  return new AttentionWriter(wish).write();
}

/** One head of one batch entry, of so many heads. */
interface Head {
  readonly entry: ValueId;
  readonly head: ValueId;
  readonly heads: ValueId;
  readonly tokensFirst: boolean;
}

const lowest = -1e30;

const sides = ["q", "k", "v"] as const;
type Side = (typeof sides)[number];

class AttentionWriter {
  readonly #wish: AttentionWish;
  readonly #note: Note;
  readonly #b: TileBuilder;
  readonly #pointers: Record<"q" | "k" | "v" | "out", ValueId>;
  readonly #numbers: Record<"n" | "m" | "d" | "e" | "heads" | "group" | "scale", ValueId>;

  readonly #strides: Readonly<Partial<Record<Side, Record<keyof HeadStrides, ValueId>>>>;

  constructor(wish: AttentionWish) {
    const { causal, span, dtype, out, apart } = wish;
    const name = `attention${causal ? "_causal" : ""}${apart.some(Boolean) ? "_apart" : ""}`;
    const b = new TileBuilder(name, span);
    this.#wish = wish;
    this.#note = span === undefined ? {} : { span };
    this.#b = b;
    this.#pointers = {
      q: b.pointer("q", dtype),
      k: b.pointer("k", dtype),
      v: b.pointer("v", dtype),
      out: b.pointer("out", out),
    };
    this.#numbers = {
      n: b.scalar("n", "i32"),
      m: b.scalar("m", "i32"),
      d: b.scalar("d", "i32"),
      e: b.scalar("e", "i32"),
      heads: b.scalar("heads", "i32"),
      group: b.scalar("group", "i32"),
      scale: b.scalar("scale", "f32"),
    };
    const ofSide = (side: Side): [Side, Record<keyof HeadStrides, ValueId>] => [
      side,
      {
        first: b.scalar(`${side}_first`, "i32"),
        row: b.scalar(`${side}_row`, "i32"),
        outer: b.scalar(`${side}_outer`, "i32"),
        inner: b.scalar(`${side}_inner`, "i32"),
      },
    ];
    this.#strides = Object.fromEntries(sides.filter((_, at) => apart[at]).map(ofSide));
  }

  write(): TileKernel {
    const [b, note] = [this.#b, this.#note];
    const { block, padded, tokensFirst } = this.#wish;
    const { n, m, d, e, heads, group } = this.#numbers;
    const own: Head = {
      entry: b.programId(2, note),
      head: b.programId(1, note),
      heads,
      tokensFirst: tokensFirst.queries,
    };
    const shared: Head = {
      entry: own.entry,
      head: b.binary("idiv", own.head, group, note),
      heads: b.binary("idiv", heads, group, note),
      tokensFirst: tokensFirst.keys,
    };
    const rows = blockAt(b, b.programId(0, note), block.queries, note);
    const [dims, width] = [b.arange(0, padded.d), b.arange(0, padded.e)];
    const shape = [block.queries, padded.d];
    const place = {
      rows,
      columns: dims,
      rowCount: n,
      columnCount: d,
      shape,
      ...this.#placeOf("q", own, [n, d]),
    };
    const walk: Walk = {
      rows,
      queries: loadRows(b, this.#pointers.q, place, note),
      keys: { columns: dims, columnCount: d, ...this.#placeOf("k", shared, [m, d]) },
      values: { columns: width, columnCount: e, ...this.#placeOf("v", shared, [m, e]) },
    };
    const [, total = -1, sum = -1] = this.#allKeys(walk);
    const result = { ...own, tokensFirst: this.#wish.resultTokensFirst ?? own.tokensFirst };
    this.#store({ total, sum, rows, width }, this.#place(result, n, e));
    return b.finish();
  }

  /** Where the tokens of a head of a side start, and how far they lie apart. */
  #placeOf(
    side: Side,
    of: Head,
    [tokens, width]: readonly [ValueId, ValueId],
  ): Pick<Rows, "start" | "stride"> {
    const strides = this.#strides[side];
    if (strides === undefined) return this.#place(of, tokens, width);
    const [b, note] = [this.#b, this.#note];
    const entry = b.binary("mul", of.entry, strides.outer, note);
    const head = b.binary("mul", of.head, strides.inner, note);
    const start = b.binary("add", strides.first, b.binary("add", entry, head, note), note);
    return { start, stride: strides.row };
  }

  /** Where the tokens of a head start, and how far they lie apart: `headPlace` of the IR in the kernel's words. */
  #place(own: Head, tokens: ValueId, width: ValueId): Pick<Rows, "start" | "stride"> {
    const { entry, head, heads, tokensFirst } = own;
    const times = (x: ValueId, y: ValueId): ValueId => this.#b.binary("mul", x, y, this.#note);
    const plus = (x: ValueId, y: ValueId): ValueId => this.#b.binary("add", x, y, this.#note);
    if (!tokensFirst)
      return { start: times(times(plus(times(entry, heads), head), tokens), width), stride: width };
    const start = times(plus(times(times(entry, tokens), heads), head), width);
    return { start, stride: times(heads, width) };
  }

  #allKeys(walk: Walk): readonly ValueId[] {
    const b = this.#b;
    const { block, padded, causal } = this.#wish;
    const start: readonly Carried[] = [
      { init: b.full([block.queries], lowest, "f32", this.#note), label: "top" },
      { init: b.full([block.queries], 0, "f32", this.#note), label: "total" },
      { init: b.full([block.queries, padded.e], 0, "f32", this.#note), label: "acc" },
    ];
    const zero = b.const(0, "i32");
    const { m } = this.#numbers;
    if (!causal || !block.split) return this.#loop(walk, { lower: zero, upper: m, masked: true }, start);
    const seen = this.#seenByAll();
    const first = this.#loop(walk, { lower: zero, upper: seen, masked: false }, start);
    const rest = start.map(({ label }, at) => ({ init: first[at] ?? -1, label }));
    return this.#loop(walk, { lower: seen, upper: m, masked: true }, rest);
  }

  #loop(
    walk: Walk,
    range: { readonly lower: ValueId; readonly upper: ValueId; readonly masked: boolean },
    carried: readonly Carried[],
  ): readonly ValueId[] {
    const { block, span } = this.#wish;
    const head = {
      lower: range.lower,
      upper: range.upper,
      step: block.keys,
      indexLabel: "j0",
      span,
    };
    return this.#b.forLoop(head, carried, (j0, state) => this.#step(walk, j0, state, range.masked));
  }

  /** One block of keys: scores, the maximum with them, and what the sums become by it. */
  #step(walk: Walk, j0: ValueId, state: readonly ValueId[], masked: boolean): readonly ValueId[] {
    const [b, note] = [this.#b, this.#note];
    const { block, padded } = this.#wish;
    const { queries: bq, keys: bk } = block;
    const [top = -1, sum = -1, soFar = -1] = state;
    const js = b.binary("add", b.broadcast(j0, [bk]), b.arange(0, bk), note);
    const there = masked ? { rows: js, rowCount: this.#numbers.m } : { rows: js };
    const keys = loadRows(b, this.#pointers.k, { ...there, ...walk.keys, shape: [bk, padded.d] }, note);
    const raw = b.dot(asFloat(b, walk.queries), asFloat(b, b.transpose(keys)), note);
    const scores = b.binary("mul", raw, b.broadcast(this.#numbers.scale, [bq, bk]), note);
    const live = masked ? this.#live(js, walk.rows) : undefined;
    const shown = this.#where(live, scores, lowest);
    const next = b.binary("max", top, b.reduce("max", shown, 1, note), note);
    const raised = b.unary("exp", b.binary("sub", shown, down(b, next, [bq, bk]), note), note);
    const p = this.#where(live, raised, 0);
    const repair = b.unary("exp", b.binary("sub", top, next, note), { ...note, label: "repair" });
    const values = loadRows(b, this.#pointers.v, { ...there, ...walk.values, shape: [bk, padded.e] }, note);
    const repaired = b.binary("mul", soFar, down(b, repair, [bq, padded.e]), note);
    return [
      next,
      b.binary("add", b.binary("mul", sum, repair, note), b.reduce("sum", p, 1, note), note),
      b.binary("add", repaired, b.dot(p, asFloat(b, values), note), note),
    ];
  }

  #where(live: ValueId | undefined, yes: ValueId, other: number): ValueId {
    if (live === undefined) return yes;
    const { queries, keys } = this.#wish.block;
    const no = this.#b.full([queries, keys], other, "f32");
    return this.#b.select({ condition: live, yes, no }, this.#note);
  }

  /** Which queries see which keys. */
  #live(js: ValueId, rows: ValueId): ValueId {
    const [b, note] = [this.#b, this.#note];
    const shape = [this.#wish.block.queries, this.#wish.block.keys];
    const { n, m } = this.#numbers;
    const inside = b.binary("lt", across(b, js, shape), b.broadcast(m, shape), note);
    if (!this.#wish.causal) return inside;
    const last = b.binary("add", down(b, rows, shape), b.broadcast(b.binary("sub", m, n), shape), note);
    const before = b.binary("le", across(b, js, shape), last, note);
    return b.binary("and", inside, before, { ...note, label: "seen" });
  }

  /** Keys that every query of this program sees, in whole blocks. */
  #seenByAll(): ValueId {
    const b = this.#b;
    const { queries, keys } = this.#wish.block;
    const { n, m } = this.#numbers;
    const first = b.binary("mul", b.programId(0), b.const(queries, "i32"));
    const seen = b.binary("add", b.binary("add", first, b.const(1, "i32")), b.binary("sub", m, n));
    const count = b.binary("max", b.binary("min", m, seen), b.const(0, "i32"));
    const blocks = b.binary("idiv", count, b.const(keys, "i32"));
    return b.binary("mul", blocks, b.const(keys, "i32"));
  }

  #store(
    from: { readonly total: ValueId; readonly sum: ValueId; readonly rows: ValueId; readonly width: ValueId },
    place: Pick<Rows, "start" | "stride">,
  ): void {
    const [b, note] = [this.#b, this.#note];
    const { block, padded, out } = this.#wish;
    const { n, e } = this.#numbers;
    const { total, sum, rows, width } = from;
    const shape = [block.queries, padded.e];
    const some = b.binary("gt", total, b.full([block.queries], 0, "f32"), note);
    const divisor = b.select({ condition: some, yes: total, no: b.full([block.queries], 1, "f32") }, note);
    const value = b.binary("div", sum, down(b, divisor, shape), note);
    const at = placeRows(b, { rows, columns: width, rowCount: n, columnCount: e, shape, ...place }, note);
    const stored = out === "f32" ? value : b.cast(value, out, note);
    b.store({ pointer: this.#pointers.out, ...at, value: stored }, note);
  }
}

interface Walk {
  readonly rows: ValueId;
  readonly queries: ValueId;
  readonly keys: Omit<Rows, "rows" | "rowCount" | "shape">;
  readonly values: Omit<Rows, "rows" | "rowCount" | "shape">;
}

interface Carried {
  readonly init: ValueId;
  readonly label: string;
}
