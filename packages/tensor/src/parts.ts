import { graphBounds } from "@tilebook/ir";
import type { Expr } from "./expr.ts";
import { inOrder } from "./graph.ts";

/** What one run computes, inputs before their readers, and what of it is kept. */
export interface Part {
  readonly order: readonly Expr[];
  readonly roots: readonly Expr[];
  /** Nothing comes after it. */
  readonly isLast: boolean;
}

/**
 * What to run first, so that `roots` are there in the end: all of it, or, where that is more than one graph may have, its
 * beginning. Of that is kept what is read later, but for what is made of nothing: that is made again.
 */
export function firstPart(roots: readonly Expr[], most: number = graphBounds.nodes): Part {
  const ends = new Set(roots);
  const isThere = (expr: Expr): boolean => expr.isRead || (expr.ready && ends.has(expr));
  const order = inOrder(roots, isThere, firstOf);
  if (order.length <= most) return { order, roots, isLast: true };
  const head = beginning(order, most / 2);
  const later = order.filter((expr) => !head.has(expr));
  const wanted = new Set([...roots, ...later.flatMap(({ inputs }) => inputs)]);
  const read = [...head].filter((expr) => wanted.has(expr));
  const dear = read.filter((expr) => expr.inputs.length > 0 || ends.has(expr));
  const kept = (dear.length > 0 ? dear : read).flatMap((expr) => valuesOf(expr, order));
  return { order: inOrder(kept, isThere, firstOf), roots: [...new Set(kept)], isLast: false };
}

/** The first that are to be computed, as many as are, with the data that they read, about `most`. */
function beginning(order: readonly Expr[], most: number): ReadonlySet<Expr> {
  const head = new Set<Expr>();
  const nodes = new Set<Expr>();
  for (const expr of order) {
    if (expr.ready) continue;
    head.add(expr);
    for (const node of [expr, ...expr.inputs]) nodes.add(node);
    if (nodes.size >= most) break;
  }
  return head;
}

/** A launch has no value but its results. */
function valuesOf(expr: Expr, order: readonly Expr[]): readonly Expr[] {
  return expr.results.length === 0 ? [expr] : expr.results.filter((result) => order.includes(result));
}

/** What is computed before an expression: its inputs, and what it is to wait for, as long as that can be made. */
function firstOf({ inputs, recipe }: Expr): readonly Expr[] {
  const after = recipe?.after;
  return after?.recipe === undefined ? inputs : [after, ...inputs];
}
