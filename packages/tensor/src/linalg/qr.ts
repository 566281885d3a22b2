import { identity } from "../create.ts";
import { matmul } from "../contract/matmul.ts";
import { arithmetic } from "../elementwise.ts";
import { type Expr, pick } from "../expr.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { launchLibrary, launchOne } from "../library/launch.ts";
import { alias, broadcast, cast, slice, unary } from "../nodes.ts";
import { transpose } from "../views.ts";
import { triangle } from "./triangle.ts";
import { backTo, matricesOf, rightSides, tilesOf, wrongShape } from "./matrices.ts";
import { triangularSolve } from "./solve.ts";

/** x - (v . x) v for rows from j on; v is column j of `mirrors`, of length sqrt 2 (or 0, which changes nothing). */
const reflect = `const reflect = (target, mirrors, m, n, j) => {
    const column = arange(WIDTH);
    let along = zeros([WIDTH]);
    for (const first of range(j, m, ROWS)) {
      const row = first + arange(ROWS);
      const v = expand(load(mirrors + (row * n + j), row < m), 1);
      const place = expand(row * n, 1) + expand(column, 0);
      along += sum(v * load(target + place, expand(row < m, 1) && expand(column < n, 0)), 0);
    }
    for (const first of range(j, m, ROWS)) {
      const row = first + arange(ROWS);
      const v = expand(load(mirrors + (row * n + j), row < m), 1);
      const place = expand(row * n, 1) + expand(column, 0);
      const inside = expand(row < m, 1) && expand(column < n, 0);
      store(target + place, load(target + place, inside) - v * expand(along, 0), inside);
    }
  };`;

/** Each column is mirrored onto its axis, away from where it points, so that nothing cancels (Householder, 1958). */
const reduceText = `kernel((a: Ptr, v: Ptr, m: i32, n: i32, ROWS: Const, WIDTH: Const, TALL: Const) => {
  ${reflect}
  const base = a + programId(0) * m * n;
  const mirrors = v + programId(0) * m * n;
  const row = arange(TALL);
  for (const j of range(n)) {
    const here = load(base + (row * n + j), row >= j && row < m);
    const most = max(abs(here));
    const scaled = most > 0 ? here / most : here;
    const length = sqrt(sum(scaled * scaled));
    const corner = sum(where(row == j, scaled, 0));
    const away = scaled + where(row == j, corner < 0 ? -length : length, 0);
    const size = sum(away * away);
    store(mirrors + (row * n + j), size > 0 ? away * sqrt(2 / size) : away, row < m);
    reflect(base, mirrors, m, n, j);
  }
})`;

/** The mirrors, the last one first, of the unit vectors. */
const expandText = `kernel((v: Ptr, q: Ptr, m: i32, n: i32, ROWS: Const, WIDTH: Const) => {
  ${reflect}
  const base = q + programId(0) * m * n;
  const mirrors = v + programId(0) * m * n;
  for (const turn of range(n)) reflect(base, mirrors, m, n, n - 1 - turn);
})`;

export interface Qr {
  /** [..., m, n], columns at right angles and of length 1 */
  readonly q: Expr;
  /** [..., n, n], an upper triangle */
  readonly r: Expr;
}

/** a = q r for a [..., m, n] with m >= n. Of any rank: q is orthogonal, r has zeros on its diagonal where columns depend. */
export function qr(kernels: KernelCache, input: Expr): Qr {
  const { expr, lead, count, rows: m, columns: n } = matricesOf(input, "qr");
  if (m < n)
    throw wrongShape(
      `qr of ${m} x ${n}: there are fewer rows than columns`,
      "take the qr of the transposed: a.T",
    );
  const tiles = tilesOf(m, n);
  const grid = [count, 1, 1] as const;
  const reduced = launchLibrary(kernels, {
    name: "qr_reduce",
    text: reduceText,
    constants: { ...tiles, TALL: tilesOf(1, m).WIDTH },
    grid,
    given: { a: { makes: expr.type, from: expr }, v: { makes: expr.type }, m, n },
  });
  const unit = slice(
    broadcast(identity(m), [...lead, m, m]),
    expr.shape.map(() => 0),
    expr.shape,
  );
  const q = launchOne(kernels, {
    name: "qr_expand",
    text: expandText,
    constants: tiles,
    grid,
    given: { v: pick(reduced, 1), q: { makes: expr.type, from: unit }, m, n },
  });
  const top = slice(
    pick(reduced, 0),
    expr.shape.map(() => 0),
    [...lead, n, n],
  );
  const back = (inner: Expr, right: Qr, g?: Expr): readonly Expr[] => [
    cast(pullQr(kernels, right, { inner, g }), input.dtype),
  ];
  const found: { q: Expr; r: Expr } = {
    q: alias(backTo(input, q)).withGradient({
      of: [input],
      pull: (g) => back(unary("neg", matmul(transpose(g), found.q)), found, g),
    }),
    r: alias(backTo(input, triangle(top, { upper: true }))).withGradient({
      of: [input],
      pull: (g) => back(matmul(found.r, triangle(g, { upper: true }), { transposeRight: true }), found),
    }),
  };
  return found;
}

/**
 * (g + q S) r^-T, where S is the symmetric matrix that has the lower triangle of M = r gr^T - gq^T q (Walter and Lehmann, "Algorithmic
 * differentiation of linear algebra functions with application in optimum experimental design", 2012). Infinities and NaN where the
 * rank is less than n.
 */
function pullQr(
  kernels: KernelCache,
  { q, r }: Qr,
  { inner, g }: { readonly inner: Expr; readonly g: Expr | undefined },
): Expr {
  const strict = triangle(inner, { upper: false, strict: true });
  const symmetric = arithmetic("add", triangle(inner, { upper: false }), transpose(strict));
  const turned = matmul(q, symmetric);
  const whole = g === undefined ? turned : arithmetic("add", g, turned);
  return transpose(triangularSolve(kernels, r, transpose(whole), { upper: true }));
}

/** x with the least |a x - b|, for a [..., m, n] of m >= n and rank n; else infinities and NaN. */
export function leastSquares(kernels: KernelCache, a: Expr, b: Expr): Expr {
  const sides = rightSides(matricesOf(a, "lstsq"), b, "lstsq");
  const { q, r } = qr(kernels, a);
  return triangularSolve(kernels, r, matmul(transpose(q), sides.expr), { upper: true });
}
