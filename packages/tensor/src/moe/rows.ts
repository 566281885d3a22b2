import { arithmetic, choose, compare } from "../elementwise.ts";
import type { Expr } from "../expr.ts";
import { alias, broadcast, cast, iota, reshape, slice, take } from "../nodes.ts";
import { fold } from "../reduce.ts";
import { sizeOf } from "../shape.ts";
import type { Plan } from "./plan.ts";

/** Where rows come from, so that a product can read them there. */
const sources = new WeakMap<Expr, { readonly x: Expr; readonly plan: Plan }>();

/** What the rows were gathered from by this plan, if they were. */
export function gatheredFrom(rows: Expr, plan: Plan): Expr | undefined {
  const source = sources.get(rows);
  return source?.plan.slots === plan.slots ? source.x : undefined;
}

/** The token of each row of the plan: x [tokens, width] -> [tokens k, width]. Rows that no slot has are 0. */
export function gatherRows(x: Expr, plan: Plan): Expr {
  const [tokens = 1, width = 1] = x.shape;
  const each = broadcast(reshape(x, [tokens, 1, width]), [tokens, plan.k, width]);
  const slots = tokens * plan.k;
  const found = take(reshape(each, [slots, width]), plan.slots);
  const rows = alias(choose(reshape(hasSlot(plan), [slots, 1]), found, 0)).withGradient({
    of: [x],
    pull: (g) => [combineRows(g, plan)],
  });
  sources.set(rows, { x, plan });
  return rows;
}

/** The sum of each token's rows, times its weights: y [tokens k, width], weights [tokens, k] -> [tokens, width]. Dropped slots add nothing. */
export function combineRows(y: Expr, plan: Plan, weights?: Expr): Expr {
  const { tokens, k } = plan;
  const width = sizeOf(y.shape.slice(1));
  const own = slotRows(y, plan);
  const weighed = weights === undefined ? own : arithmetic("mul", own, reshape(weights, [tokens, k, 1]));
  const sum = cast(reshape(fold("sum", weighed, 1), [tokens, width]), y.dtype);
  const pull = (g: Expr): readonly Expr[] => {
    const ofRows = gatherRows(g, plan);
    if (weights === undefined) return [ofRows];
    const ofWeights = fold("sum", arithmetic("mul", slotRows(y, plan), reshape(g, [tokens, 1, width])), 2);
    return [arithmetic("mul", ofRows, rowWeights(weights, plan)), cast(ofWeights, weights.dtype)];
  };
  return alias(sum).withGradient({ of: weights === undefined ? [y] : [y, weights], pull });
}

/** [tokens, k, width]: the row of each slot, 0 where it has none. */
function slotRows(y: Expr, { rows, tokens, k }: Plan): Expr {
  const flat = reshape(rows, [tokens * k]);
  const found = take(y, arithmetic("max", flat, 0));
  const kept = choose(reshape(compare("ge", flat, 0), [tokens * k, 1]), found, 0);
  return reshape(kept, [tokens, k, sizeOf(y.shape.slice(1))]);
}

/** [tokens k, 1]: the weight of each row's slot. */
function rowWeights(weights: Expr, { slots, tokens, k }: Plan): Expr {
  return reshape(take(reshape(weights, [tokens * k]), slots), [tokens * k, 1]);
}

/** bool [tokens k]: rows that have a slot. */
function hasSlot({ starts, experts, tokens, k }: Plan): Expr {
  return compare("lt", iota([tokens * k], "i32"), slice(starts, [experts], [1]));
}
