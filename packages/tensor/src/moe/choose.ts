import type { Expr } from "../expr.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { launchOne, powerOfTwo } from "../library/launch.ts";
import { cast } from "../nodes.ts";

/**
 * Row by row the greatest number that was not taken yet, K times. A number that is NaN counts as -Infinity. `order` tells equal ones
 * apart: lower places first, then those behind the row, then those that were taken; so places are always in the row and never twice.
 */
const text = `kernel((x: Ptr, y: Ptr<"i32">, rows: i32, n: i32, ROWS: Const, BLOCK: Const, K: Const) => {
  const row = programId(0) * ROWS + arange(ROWS);
  const at = expand(arange(BLOCK), 0);
  const inside = expand(row < rows, 1) && at < n;
  const value = load(x + (expand(row, 1) * n + at), inside, -Infinity);
  let key = where(isNaN(value), -Infinity, value);
  let order = broadcast(where(at < n, at, at + BLOCK), [ROWS, BLOCK]);
  for (const turn of range(K)) {
    const [most, place] = reduce([key, order], 1, (a, i, b, j) => [
      where(a > b || (a == b && i < j), a, b),
      where(a > b || (a == b && i < j), i, j),
    ]);
    store(y + (row * K + turn), place, row < rows);
    const taken = at == expand(place, 1);
    key = where(taken, -Infinity, key);
    order = where(taken, order + 2 * BLOCK, order);
  }
})`;

/** The places of the k greatest of each row, from the greatest on, the first of equal ones: keys [rows, n] -> i32 [rows, k]. */
export function choose(kernels: KernelCache, keys: Expr, k: number): Expr {
  const [rows = 1, n = 1] = keys.shape;
  const block = powerOfTwo(n);
  // 32 rows of up to 64: a thread has whole rows, without a barrier.
  const tall = Math.max(1, Math.min(32, 2048 / block));
  return launchOne(kernels, {
    name: "moe_choose",
    text,
    constants: { ROWS: tall, BLOCK: block, K: k },
    grid: [Math.ceil(rows / tall), 1, 1],
    given: { x: cast(keys, "f32"), y: { makes: { dtype: "i32", shape: [rows, k] } }, rows, n },
  });
}
