import { dtypeInfo, valueDType } from "@tilebook/ir";
import type { Span } from "@tilebook/base";
import type { Expr } from "../expr.ts";
import { inOrder } from "../graph.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { withSpan } from "../workspace.ts";
import { plus } from "./maths.ts";
import type { Pulled } from "./rule.ts";
import { pullNode } from "./rules/index.ts";

/** Where the way back begins: a value and its cotangent, of the same shape and dtype. */
export interface Seed {
  readonly expr: Expr;
  readonly cotangent: Expr;
}

/**
 * Reverse mode, from graph to graph: the cotangents of `ends` as ordinary lazy expressions; nothing for an end that the
 * seeds do not depend on. `ends` are aliases made for this walk, so that whatever was computed before is a constant.
 * Griewank and Walther, Evaluating Derivatives (2008), section 3.2.
 */
export function reverse(
  kernels: KernelCache,
  seeds: readonly Seed[],
  ends: readonly Expr[],
): readonly (Expr | undefined)[] {
  const last = new Set(ends);
  const order = inOrder(
    seeds.map(({ expr }) => expr),
    (expr) => expr.ready || last.has(expr),
    sourcesOf,
  );
  const varied = variedIn(order, last);
  const cotangents = new Map<Expr, Expr>();
  const add = (expr: Expr, cotangent: Expr | undefined): void => {
    if (cotangent === undefined || !varied.has(expr)) return;
    const known = cotangents.get(expr);
    cotangents.set(expr, known === undefined ? cotangent : plus(known, cotangent));
  };
  for (const { expr, cotangent } of seeds) add(expr, cotangent);
  for (const expr of order.toReversed()) {
    const cotangent = cotangents.get(expr);
    if (cotangent === undefined || last.has(expr)) continue;
    cotangents.delete(expr);
    pullAt(kernels, expr, cotangent).forEach((pulled, at) => {
      const to = sourcesOf(expr)[at];
      if (to !== undefined) add(to, pulled);
    });
  }
  return ends.map((end) => cotangents.get(end));
}

/** Where a cotangent goes on to. */
function sourcesOf(expr: Expr): readonly Expr[] {
  return expr.recipe?.gradient?.of ?? expr.inputs;
}

/** The values that change continuously with one of the ends. */
function variedIn(order: readonly Expr[], ends: ReadonlySet<Expr>): ReadonlySet<Expr> {
  const varied = new Set<Expr>(ends);
  for (const expr of order)
    if (isContinuous(expr) && sourcesOf(expr).some((source) => varied.has(source))) varied.add(expr);
  return varied;
}

/** A launch has no dtype of its own: its results may have. */
function isContinuous(expr: Expr): boolean {
  return expr.results.length > 0 || dtypeInfo[valueDType(expr.dtype)].kind === "float";
}

/** The new expressions, and a fault, stand where the value was written. */
function pullAt(kernels: KernelCache, expr: Expr, cotangent: Expr): Pulled {
  const { recipe, span } = expr;
  if (recipe === undefined) return [];
  const pulled = withSpan(span, () => {
    if (recipe.gradient !== undefined) return recipe.gradient.pull(cotangent, expr, recipe.gradient.of);
    const body = recipe.make(
      recipe.inputs.map((_, at) => at),
      0,
    );
    return pullNode({
      body,
      inputs: recipe.inputs,
      result: expr,
      cotangent,
      kernels,
      reverse: (seeds, ends) => reverse(kernels, seeds, ends),
    });
  });
  place(
    pulled.filter((item) => item !== undefined),
    span,
  );
  return pulled;
}

function place(fresh: readonly Expr[], span: Span | undefined): void {
  const stack = [...fresh];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (span === undefined || next.adopted || next.span !== undefined) continue;
    next.span = span;
    stack.push(...next.inputs);
  }
}
