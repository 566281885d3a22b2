import type { Expr } from "../expr.ts";
import { broadcast, reshape } from "../nodes.ts";
import { namedTensors } from "../several.ts";
import { Tensor } from "../tensor.ts";
import type { Workspace } from "../workspace.ts";
import { cholesky } from "./cholesky.ts";
import { eigh, svd } from "./jacobi.ts";
import { leastSquares, qr } from "./qr.ts";
import { determinant, inverse, solve, type TriangleOptions, triangularSolve } from "./solve.ts";

/** `linalg` as cells see it, by NumPy's names. */
export interface LinearAlgebra {
  readonly cholesky: (a: Tensor) => Tensor;
  readonly solve: (a: Tensor, b: Tensor) => Tensor;
  readonly triangularSolve: (a: Tensor, b: Tensor, options?: TriangleOptions) => Tensor;
  readonly qr: (a: Tensor) => { readonly q: Tensor; readonly r: Tensor };
  readonly eigh: (a: Tensor) => { readonly values: Tensor; readonly vectors: Tensor };
  readonly svd: (a: Tensor) => { readonly u: Tensor; readonly s: Tensor; readonly vt: Tensor };
  readonly lstsq: (a: Tensor, b: Tensor) => Tensor;
  readonly det: (a: Tensor) => Tensor;
  readonly inv: (a: Tensor) => Tensor;
}

export function linearAlgebra(workspace: Workspace): LinearAlgebra {
  const make = (build: () => Expr): Tensor => Tensor.make(workspace, build);
  const { kernels } = workspace;
  return {
    cholesky: (a) => make(() => cholesky(kernels, Tensor.expr(a))),
    solve: (a, b) => make(() => withSides(a, b, (left, right) => solve(kernels, left, right))),
    triangularSolve: (a, b, options) =>
      make(() => withSides(a, b, (left, right) => triangularSolve(kernels, left, right, options))),
    qr: (a) => namedTensors(workspace, () => ({ ...qr(kernels, Tensor.expr(a)) })),
    eigh: (a) => namedTensors(workspace, () => ({ ...eigh(kernels, Tensor.expr(a)) })),
    svd: (a) => namedTensors(workspace, () => ({ ...svd(kernels, Tensor.expr(a)) })),
    lstsq: (a, b) => make(() => withSides(a, b, (left, right) => leastSquares(kernels, left, right))),
    det: (a) => make(() => determinant(kernels, Tensor.expr(a))),
    inv: (a) => make(() => inverse(kernels, Tensor.expr(a))),
  };
}

/** Right sides as they are; a vector is one column for every matrix, and one vector each comes back, as NumPy has it. */
function withSides(a: Tensor, b: Tensor, solved: (left: Expr, right: Expr) => Expr): Expr {
  const [left, right] = [Tensor.expr(a), Tensor.expr(b)];
  const [length, ...more] = right.shape;
  if (length === undefined || more.length > 0) return solved(left, right);
  const column = reshape(right, [length, 1]);
  const found = solved(left, broadcast(column, [...left.shape.slice(0, -2), length, 1]));
  return reshape(found, found.shape.slice(0, -1));
}
