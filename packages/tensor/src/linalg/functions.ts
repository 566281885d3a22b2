import type { Expr } from "../expr.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { Tensor } from "../tensor.ts";
import { withSpan, type Workspace } from "../workspace.ts";
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
  const make = (build: (kernels: KernelCache) => Expr): Tensor =>
    new Tensor(
      workspace,
      workspace.build(() => build(workspace.kernels)),
    );
  return {
    cholesky: (a) => make((kernels) => cholesky(kernels, Tensor.expr(a))),
    solve: (a, b) => make((kernels) => solve(kernels, Tensor.expr(a), Tensor.expr(b))),
    triangularSolve: (a, b, options) =>
      make((kernels) => triangularSolve(kernels, Tensor.expr(a), Tensor.expr(b), options)),
    qr: (a) => several(workspace, (kernels) => ({ ...qr(kernels, Tensor.expr(a)) })),
    eigh: (a) => several(workspace, (kernels) => ({ ...eigh(kernels, Tensor.expr(a)) })),
    svd: (a) => several(workspace, (kernels) => ({ ...svd(kernels, Tensor.expr(a)) })),
    lstsq: (a, b) => make((kernels) => leastSquares(kernels, Tensor.expr(a), Tensor.expr(b))),
    det: (a) => make((kernels) => determinant(kernels, Tensor.expr(a))),
    inv: (a) => make((kernels) => inverse(kernels, Tensor.expr(a))),
  };
}

/** Tensors of expressions that are made together, by name. */
function several<Name extends string>(
  workspace: Workspace,
  build: (kernels: KernelCache) => Readonly<Record<Name, Expr>>,
): Readonly<Record<Name, Tensor>> {
  const span = workspace.host.here();
  const made = withSpan(span, () => build(workspace.kernels));
  const tensors = Object.entries<Expr>(made).map(
    ([name, expr]) =>
      [
        name,
        new Tensor(
          workspace,
          workspace.build(() => expr),
        ),
      ] as const,
  );
  return Object.fromEntries(tensors) as Record<Name, Tensor>;
}
