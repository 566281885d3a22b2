import type { Expr } from "../expr.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { launchLibrary, launchOne, powerOfTwo } from "../library/launch.ts";
import { columnText, type Step } from "./append.ts";
import { rowView } from "./row-view.ts";
import type { MemorySizes } from "./sizes.ts";

/** Keys that one program walks along, at most, before its walk is split among several. */
const longWalk = 512;

/**
 * A program for each row, head of keys, and part of the walk. It holds the queries that share the head, and walks along the keys
 * up to the row's own place, as in FlashAttention-2, a block of one page at a
 * time. What a page has behind that place is read, too, and counts for nothing. Of a part of the walk it leaves
 * the sum as it is, and its maximum and total, for the merge.
 */
function attendText(sizes: MemorySizes, isPart: boolean): string {
  const { dtype } = sizes;
  const walk = walkOf(sizes);
  return `kernel((q: Ptr, kv: Ptr<"${dtype}">, rows: Ptr<"i32">, table: Ptr<"i32">, y: Ptr, ${isPart ? "marks: Ptr, " : ""}${dtype === "i8" ? "scales: Ptr, " : ""}n: i32, pagesEach: i32, half: i32, scale: f32,
  HEADS: Const, GROUP: Const, SHARED: Const, SIZE: Const, WIDE: Const, PAGE: Const, BLOCK: Const, SPAN: Const, PARTS: Const,
  QFROM: Const, QSTEP: Const) => {
  const row = programId(0);
  const head = programId(1);
  const part = programId(2);
  const sequence = load(rows + (n + row));
  const place = load(rows + (2 * n + row));
  const member = expand(arange(SHARED), 1);
  const lane = expand(arange(WIDE), 0);
  const asked = member < GROUP && lane < SIZE;
  const one = row * HEADS * GROUP + head * GROUP + member;
  const query = load(q + (row * QSTEP + QFROM + (head * GROUP + member) * SIZE + lane), asked) * scale;
  let most = full([SHARED, 1], -Infinity);
  let total = zeros([SHARED, 1]);
  let mixed = zeros([SHARED, WIDE]);
  const begin = part * SPAN;
  ${walk.shift}
  const end = minimum(sequence < 0 ? 0 : place + 1${walk.less}, begin + SPAN);
  for (const one of range(begin, end, BLOCK)) {
    ${walk.first}
    const at = first + arange(BLOCK);
    const seen = ${walk.seen};
    const number = idiv(first, PAGE);
    const page = load(table + (sequence * pagesEach + ${columnText(sizes, "number")}));
    const token = (page * HEADS + head) * PAGE + first % PAGE + arange(BLOCK);
    const from = kv + (expand(token * SIZE, 1) + lane);
    const key = load(from, lane < SIZE).to("f32")${scaled(dtype, "0")};
    const value = where(expand(seen, 1), load(from + half, lane < SIZE).to("f32")${scaled(dtype, "idiv(half, SIZE)")}, 0);
    const scores = where(expand(seen, 0), dot(query, key.T), -Infinity);
    const peak = maximum(most, max(scores, 1, { keepDims: true }));
    const weights = exp(scores - peak);
    const kept = exp(most - peak);
    total = total * kept + sum(weights, 1, { keepDims: true });
    mixed = mixed * kept + dot(weights, value);
    most = peak;
  }
  ${isPart ? storePart : storeWhole}
})`;
}

/** Tokens that are looked at together: the most, up to 32, of which a page has whole blocks. */
function blockOf(page: number): number {
  return Math.min(32, page & -page);
}

/**
 * How a row walks along the tokens of its text. With a window it walks along the blocks of the first tokens, jumps, and goes on at the block in
 * which its window begins.
 */
function walkOf({ window, sinks, length, page }: MemorySizes): {
  /** Most steps that a walk may have. */
  readonly length: number;
  readonly shift: string;
  readonly less: string;
  readonly first: string;
  readonly seen: string;
} {
  if (window >= length)
    return { length, shift: "", less: "", first: "const first = one;", seen: "at <= place" };
  const block = blockOf(page);
  const before = Math.ceil(sinks / block) * block;
  return {
    length: Math.min(length, before + window + block),
    shift: `const shift = maximum(idiv(maximum(place - ${window - 1}, 0), BLOCK) * BLOCK - ${before}, 0);`,
    less: " - shift",
    first: `const first = one < ${before} ? one : one + shift;`,
    seen: `at <= place && (at > place - ${window} || at < ${sinks})`,
  };
}

/** Times the scale of its token. */
function scaled(dtype: string, before: string): string {
  return dtype === "i8" ? ` * expand(load(scales + (${before} + token)), 1)` : "";
}

const storeWhole = "store(y + (one * SIZE + lane), mixed / where(total > 0, total, 1), asked);";

const storePart = `store(y + ((one * PARTS + part) * SIZE + lane), mixed, asked);
  store(marks + ((one * PARTS + part) * 2), most, member < GROUP);
  store(marks + ((one * PARTS + part) * 2 + 1), total, member < GROUP);`;

/** Puts the parts of a walk together: a program for each row and head of queries. */
const mergeText = `kernel((parts: Ptr, marks: Ptr, y: Ptr, SIZE: Const, WIDE: Const, PARTS: Const, MANY: Const) => {
  const one = programId(0);
  const part = arange(MANY);
  const lane = expand(arange(WIDE), 0);
  const there = part < PARTS;
  const most = load(marks + ((one * PARTS + part) * 2), there, -Infinity);
  const total = load(marks + ((one * PARTS + part) * 2 + 1), there);
  const peak = max(most);
  const kept = where(total > 0, exp(most - peak), 0);
  const sums = load(parts + (expand(one * PARTS + part, 1) * SIZE + lane), expand(there, 1) && lane < SIZE);
  const whole = sum(total * kept);
  const mixed = sum(sums * expand(kept, 1), 0);
  store(y + (one * SIZE + arange(WIDE)), mixed / where(whole > 0, whole, 1), arange(WIDE) < SIZE);
})`;

/**
 * Attention of each row over its own sequence, up to and with its own place, or over its window and the first tokens: queries [n, heads, headSize] to the same shape. Queries may
 * have a multiple of the memory's heads. Empty rows come out as zeros.
 */
export function attendRows(
  kernels: KernelCache,
  q: Expr,
  layer: readonly Expr[],
  step: Step,
  scale: number,
): Expr {
  const [kept = q, scales] = layer;
  const { heads, headSize, page, pages, pagesEach } = step.sizes;
  const { length } = walkOf(step.sizes);
  const [n = 1, asking = heads] = q.shape;
  const parts = Math.ceil(length / longWalk);
  const wide = powerOfTwo(headSize);
  const group = asking / heads;
  const asks = rowView(q);
  const isPart = parts > 1;
  const sums = { dtype: "f32", shape: isPart ? [n, asking, parts, headSize] : q.shape } as const;
  const [mixed, marks] = launchLibrary(kernels, {
    name: "attend_rows",
    text: attendText(step.sizes, isPart),
    constants: {
      HEADS: heads,
      GROUP: group,
      SHARED: powerOfTwo(group),
      SIZE: headSize,
      WIDE: wide,
      PAGE: page,
      BLOCK: blockOf(page),
      SPAN: isPart ? longWalk : length,
      PARTS: parts,
      QFROM: asks.start,
      QSTEP: asks.step,
    },
    grid: [n, heads, parts],
    given: {
      q: asks.of,
      kv: kept,
      ...(scales === undefined ? {} : { scales }),
      rows: step.rows,
      table: step.table,
      y: { makes: sums },
      marks: { makes: { dtype: "f32", shape: [n, asking, parts, 2] } },
      n,
      pagesEach,
      half: pages * heads * page * headSize,
      scale,
    },
  });
  if (mixed === undefined || marks === undefined) return mixed ?? q;
  return launchOne(kernels, {
    name: "merge_parts",
    text: mergeText,
    constants: { SIZE: headSize, WIDE: wide, PARTS: parts, MANY: powerOfTwo(parts) },
    grid: [n * asking, 1, 1],
    given: { parts: mixed, marks, y: { makes: q.type } },
  });
}
