import { matmul } from "../contract/matmul.ts";
import { arithmetic, floating } from "../elementwise.ts";
import type { Expr } from "../expr.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { launchOne } from "../library/launch.ts";
import { alias, cast } from "../nodes.ts";
import { transpose } from "../views.ts";
import { triangularSolve } from "./solve.ts";
import { triangle } from "./triangle.ts";
import { backTo, squaresOf, tilesOf } from "./matrices.ts";

/** Column after column: the column is divided by the root of its pivot, and what it explains is taken off the rest. */
const text = `kernel((a: Ptr, n: i32, ROWS: Const, WIDTH: Const) => {
  const base = a + programId(0) * n * n;
  const column = arange(WIDTH);
  for (const j of range(n)) {
    const root = sqrt(load(base + (j * n + j)));
    const below = load(base + (column * n + j), column > j && column < n) / root;
    store(base + (column * n + j), where(column == j, root, where(column > j, below, 0)), column < n);
    const right = expand(load(base + (column * n + j), column > j && column < n), 0);
    for (const first of range(j + 1, n, ROWS)) {
      const row = first + arange(ROWS);
      const left = expand(load(base + (row * n + j), row < n), 1);
      const place = expand(row * n, 1) + expand(column, 0);
      const inside = expand(row < n, 1) && expand(column > j, 0) && expand(column, 0) <= expand(row, 1);
      store(base + place, load(base + place, inside) - left * right, inside);
    }
  }
})`;

/**
 * The lower triangle L of a = L L^T for symmetric positive definite a [..., n, n]; only its lower triangle is read. Where a
 * is not positive definite, NaN from that column on.
 */
export function cholesky(kernels: KernelCache, input: Expr): Expr {
  const { expr, count, rows } = squaresOf(input, "cholesky");
  const made = launchOne(kernels, {
    name: "cholesky",
    text,
    constants: tilesOf(rows, rows),
    grid: [count, 1, 1],
    given: { a: { makes: expr.type, from: expr }, n: rows },
  });
  const pull = (g: Expr, l: Expr): readonly Expr[] => [cast(pullCholesky(kernels, g, l), input.dtype)];
  return alias(backTo(input, made)).withGradient({ of: [input], pull });
}

/**
 * L^-T P L^-1 with P the lower triangle of L^T G, its diagonal halved (Murray, "Differentiation of the Cholesky decomposition", 2016);
 * what belongs to the upper triangle, which is not read, goes to the lower one.
 */
function pullCholesky(kernels: KernelCache, g: Expr, l: Expr): Expr {
  const product = matmul(transpose(l), g);
  const lower = triangle(product, { upper: false, strict: true });
  const halved = floating("div", arithmetic("add", lower, triangle(product, { upper: false })), 2);
  const left = triangularSolve(kernels, l, halved, { transpose: true });
  const whole = transpose(triangularSolve(kernels, l, transpose(left), { transpose: true }));
  const both = arithmetic("add", whole, transpose(whole));
  const strict = triangle(both, { upper: false, strict: true });
  return arithmetic("add", strict, diagonal(whole));
}

function diagonal(input: Expr): Expr {
  return triangle(triangle(input, { upper: false }), { upper: true });
}
