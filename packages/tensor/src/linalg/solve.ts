import { matmul } from "../contract/matmul.ts";
import { arithmetic } from "../elementwise.ts";
import { fold } from "../reduce.ts";
import { transpose } from "../views.ts";
import { type Expr, pick } from "../expr.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { launchLibrary, launchOne, powerOfTwo } from "../library/launch.ts";
import { alias, broadcast, cast, iota, reshape, unary } from "../nodes.ts";
import { checkOptions } from "../options.ts";
import { identity } from "../create.ts";
import { triangle } from "./triangle.ts";
import { backTo, type Matrices, rightSides, squaresOf, tilesOf } from "./matrices.ts";

/**
 * Gauss: the row with the greatest number of the column is swapped up (partial pivoting), and the column is taken off the rows
 * below. A column of nothing but zeros is left, so that the determinant comes out as 0.
 */
const luText = `kernel((a: Ptr, order: Ptr<"i32">, diagonal: Ptr, n: i32, ROWS: Const, WIDTH: Const) => {
  const base = a + programId(0) * n * n;
  const places = order + programId(0) * n;
  const column = arange(WIDTH);
  const there = column < n;
  let sign = 1;
  for (const j of range(n)) {
    const sizes = where(there && column >= j, abs(load(base + (column * n + j), there)), -1);
    const best = argmax(sizes, 0);
    const [upper, lower] = [load(base + (j * n + column), there), load(base + (best * n + column), there)];
    store(base + (best * n + column), upper, there);
    store(base + (j * n + column), lower, there);
    const [first, second] = [load(places + j), load(places + best)];
    store(places + best, first);
    store(places + j, second);
    sign = best == j ? sign : -sign;
    const pivot = load(base + (j * n + j));
    store(diagonal + programId(0) * n + j, j == n - 1 ? pivot * sign : pivot);
    const tail = load(base + (j * n + column), column > j && there);
    for (const start of range(j + 1, n, ROWS)) {
      const row = start + arange(ROWS);
      const value = load(base + (row * n + j), row < n);
      const factor = pivot == 0 ? zeros([ROWS]) : value / pivot;
      store(base + (row * n + j), factor, row < n);
      const place = expand(row * n, 1) + expand(column, 0);
      const inside = expand(row < n, 1) && expand(column > j && there, 0);
      store(base + place, load(base + place, inside) - expand(factor, 1) * expand(tail, 0), inside);
    }
  }
})`;

/** Rows of b in another order. */
const reorderText = `kernel((b: Ptr, order: Ptr<"i32">, y: Ptr, n: i32, k: i32, size: i32, BLOCK: Const) => {
  const at = programId(0) * BLOCK + arange(BLOCK);
  const row = idiv(at, k);
  const from = idiv(row, n) * n + load(order + row, at < size);
  store(y + at, load(b + (from * k + at % k), at < size), at < size);
})`;

/**
 * Equations of a triangle, one unknown after the other, for COLS right sides at a time. Element [i, j] of the triangle is
 * at i * down + j * right, so a transposed one is the same memory.
 */
const triangleText = `kernel((a: Ptr, x: Ptr, n: i32, k: i32, down: i32, right: i32, UPPER: Const, UNIT: Const, ROWS: Const, COLS: Const) => {
  const base = a + programId(0) * n * n;
  const column = programId(1) * COLS + arange(COLS);
  const sides = x + programId(0) * n * k;
  for (const turn of range(n)) {
    const j = UPPER ? n - 1 - turn : turn;
    const divisor = UNIT ? 1 : load(base + j * (down + right));
    const value = load(sides + (j * k + column), column < k) / divisor;
    store(sides + (j * k + column), value, column < k);
    const [from, to] = UPPER ? [0, j] : [j + 1, n];
    for (const first of range(from, to, ROWS)) {
      const row = first + arange(ROWS);
      const factor = expand(load(base + (row * down + j * right), row < to), 1);
      const place = expand(row * k, 1) + expand(column, 0);
      const inside = expand(row < to, 1) && expand(column < k, 0);
      store(sides + place, load(sides + place, inside) - factor * expand(value, 0), inside);
    }
  }
})`;

export interface TriangleOptions {
  /** The upper triangle counts; else the lower one. The other is not read. */
  readonly upper?: boolean;
  /** Solves with the triangle transposed. */
  readonly transpose?: boolean;
  /** The diagonal is 1 and not read. */
  readonly unit?: boolean;
}

/** x with a x = b for a triangle a [..., n, n] and b [..., n, k]. Where the diagonal has a 0: infinities and NaN. */
export function triangularSolve(kernels: KernelCache, a: Expr, b: Expr, options: TriangleOptions = {}): Expr {
  checkOptions("triangularSolve", options, ["upper", "transpose", "unit"]);
  const matrix = squaresOf(a, "triangularSolve");
  const made = backTo(b, solveTriangle(kernels, matrix, rightSides(matrix, b, "triangularSolve"), options));
  const { upper = false, transpose: turned = false, unit = false } = options;
  const pull = (g: Expr, x: Expr): readonly Expr[] => {
    const sides = triangularSolve(kernels, a, g, { upper, transpose: !turned, unit });
    const whole = turned ? outer(x, sides) : outer(sides, x);
    return [cast(triangle(whole, { upper, strict: unit }), a.dtype), sides];
  };
  return alias(made).withGradient({ of: [a, b], pull });
}

/** - u v^T: how a b = c changes with a (Giles, "Collected matrix derivative results", 2008). */
function outer(u: Expr, v: Expr): Expr {
  return unary("neg", matmul(u, v, { transposeRight: true }));
}

function solveTriangle(kernels: KernelCache, a: Matrices, b: Matrices, options: TriangleOptions): Expr {
  const { upper = false, transpose: turned = false, unit = false } = options;
  const n = a.rows;
  const columns = Math.min(64, powerOfTwo(b.columns));
  return launchOne(kernels, {
    name: "triangular_solve",
    text: triangleText,
    constants: { UPPER: upper !== turned, UNIT: unit, ROWS: tilesOf(n, columns).ROWS, COLS: columns },
    grid: [a.count, Math.ceil(b.columns / columns), 1],
    given: {
      a: a.expr,
      x: { makes: b.expr.type, from: b.expr },
      n,
      k: b.columns,
      down: turned ? 1 : n,
      right: turned ? n : 1,
    },
  });
}

/** L below and U in one matrix, the i32 order of rows, and the pivots, the last times the sign of that order. */
function factor(kernels: KernelCache, a: Matrices): { lu: Matrices; order: Expr; pivots: Expr } {
  const { count, rows } = a;
  const shape = [...a.lead, rows];
  const numbers = broadcast(iota([rows], "i32"), shape);
  const made = launchLibrary(kernels, {
    name: "lu",
    text: luText,
    constants: tilesOf(rows, rows),
    grid: [count, 1, 1],
    given: {
      a: { makes: a.expr.type, from: a.expr },
      order: { makes: { dtype: "i32", shape }, from: numbers },
      diagonal: { makes: { dtype: "f32", shape } },
      n: rows,
    },
  });
  return { lu: { ...a, expr: pick(made, 0) }, order: pick(made, 1), pivots: pick(made, 2) };
}

/** x with a x = b for a [..., n, n], b [..., n, k], by LU with partial pivoting. Singular a: infinities and NaN. */
export function solve(kernels: KernelCache, a: Expr, b: Expr): Expr {
  const matrix = squaresOf(a, "solve");
  const sides = rightSides(matrix, b, "solve");
  const { lu, order } = factor(kernels, matrix);
  const size = sides.count * sides.rows * sides.columns;
  const ordered = launchOne(kernels, {
    name: "reorder_rows",
    text: reorderText,
    constants: { BLOCK: 256 },
    grid: [Math.ceil(size / 256), 1, 1],
    given: {
      b: sides.expr,
      order,
      y: { makes: sides.expr.type },
      n: sides.rows,
      k: sides.columns,
      size,
    },
  });
  const half = solveTriangle(kernels, lu, { ...sides, expr: ordered }, { unit: true });
  const made = backTo(b, solveTriangle(kernels, lu, { ...sides, expr: half }, { upper: true }));
  const pull = (g: Expr, x: Expr): readonly Expr[] => {
    const back = solve(kernels, transpose(a), g);
    return [cast(outer(back, x), a.dtype), back];
  };
  return alias(made).withGradient({ of: [a, b], pull });
}

/** a^-1 for a [..., n, n]; infinities and NaN for singular a. */
export function inverse(kernels: KernelCache, input: Expr): Expr {
  const { expr } = squaresOf(input, "inv");
  const unit = broadcast(identity(expr.shape.at(-1) ?? 1), expr.shape);
  return backTo(input, solve(kernels, expr, unit));
}

/** The determinants [...] of a [..., n, n]: products of the pivots. 0 for singular a, as far as f32 sees it. */
export function determinant(kernels: KernelCache, input: Expr): Expr {
  const { pivots } = factor(kernels, squaresOf(input, "det"));
  const made = backTo(input, fold("prod", pivots, -1));
  const pull = (g: Expr, det: Expr): readonly Expr[] => {
    const scale = reshape(arithmetic("mul", g, det), [...g.shape, 1, 1]);
    return [cast(arithmetic("mul", transpose(inverse(kernels, input)), scale), input.dtype)];
  };
  return alias(made).withGradient({ of: [input], pull });
}
