import type { Expr } from "../expr.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { launchLibrary, powerOfTwo } from "../library/launch.ts";
import { rowView } from "./row-view.ts";
import type { MemorySizes } from "./sizes.ts";

/**
 * The column of the page table where a sequence's page `number` stands: the first ones have their own, the others take turns.
 */
export function columnText({ pagesEach, pagesKept, length, page }: MemorySizes, number: string): string {
  if (pagesEach * page >= length) return number;
  return `(${number} < ${pagesKept} ? ${number} : ${pagesKept} + (${number} - ${pagesKept}) % ${pagesEach - pagesKept})`;
}

/** A program for each row and 64 of its numbers. Empty rows write nothing. */
function appendText(sizes: MemorySizes): string {
  return `kernel((y: Ptr<"${sizes.dtype}">, k: Ptr, v: Ptr, rows: Ptr<"i32">, table: Ptr<"i32">, n: i32, pagesEach: i32, half: i32,
  HEADS: Const, SIZE: Const, PAGE: Const, KFROM: Const, KSTEP: Const, VFROM: Const, VSTEP: Const, BLOCK: Const) => {
  const row = programId(0);
  const at = programId(1) * BLOCK + arange(BLOCK);
  const sequence = load(rows + (n + row));
  const place = load(rows + (2 * n + row));
  const inside = at < HEADS * SIZE && sequence >= 0;
  const number = idiv(place, PAGE);
  const page = load(table + (sequence * pagesEach + ${columnText(sizes, "number")}), sequence >= 0);
  const to = ((page * HEADS + idiv(at, SIZE)) * PAGE + place % PAGE) * SIZE + at % SIZE;
  store(y + to, load(k + (row * KSTEP + KFROM + at), inside), inside);
  store(y + (half + to), load(v + (row * VSTEP + VFROM + at), inside), inside);
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

/** A program for each row and head: the greatest of its numbers is 127, of keys and of values. */
const codesText = (
  sizes: MemorySizes,
): string => `kernel((y: Ptr<"i8">, scales: Ptr, k: Ptr, v: Ptr, rows: Ptr<"i32">, table: Ptr<"i32">, n: i32, pagesEach: i32, half: i32,
  HEADS: Const, SIZE: Const, WIDE: Const, PAGE: Const, KFROM: Const, KSTEP: Const, VFROM: Const, VSTEP: Const) => {
  const row = programId(0);
  const head = programId(1);
  const lane = arange(WIDE);
  const sequence = load(rows + (n + row));
  const place = load(rows + (2 * n + row));
  const inside = lane < SIZE && sequence >= 0;
  const number = idiv(place, PAGE);
  const page = load(table + (sequence * pagesEach + ${columnText(sizes, "number")}), sequence >= 0);
  const at = (page * HEADS + head) * PAGE + place % PAGE;
  const keep = (x, before) => {
    const values = load(x + (head * SIZE + lane), inside);
    const scale = max(abs(values)) / 127;
    store(y + (before * SIZE + at * SIZE + lane), round(values / where(scale > 0, scale, 1)).to("i32"), inside);
    store(scales + (before + at), scale, sequence >= 0);
  };
  keep(k + (row * KSTEP + KFROM), 0);
  keep(v + (row * VSTEP + VFROM), half);
})`;

/** The layer's memory with keys and values [n, heads, headSize] of these rows at their places, in the buffers of `layer`. */
export function append(
  kernels: KernelCache,
  layer: readonly Expr[],
  { k, v }: { readonly k: Expr; readonly v: Expr },
  { rows, table, sizes }: Step,
): readonly Expr[] {
  const { heads, headSize, page, pages, pagesEach } = sizes;
  const [, n = 1] = rows.shape;
  const [kept, scales] = layer.map((part) => ({ makes: part.type, from: part, over: true }));
  const [keys, values] = [rowView(k), rowView(v)];
  const given = { k: keys.of, v: values.of, rows, table, n, pagesEach };
  const lie = { KFROM: keys.start, KSTEP: keys.step, VFROM: values.start, VSTEP: values.step };
  const constants = { HEADS: heads, SIZE: headSize, PAGE: page, ...lie };
  const tokens = pages * heads * page;
  if (kept === undefined) return [];
  if (scales === undefined)
    return launchLibrary(kernels, {
      name: "append_tokens",
      text: appendText(sizes),
      constants: { ...constants, BLOCK: 64 },
      grid: [n, Math.ceil((heads * headSize) / 64), 1],
      given: { ...given, y: kept, half: tokens * headSize },
    });
  return launchLibrary(kernels, {
    name: "append_codes",
    text: codesText(sizes),
    constants: { ...constants, WIDE: powerOfTwo(headSize) },
    grid: [n, heads, 1],
    given: { ...given, y: kept, scales, half: tokens },
  });
}
