import { arithmetic, choose, compare, floating } from "../elementwise.ts";
import { alias, broadcast, unary } from "../nodes.ts";
import type { Expr } from "../expr.ts";
import { fold } from "../reduce.ts";

/**
 * Softmax along the last axis, where a row of nothing but -Infinity is all zeros. With `sink`, one number a row [..., n, 1], as if it stood in the row
 * as one more score, whose weight is then left out: weights of such a row add up to less than 1 (Xiao et al. 2023, "attention sinks";
 * Miller 2023, for a sink of 0). Its gradient is y (g - sum(g y)), and that of the sink -p sum(g y), for the weight p of the sink.
 */
export function safeSoftmax(scores: Expr, sink?: Expr): Expr {
  const ofScores = fold("max", scores, -1, { keep: true });
  const most = sink === undefined ? ofScores : arithmetic("max", ofScores, sink);
  const base = choose(compare("gt", most, -Infinity), most, 0);
  const raised = unary("exp", arithmetic("sub", scores, base));
  const ofKeys = fold("sum", raised, -1, { keep: true });
  // A node of its own for each reader: as one, it would be kept beside the numbers of rows that it is made of.
  const raisedSink = (of: Expr): Expr => unary("exp", arithmetic("sub", of, base));
  const ofSink = sink && raisedSink(sink);
  const total = ofSink === undefined ? ofKeys : arithmetic("add", ofKeys, ofSink);
  const divisor = choose(compare("gt", total, 0), total, 1);
  const weights = floating("div", raised, broadcast(divisor, raised.shape));
  return alias(weights).withGradient({
    of: sink === undefined ? [scores] : [scores, sink],
    pull: (cotangent, own) => {
      const inner = fold("sum", arithmetic("mul", cotangent, own), -1, { keep: true });
      const slope = arithmetic("mul", own, arithmetic("sub", cotangent, inner));
      if (sink === undefined) return [slope];
      return [slope, unary("neg", arithmetic("mul", floating("div", raisedSink(sink), divisor), inner))];
    },
  });
}
