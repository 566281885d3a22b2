import { type Expr, pick } from "../expr.ts";
import { identity } from "../create.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { launchLibrary, launchOne, powerOfTwo } from "../library/launch.ts";
import { sortAlong } from "../library/sort.ts";
import { matmul } from "../contract/matmul.ts";
import { arithmetic, choose, compare, floating } from "../elementwise.ts";
import { alias, broadcast, fill, reshape } from "../nodes.ts";
import { transpose } from "../views.ts";
import { backTo, type Matrices, matricesOf, squaresOf } from "./matrices.ts";

/*
 * Jacobi's method: rotations in the planes of two columns, each of which makes one pair go to zero; sweeps over all pairs until
 * all are small. Pairs of one round of a tournament (the circle method) share no column, so a round goes at once.
 */

/** Rounds come to an end by themselves after 6 to 10 sweeps; never more than these. */
const sweeps = 20;
/**
 * Of the largest number there is: when all pairs of a sweep are below it, it was the last one. They are turned all the same, down to its
 * square: what is left then is its square.
 */
const small = 1e-7;

/** Who meets whom: the last one stays, the others go round. With an odd number the last seat is empty. */
const pairs = `const seat = arange(HALF);
      const first = (turn + seat) % (seats - 1);
      const second = where(seat == 0, seats - 1, (turn + seats - 1 - seat) % (seats - 1));
      const there = seat < idiv(seats, 2) && first < n && second < n;`;

/** The rotation of least angle that makes g zero, between diagonal numbers a and b (Golub, Van Loan, 8.5.2). */
const rotation = `const angle = (a, b, g, turns) => {
    const z = (b - a) / where(turns, 2 * g, 1);
    const t = where(turns, where(z < 0, -1, 1) / (abs(z) + sqrt(1 + z * z)), 0);
    const c = 1 / sqrt(1 + t * t);
    return [c, t * c];
  };
  const turn2 = (base, p, q, at, inside, c, s) => {
    const [x, y] = [load(base + (p + at), inside), load(base + (q + at), inside)];
    store(base + (p + at), c * x - s * y, inside);
    store(base + (q + at), s * x + c * y, inside);
  };`;

const eighText = `kernel((a: Ptr, v: Ptr, w: Ptr, n: i32, SWEEPS: Const, HALF: Const, WIDTH: Const) => {
  ${rotation}
  const base = a + programId(0) * n * n;
  const vectors = v + programId(0) * n * n;
  const seats = n + n % 2;
  const lane = arange(WIDTH);
  let largest = 0;
  for (const i of range(n)) largest = maximum(largest, max(abs(load(base + (i * n + lane), lane < n))));
  let rotated = true;
  let sweep = 0;
  while (rotated && sweep < SWEEPS) {
    let most = 0;
    for (const turn of range(seats - 1)) {
      ${pairs}
      const g = load(base + (first * n + second), there);
      const turns = there && abs(g) > ${small * small} * largest;
      most = maximum(most, max(where(turns && abs(g) > ${small} * largest, 1, 0)));
      const [c, s] = angle(load(base + first * (n + 1), there), load(base + second * (n + 1), there), g, turns);
      const [cosine, sine] = [expand(c, 1), expand(s, 1)];
      const at = expand(lane, 0);
      const inside = expand(turns, 1) && at < n;
      const [p, q] = [expand(first, 1), expand(second, 1)];
      turn2(base, p * n, q * n, at, inside, cosine, sine);
      turn2(base, p, q, at * n, inside, cosine, sine);
      turn2(vectors, p * n, q * n, at, inside, cosine, sine);
    }
    rotated = most > 0;
    sweep += 1;
  }
  store(w + programId(0) * n + lane, load(base + lane * (n + 1), lane < n), lane < n);
})`;

/** Hestenes (1958): the rows of a are turned until they stand at right angles; their lengths are the singular values. */
const svdText = `kernel((a: Ptr, v: Ptr, w: Ptr, n: i32, m: i32, SWEEPS: Const, HALF: Const, WIDTH: Const, TALL: Const) => {
  ${rotation}
  const base = a + programId(0) * n * m;
  const vectors = v + programId(0) * n * n;
  const seats = n + n % 2;
  const lane = arange(WIDTH);
  const across = arange(TALL);
  let largest = 0;
  for (const i of range(n)) {
    const row = load(base + (i * m + across), across < m);
    largest = maximum(largest, sum(row * row));
  }
  let rotated = true;
  let sweep = 0;
  while (rotated && sweep < SWEEPS) {
    let most = 0;
    for (const turn of range(seats - 1)) {
      ${pairs}
      const at = expand(across, 0);
      const [p, q] = [expand(first, 1), expand(second, 1)];
      const whole = expand(there, 1) && at < m;
      const [x, y] = [load(base + (p * m + at), whole), load(base + (q * m + at), whole)];
      const [alpha, beta, g] = [sum(x * x, 1), sum(y * y, 1), sum(x * y, 1)];
      const turns = there && abs(g) > ${small * small} * largest;
      most = maximum(most, max(where(turns && abs(g) > ${small} * sqrt(alpha) * sqrt(beta), 1, 0)));
      const [c, s] = angle(alpha, beta, g, turns);
      const [cosine, sine] = [expand(c, 1), expand(s, 1)];
      turn2(base, p * m, q * m, at, whole && expand(turns, 1), cosine, sine);
      const inner = expand(lane, 0);
      turn2(vectors, p * n, q * n, inner, expand(turns, 1) && inner < n, cosine, sine);
    }
    rotated = most > 0;
    sweep += 1;
  }
  for (const i of range(n)) {
    const row = load(base + (i * m + across), across < m);
    const length = sqrt(sum(row * row));
    store(w + programId(0) * n + i, length);
    store(base + (i * m + across), length > 0 ? row / length : row, across < m);
  }
})`;

/** Rows of x [batch, n, m] by the numbers of order [batch, n]. */
const rowsText = `kernel((x: Ptr, order: Ptr<"i32">, y: Ptr, n: i32, m: i32, size: i32, BLOCK: Const) => {
  const at = programId(0) * BLOCK + arange(BLOCK);
  const row = idiv(at, m);
  const from = row - row % n + load(order + row, at < size);
  store(y + at, load(x + (from * m + at % m), at < size), at < size);
})`;

function rowsByOrder(kernels: KernelCache, x: Expr, order: Expr, { count, rows, columns }: Matrices): Expr {
  const size = count * rows * columns;
  return launchOne(kernels, {
    name: "rows_by_order",
    text: rowsText,
    constants: { BLOCK: 256 },
    grid: [Math.ceil(size / 256), 1, 1],
    given: { x, order, y: { makes: x.type }, n: rows, m: columns, size },
  });
}

export interface Eigen {
  /** [..., n], from the least on */
  readonly values: Expr;
  /** [..., n, n]: column k belongs to value k */
  readonly vectors: Expr;
}

/** a v = v diag(values) for symmetric a [..., n, n]. The vectors are orthonormal, whatever the rank. */
export function eigh(kernels: KernelCache, input: Expr): Eigen {
  const matrices = squaresOf(input, "eigh");
  const { expr, lead, count, rows: n } = matrices;
  const made = launchLibrary(kernels, {
    name: "eigh",
    text: eighText,
    constants: { SWEEPS: sweeps, HALF: powerOfTwo(Math.ceil(n / 2)), WIDTH: powerOfTwo(n) },
    grid: [count, 1, 1],
    given: {
      a: { makes: expr.type, from: expr },
      v: { makes: expr.type, from: broadcast(identity(n), expr.shape) },
      w: { makes: { dtype: "f32", shape: [...lead, n] } },
      n,
    },
  });
  const { values, places } = sortAlong(kernels, pick(made, 2), -1);
  const vectors = transpose(rowsByOrder(kernels, pick(made, 1), places, matrices));
  const whole: { values: Expr; vectors: Expr } = {
    values: alias(backTo(input, values)).withGradient({
      of: [input],
      pull: (g) => [backTo(input, sandwich(diagonalOf(g), whole.vectors))],
    }),
    vectors: alias(backTo(input, vectors)).withGradient({
      of: [input],
      pull: (g) => [backTo(input, pullVectors(g, whole.values, whole.vectors))],
    }),
  };
  return whole;
}

/** V (F * V^T G) V^T with F[i, j] = 1 / (w[j] - w[i]) (Giles, 2008, 3.1). Equal values have no gradient of their vectors. */
function pullVectors(g: Expr, w: Expr, v: Expr): Expr {
  const [rows, columns] = [
    reshape(w, [...w.shape, 1]),
    reshape(w, [...w.shape.slice(0, -1), 1, ...w.shape.slice(-1)]),
  ];
  const gap = arithmetic("sub", columns, rows);
  const same = compare("eq", gap, 0);
  const factor = choose(same, 0, floating("div", fill(1, gap.shape, "f32"), choose(same, 1, gap)));
  return sandwich(arithmetic("mul", matmul(transpose(v), g), factor), v);
}

function sandwich(inner: Expr, v: Expr): Expr {
  return matmul(matmul(v, inner), v, { transposeRight: true });
}

/** [..., n] as the diagonal of [..., n, n]. */
function diagonalOf(values: Expr): Expr {
  return arithmetic("mul", reshape(values, [...values.shape, 1]), identity(values.shape.at(-1) ?? 1));
}

export interface Svd {
  /** [..., m, k], k the less of m and n; columns of length 1, but 0 where the singular value is 0 */
  readonly u: Expr;
  /** [..., k], from the greatest on */
  readonly s: Expr;
  /** [..., k, n], rows of length 1 (0 where m < n and the singular value is 0) */
  readonly vt: Expr;
}

/** a = u diag(s) vt for a [..., m, n]; the thin form. */
export function svd(kernels: KernelCache, input: Expr): Svd {
  const { rows, columns } = matricesOf(input, "svd");
  if (rows < columns) {
    const { u, s, vt } = svd(kernels, transpose(input));
    return { u: transpose(vt), s, vt: transpose(u) };
  }
  const turned = matricesOf(transpose(input), "svd");
  const { lead, count, rows: n, columns: m } = turned;
  const square = [...lead, n, n];
  const made = launchLibrary(kernels, {
    name: "svd",
    text: svdText,
    constants: {
      SWEEPS: sweeps,
      HALF: powerOfTwo(Math.ceil(n / 2)),
      WIDTH: powerOfTwo(n),
      TALL: powerOfTwo(m),
    },
    grid: [count, 1, 1],
    given: {
      a: { makes: turned.expr.type, from: turned.expr },
      v: { makes: { dtype: "f32", shape: square }, from: broadcast(identity(n), square) },
      w: { makes: { dtype: "f32", shape: [...lead, n] } },
      n,
      m,
    },
  });
  const { values, places } = sortAlong(kernels, pick(made, 2), -1, { descending: true });
  const plain: Svd = {
    u: backTo(input, transpose(rowsByOrder(kernels, pick(made, 0), places, turned))),
    s: backTo(input, values),
    vt: backTo(input, rowsByOrder(kernels, pick(made, 1), places, { ...turned, columns: n })),
  };
  const whole: { u: Expr; s: Expr; vt: Expr } = {
    u: alias(plain.u).withGradient({ of: [input], pull: (g) => [backTo(input, pullLeft(g, whole))] }),
    s: alias(plain.s).withGradient({
      of: [input],
      pull: (g) => [backTo(input, matmul(arithmetic("mul", whole.u, asRow(g)), whole.vt))],
    }),
    vt: alias(plain.vt).withGradient({ of: [input], pull: (g) => [backTo(input, pullRight(g, whole))] }),
  };
  return whole;
}

/*
 * Townsend, "Differentiating the singular value decomposition" (2016), for m >= n, with F[i, j] = 1 / (s[j]^2 - s[i]^2). Equal singular
 * values have no gradient of their vectors: F is 0 there. So is 1 / s where s is 0.
 */

/** [U (F * (U^T G - G^T U)) S + (1 - U U^T) G S^-1] V^T */
function pullLeft(g: Expr, { u, s, vt }: Svd): Expr {
  const inner = matmul(transpose(u), g);
  const within = matmul(u, arithmetic("mul", arithmetic("mul", skew(inner), gaps(s)), asRow(s)));
  const outside = arithmetic("mul", arithmetic("sub", g, matmul(u, inner)), asRow(inverseOf(s)));
  return matmul(arithmetic("add", within, outside), vt);
}

/** U S (F * (V^T G - G^T V)) V^T, for G of V: V is square. */
function pullRight(g: Expr, { u, s, vt }: Svd): Expr {
  const turned = arithmetic("mul", skew(matmul(vt, g, { transposeRight: true })), gaps(s));
  return matmul(arithmetic("mul", u, asRow(s)), matmul(turned, vt));
}

function skew(input: Expr): Expr {
  return arithmetic("sub", input, transpose(input));
}

function gaps(s: Expr): Expr {
  const [row, column] = [asRow(s), reshape(s, [...s.shape, 1])];
  return inverseOf(arithmetic("mul", arithmetic("sub", row, column), arithmetic("add", row, column)));
}

/** 1 / x, and 0 where x is 0. */
function inverseOf(x: Expr): Expr {
  const none = compare("eq", x, 0);
  return choose(none, 0, floating("div", fill(1, x.shape, "f32"), choose(none, 1, x)));
}

/** [..., n] as [..., 1, n]. */
function asRow(values: Expr): Expr {
  return reshape(values, [...values.shape.slice(0, -1), 1, ...values.shape.slice(-1)]);
}
