import { type BufferDType, type PackedDType, packedInfo } from "@tilebook/ir";
import type { KernelCache } from "../kernel/cache.ts";
import type { Expr } from "../expr.ts";
import { launchOne } from "../library/launch.ts";

/** Where the codes of a matrix [rows, columns] lie in words of another layout. */
export interface Lay {
  readonly rows: number;
  readonly columns: number;
  /** u2, u4 or u8. */
  readonly codes: PackedDType;
  /** Along which the codes of a word lie, the first in its lowest bits. */
  readonly along: "rows" | "columns";
  /** Words from one row (of words) to the next, and from one column to the next. */
  readonly steps: readonly [row: number, column: number];
  /** Of eight codes in a word, those with even numbers come first (AWQ). */
  readonly evenFirst?: boolean;
  /** What is added to each; its low bits are kept. */
  readonly more?: number;
}

const block = 1024;

function repackText(words: BufferDType, codes: PackedDType, evenFirst: boolean): string {
  const lane = evenFirst ? "(place >> 1) + (place & 1) * 4" : "place";
  return `kernel((words: Ptr<"${words}">, codes: Ptr<"${codes}">, n: i32, columns: i32, inRow: i32, inColumn: i32,
    rowStep: i32, columnStep: i32, more: i32, BITS: Const, BLOCK: Const) => {
  const at = programId(0) * BLOCK + arange(BLOCK);
  const inside = at < n;
  const row = idiv(at, columns);
  const column = at - row * columns;
  const [down, across] = [idiv(row, inRow), idiv(column, inColumn)];
  const place = row - down * inRow + (column - across * inColumn);
  const word = load(words + down * rowStep + across * columnStep, inside);
  store(codes + at, (word >> ((${lane}) * BITS)) + more, inside);
})`;
}

/** Codes [rows, columns] of words u8, or of 32 bits; what a store keeps of them are the low bits. */
export function repack(kernels: KernelCache, words: Expr, lay: Lay): Expr {
  const { rows, columns, codes, along, steps, evenFirst = false, more = 0 } = lay;
  const { bits } = packedInfo[codes];
  const inWord = (words.dtype === "u8" ? 8 : 32) / bits;
  const n = rows * columns;
  return launchOne(kernels, {
    name: evenFirst ? "repack_even_first" : "repack",
    text: repackText(words.dtype, codes, evenFirst),
    constants: { BLOCK: block, BITS: bits },
    grid: [Math.ceil(n / block), 1, 1],
    given: {
      words,
      codes: { makes: { dtype: codes, shape: [rows, columns] } },
      n,
      columns,
      inRow: along === "rows" ? inWord : 1,
      inColumn: along === "columns" ? inWord : 1,
      rowStep: steps[0],
      columnStep: steps[1],
      more,
    },
  });
}
