import { Expr } from "../expr.ts";
import { inOrder } from "../graph.ts";

/**
 * The roots with other expressions in the places of some behind them. What depends on those is made anew; all else is
 * shared.
 */
export function rewrite(roots: readonly Expr[], replaced: ReadonlyMap<Expr, Expr>): readonly Expr[] {
  const known = new Map(replaced);
  const now = (expr: Expr): Expr => known.get(expr) ?? expr;
  const order = inOrder(roots, (expr) => expr.ready || replaced.has(expr), behind);
  for (const expr of order)
    if (!known.has(expr) && behind(expr).some((other) => known.has(other))) known.set(expr, copy(expr, now));
  return roots.map(now);
}

/** Inputs, and where a gradient of its own goes on. */
function behind(expr: Expr): readonly Expr[] {
  return [...expr.inputs, ...(expr.recipe?.gradient?.of ?? [])];
}

function copy(expr: Expr, now: (expr: Expr) => Expr): Expr {
  const { recipe } = expr;
  if (recipe === undefined) return expr;
  const { gradient } = recipe;
  const made = Expr.of({
    ...recipe,
    // It makes what stood here before.
    shortcut: undefined,
    inputs: recipe.inputs.map(now),
    gradient: gradient && { ...gradient, of: gradient.of.map(now) },
  });
  made.span = expr.span;
  for (const call of expr.inputs)
    if (call.results.includes(expr)) now(call).results = [...now(call).results, made];
  return made;
}
