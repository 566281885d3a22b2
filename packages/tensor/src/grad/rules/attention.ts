import { attentionSizes, type AttentionSizes } from "@tilebook/ir";
import { Fault } from "@tilebook/base";
import { matmul } from "../../contract/matmul.ts";
import { compare } from "../../elementwise.ts";
import { type Expr, pick } from "../../expr.ts";
import { broadcast, iota, permute, reduce, reshape, unary } from "../../nodes.ts";
import type { Shape } from "../../shape.ts";
import { transpose } from "../../views.ts";
import { equal, minus, over, sum, sumTo, times, where } from "../maths.ts";
import type { Pulled, Rule } from "../rule.ts";

/** Stands for minus infinity: its exponential is 0, and differences of two are no NaN. */
const unseen = -1e30;

/**
 * With P = softmax(S), S = scale q k^T and the result O = P v (FlashAttention-2, Dao 2023, section 2.2):
 * v' = P^T O', P' = O' v^T, S' = P (P' - rowsum(O' O)), q' = scale S' k, k' = scale S'^T q.
 * P is computed again from q and k. Shared heads: k' and v' are summed over the heads of q that read them.
 * In plain nodes: the compiler fuses them where the n x m weights are much larger than what they are made of, and stores them else.
 */
export const pullAttention: Rule<"attention"> = ({ body, inputs, result, cotangent }) => {
  const { tokensFirst, causal, scale } = body;
  const [q, k, v] = [pick(inputs, 0), pick(inputs, 1), pick(inputs, 2)];
  const sizes = attentionSizes([q.shape, k.shape, v.shape], tokensFirst);
  if (sizes === undefined) throw new Fault("internal/attention", "an attention whose sides do not fit");
  const { group } = sizes;
  const [queries, keys, values, out, g] = [q, k, v, result, cotangent].map((side, at) =>
    split(side, sizes, { tokensFirst, group: at === 1 || at === 2 ? 1 : group }),
  );
  if (queries === undefined || keys === undefined || values === undefined) return [];
  if (out === undefined || g === undefined) return [];
  const repeat = (side: Expr): Expr => broadcast(side, side.shape.with(1, group));
  const [wideKeys, wideValues] = [repeat(keys), repeat(values)];
  const weights = weightsOf(queries, wideKeys, { scale, causal });
  const delta = sum(times(g, out), 3);
  const pulled = matmul(g, wideValues, { transposeRight: true });
  const scores = times(times(weights, minus(pulled, delta)), scale);
  const sides: Pulled = [
    matmul(scores, wideKeys),
    sumTo(matmul(transpose(scores), queries), keys.shape),
    sumTo(matmul(transpose(weights), g), values.shape),
  ];
  return sides.map((side, at) => side && join(side, pick(inputs, at).shape, { sizes, tokensFirst }));
};

/** As [batch and heads of k, group, tokens, width]. */
function split(
  side: Expr,
  { batch, heads, group }: AttentionSizes,
  { tokensFirst, group: own }: { readonly tokensFirst: boolean; readonly group: number },
): Expr {
  const shared = heads / group;
  const width = pick(side.shape, side.shape.length - 1);
  if (!tokensFirst) {
    const tokens = pick(side.shape, side.shape.length - 2);
    return reshape(side, [batch * shared, own, tokens, width]);
  }
  const tokens = pick(side.shape, side.shape.length - 3);
  const apart = permute(reshape(side, [batch, tokens, shared * own, width]), [0, 2, 1, 3]);
  return reshape(apart, [batch * shared, own, tokens, width]);
}

/** Back to the shape of an input. */
function join(
  side: Expr,
  shape: Shape,
  { sizes, tokensFirst }: { readonly sizes: AttentionSizes; readonly tokensFirst: boolean },
): Expr {
  if (!tokensFirst) return reshape(side, shape);
  const [, , tokens = 1, width = 1] = side.shape;
  const apart = reshape(side, [sizes.batch, pick(shape, shape.length - 2), tokens, width]);
  return reshape(permute(apart, [0, 2, 1, 3]), shape);
}

/** The softmax of the scores. A query that sees no key has weights of 0. */
function weightsOf(
  queries: Expr,
  keys: Expr,
  { scale, causal }: { readonly scale: number; readonly causal: boolean },
): Expr {
  const all = times(matmul(queries, keys, { transposeRight: true }), scale);
  const seen = causal ? seenBy(all.shape) : undefined;
  const scores = seen === undefined ? all : where(seen, all, unseen);
  const most = reduce("max", scores, 3, "f32");
  const raised = unary("exp", minus(scores, most));
  const kept = seen === undefined ? raised : where(seen, raised, 0);
  const total = sum(kept, 3);
  return over(kept, where(equal(total, 0), 1, total));
}

/** Query i sees the keys j <= i + m - n. */
function seenBy(shape: Shape): Expr {
  const [, , n = 1, m = 1] = shape;
  const rows = broadcast(reshape(iota([n], "i32"), [1, 1, n, 1]), shape);
  const columns = broadcast(reshape(iota([m], "i32"), [1, 1, 1, m]), shape);
  return compare("le", minus(columns, rows), m - n);
}
