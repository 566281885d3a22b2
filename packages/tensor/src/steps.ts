import type { Expr } from "./expr.ts";
import { inOrder } from "./graph.ts";

/**
 * Those of `named` that lie on the way to `roots` or to another of `named`, which may have been computed before, and need no buffer for it:
 * not computed yet, no data, no roots themselves. What a kernel of its own gives is none: it is stored in any case.
 */
export function stepsAmong(named: readonly Expr[], roots: readonly Expr[]): ReadonlySet<Expr> {
  const order = inOrder([...named, ...roots], () => false);
  const behind = new Set(order.flatMap(({ inputs }) => inputs));
  const wanted = new Set(roots);
  return new Set(
    named.filter((expr) => !expr.ready && !wanted.has(expr) && behind.has(expr) && !isStored(expr)),
  );
}

function isStored(expr: Expr): boolean {
  return expr.inputs.some(({ results }) => results.includes(expr));
}
