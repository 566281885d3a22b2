import type { Expr } from "../expr.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { launchOne } from "../library/launch.ts";
import type { MemorySizes } from "./sizes.ts";

/** A program for each row and 64 of its numbers. Empty rows write nothing. */
function appendText(dtype: string): string {
  return `kernel((y: Ptr<"${dtype}">, k: Ptr, v: Ptr, rows: Ptr<"i32">, table: Ptr<"i32">, n: i32, pagesEach: i32, half: i32,
  HEADS: Const, SIZE: Const, PAGE: Const, BLOCK: Const) => {
  const row = programId(0);
  const at = programId(1) * BLOCK + arange(BLOCK);
  const sequence = load(rows + (n + row));
  const place = load(rows + (2 * n + row));
  const inside = at < HEADS * SIZE && sequence >= 0;
  const page = load(table + (sequence * pagesEach + idiv(place, PAGE)), sequence >= 0);
  const to = ((page * HEADS + idiv(at, SIZE)) * PAGE + place % PAGE) * SIZE + at % SIZE;
  store(y + to, load(k + (row * HEADS * SIZE + at), inside), inside);
  store(y + (half + to), load(v + (row * HEADS * SIZE + at), inside), inside);
})`;
}

/** What a layer's memory is read and written with: the rows of this step, and where pages are. */
export interface Step {
  /** i32 [fields, n], as in rows.ts. */
  readonly rows: Expr;
  /** i32 [sequences, pagesEach]: which page holds tokens `page · j` and following of a sequence. */
  readonly table: Expr;
  readonly sizes: MemorySizes;
}

/** The layer's memory with keys and values [n, heads, headSize] of these rows at their places, in the buffer of `layer`. */
export function append(
  kernels: KernelCache,
  layer: Expr,
  { k, v }: { readonly k: Expr; readonly v: Expr },
  { rows, table, sizes }: Step,
): Expr {
  const { heads, headSize, page, pages, pagesEach, dtype } = sizes;
  const [, n = 1] = rows.shape;
  return launchOne(kernels, {
    name: "append_tokens",
    text: appendText(dtype),
    constants: { HEADS: heads, SIZE: headSize, PAGE: page, BLOCK: 64 },
    grid: [n, Math.ceil((heads * headSize) / 64), 1],
    given: {
      y: { makes: layer.type, from: layer, over: true },
      k,
      v,
      rows,
      table,
      n,
      pagesEach,
      half: pages * heads * page * headSize,
    },
  });
}
