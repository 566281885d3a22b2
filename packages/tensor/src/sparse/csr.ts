import { Fault } from "@tilebook/base";
import { dtypeInfo, valueDType } from "@tilebook/ir";
import { type Expr, pick } from "../expr.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { launchOne, powerOfTwo } from "../library/launch.ts";
import { searchSorted } from "../library/search.ts";
import { rowsOf, segmentsOf, segmentSum } from "../library/segment.ts";
import { arithmetic, choose, compare } from "../elementwise.ts";
import { fold } from "../reduce.ts";
import { alias, cast, iota, reshape, take } from "../nodes.ts";
import { checkShape, sayShape, type Shape, sizeOf } from "../shape.ts";

/** A sparse matrix by rows: those of row i are elements starts[i] to starts[i + 1] - 1 of `columns` and `values`. */
export interface Csr {
  /** f32 [count] */
  readonly values: Expr;
  /** i32 [count] */
  readonly columns: Expr;
  /** i32 [rows + 1] */
  readonly starts: Expr;
  readonly shape: Shape;
}

/** A program for each row and COLS columns of the result; LANES elements of the row at a time. */
const text = `kernel((values: Ptr, columns: Ptr<"i32">, starts: Ptr<"i32">, x: Ptr, y: Ptr, inner: i32, width: i32, LANES: Const, COLS: Const) => {
  const row = programId(0);
  const column = programId(1) * COLS + arange(COLS);
  const lane = expand(arange(LANES), 1);
  const end = load(starts + row + 1);
  let total = zeros([LANES, COLS]);
  for (const first of range(load(starts + row), end, LANES)) {
    const at = first + lane;
    const from = load(columns + at, at < end, -1);
    const inside = from >= 0 && from < inner && expand(column < width, 0);
    const factor = load(values + at, at < end);
    total += factor * load(x + (from * width + expand(column, 0)), inside);
  }
  store(y + (row * width + column), sum(total, 0), column < width);
})`;

/**
 * A sparse matrix from its elements, in any order: rows, columns i32 [count] and values [count]. Elements of the same place add up in
 * products; those outside of the shape are passed over. Faults `sparse/shape`, `tensor/index`.
 */
export function csrOf(
  kernels: KernelCache,
  given: { readonly rows: Expr; readonly columns: Expr; readonly values: Expr; readonly shape: unknown },
): Csr {
  const shape = checkShape(given.shape);
  if (shape.length !== 2) throw misfit(`a sparse matrix has two sizes, not ${sayShape(shape)}`);
  const { rows, columns, values } = given;
  const counts = [rows, columns, values].map((list) => list.shape);
  if (counts.some((count) => count.length !== 1 || count[0] !== counts[0]?.[0]))
    throw misfit(`rows ${counts.map(sayShape).join(", ")} are not as many as columns and values`);
  const { order, first } = segmentsOf(kernels, indices(rows), pick(shape, 0));
  return {
    values: take(cast(values, "f32"), order),
    columns: take(indices(columns), order),
    starts: first,
    shape,
  };
}

/** a sparse [m, n] times x [n, k] or [n]; f32. Fault `sparse/shape`. */
export function sparseMatmul(kernels: KernelCache, { values, columns, starts, shape }: Csr, x: Expr): Expr {
  const [rows = 1, inner = 1] = shape;
  const [n, width = 1, ...more] = x.shape;
  if (n !== inner || more.length > 0) {
    throw misfit(`cannot multiply a sparse ${sayShape(shape)} by ${sayShape(x.shape)}`);
  }
  const tile = Math.min(64, powerOfTwo(width));
  const mean = powerOfTwo(sizeOf(values.shape) / rows);
  const made = launchOne(kernels, {
    name: "sparse_matmul",
    text,
    constants: { LANES: Math.min(mean, 256 / tile), COLS: tile },
    grid: [rows, Math.ceil(width / tile), 1],
    given: {
      values,
      columns,
      starts,
      x: cast(x, "f32"),
      y: { makes: { dtype: "f32", shape: [rows, ...x.shape.slice(1)] } },
      inner,
      width,
    },
  });
  const a = { values, columns, starts, shape };
  return alias(made).withGradient({ of: [values, x], pull: (g) => pullSparse(kernels, a, g, x) });
}

/** Of element e in row r and column c: its value gets the product of g[r] and x[c], and row c of x its value times g[r]. */
function pullSparse(
  kernels: KernelCache,
  { values, columns, starts, shape }: Csr,
  g: Expr,
  x: Expr,
): readonly Expr[] {
  const [rows = 1, inner = 1] = shape;
  const count = sizeOf(values.shape);
  const width = sizeOf(x.shape) / inner;
  const after = searchSorted(kernels, starts, iota([count], "i32"), { side: "right" });
  const row = arithmetic("sub", after, 1);
  const at = rowsOf(reshape(g, [rows, width]), choose(compare("lt", row, rows), row, -1), "f32");
  const opposite = rowsOf(reshape(cast(x, "f32"), [inner, width]), columns, "f32");
  const ofValues = reshape(fold("sum", arithmetic("mul", at, opposite), 1), [count]);
  const weighted = arithmetic("mul", at, reshape(values, [count, 1]));
  const ofX = segmentSum(kernels, weighted, columns, inner);
  return [ofValues, cast(reshape(ofX, x.shape), x.dtype)];
}

function indices(list: Expr): Expr {
  if (dtypeInfo[valueDType(list.dtype)].kind === "integer") return cast(list, "i32");
  throw new Fault("tensor/index", `rows and columns are i32 numbers, not ${list.dtype}`, {
    hint: 'make them with cast("i32"), or tensor([...], { dtype: "i32" })',
  });
}

function misfit(message: string): Fault {
  return new Fault("sparse/shape", message, {
    hint: "sparse.fromElements(rows, columns, values, [m, n]) has three vectors of one length; a product takes [n, k] or [n]",
  });
}
