import type { Expr } from "../expr.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { launchLibrary, launchOne, powerOfTwo } from "../library/launch.ts";
import { cast } from "../nodes.ts";

/**
 * Row by row the greatest number that was not taken yet, K times. A number that is NaN counts as -Infinity. `order` tells equal ones
 * apart: lower places first, then those behind the row, then those that were taken; so places are always in the row and never twice.
 */
const rowText = `const row = programId(0) * ROWS + arange(ROWS);
  const at = expand(arange(BLOCK), 0);
  const inside = expand(row < rows, 1) && at < n;
  const value = load(x + (expand(row, 1) * n + at), inside, -Infinity);
  let key = where(isNaN(value), -Infinity, value);
  let order = broadcast(where(at < n, at, at + BLOCK), [ROWS, BLOCK]);`;

const nextText = `const [most, place] = reduce([key, order], 1, (a, i, b, j) => [
      where(a > b || (a == b && i < j), a, b),
      where(a > b || (a == b && i < j), i, j),
    ]);
    store(places + (row * K + turn), place, row < rows);
    const taken = at == expand(place, 1);
    key = where(taken, -Infinity, key);
    order = where(taken, order + 2 * BLOCK, order);`;

const text = `kernel((x: Ptr, places: Ptr<"i32">, rows: i32, n: i32, ROWS: Const, BLOCK: Const, K: Const) => {
  ${rowText}
  for (const turn of range(K)) {
    ${nextText}
  }
})`;

/** How the weights of what was chosen come from the numbers themselves. */
export interface Weighing {
  /** The softmax of all, or of the chosen ones. */
  readonly score: "softmax" | "chosen";
  /** Divided by their sum. */
  readonly normalize: boolean;
}

/** exp(x - greatest), over the sum of them in the row, or of those that were chosen. A row with a NaN gets nothing else. */
const weighedText = ({ score, normalize }: Weighing): string =>
  `kernel((x: Ptr, places: Ptr<"i32">, weights: Ptr, rows: i32, n: i32, ROWS: Const, BLOCK: Const, K: Const, WIDE: Const) => {
  ${rowText}
  const greatest = max(key, 1);
  const broken = max(isNaN(value).to("i32"), 1) > 0;
  let total = ${score === "softmax" && !normalize ? "sum(exp(key - expand(greatest, 1)), 1)" : "zeros([ROWS])"};
  const slot = expand(arange(WIDE), 0);
  let raised = zeros([ROWS, WIDE]);
  for (const turn of range(K)) {
    ${nextText}
    const share = exp(most - greatest);
    raised = where(slot == turn, expand(share, 1), raised);
    ${score === "chosen" || normalize ? "total += share;" : ""}
  }
  const weight = where(expand(broken, 1), NaN, raised / expand(total, 1));
  store(weights + (expand(row, 1) * K + slot), weight, expand(row < rows, 1) && slot < K);
})`;

function sizesFor(keys: Expr, k: number) {
  const [rows = 1, n = 1] = keys.shape;
  const block = powerOfTwo(n);
  // 32 rows of up to 64: a thread has whole rows, without a barrier.
  const tall = Math.max(1, Math.min(32, 2048 / block));
  return {
    constants: { ROWS: tall, BLOCK: block, K: k },
    grid: [Math.ceil(rows / tall), 1, 1] as const,
    given: {
      x: cast(keys, "f32"),
      places: { makes: { dtype: "i32" as const, shape: [rows, k] } },
      rows,
      n,
    },
  };
}

/** The places of the k greatest of each row, from the greatest on, the first of equal ones: keys [rows, n] -> i32 [rows, k]. */
export function choose(kernels: KernelCache, keys: Expr, k: number): Expr {
  return launchOne(kernels, { name: "moe_choose", text, ...sizesFor(keys, k) });
}

/** The same of logits, and the weights of what was chosen, f32 [rows, k], without a gradient. */
export function chooseWeighed(
  kernels: KernelCache,
  logits: Expr,
  { k, weighing }: { readonly k: number; readonly weighing: Weighing },
): readonly Expr[] {
  const { constants, grid, given } = sizesFor(logits, k);
  return launchLibrary(kernels, {
    name: "moe_route",
    text: weighedText(weighing),
    constants: { ...constants, WIDE: powerOfTwo(k) },
    grid,
    given: { ...given, weights: { makes: { dtype: "f32", shape: given.places.makes.shape } } },
  });
}
