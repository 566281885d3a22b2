import { matmul } from "../contract/matmul.ts";
import { choose, compare } from "../elementwise.ts";
import type { Expr } from "../expr.ts";
import { isFiniteMask } from "../maps/finite.ts";
import { iota } from "../nodes.ts";
import { fold } from "../reduce.ts";
import { transpose } from "../views.ts";

/** Which tokens of a chunk see which: those up to themselves, or, on the way back, those from themselves on. */
type Sight = "back" | "ahead";

const other = { back: "ahead", ahead: "back" } as const;

/** bool [length, length] */
function isSeen(length: number, sight: Sight): Expr {
  const [row, column] = [iota([length, 1], "f32"), iota([1, length], "f32")];
  return compare(sight === "back" ? "le" : "ge", column, row);
}

function seenAlone(scores: Expr, sight: Sight): Expr {
  return choose(isSeen(scores.shape.at(-1) ?? 1, sight), scores, 0);
}

/** q kᵀ of the tokens of a chunk, [..., length, d] -> [..., length, length], and 0 where a token is not seen. */
export function seenScores(q: Expr, k: Expr): Expr {
  const scores = seenAlone(matmul(q, k, { transposeRight: true }), "back");
  const pull = (g: Expr): readonly Expr[] => {
    const seen = seenAlone(g, "back");
    return [seenProduct(seen, k, "back"), seenProduct(transpose(seen), q, "ahead")];
  };
  return scores.withGradient({ of: [q, k], pull });
}

/**
 * Scores [..., length, length] times values [..., length, e], of which a token that is not seen counts for nothing: 0 times what is not finite would be
 * NaN. So that is left out, and who sees it gets NaN.
 */
export function seenProduct(scores: Expr, values: Expr, sight: Sight = "back"): Expr {
  const length = values.shape.at(-2) ?? 1;
  const isGood = isFiniteMask(values);
  const token = iota([length, 1], "f32");
  const [op, none, isBefore] =
    sight === "back" ? (["min", length, "lt"] as const) : (["max", -1, "gt"] as const);
  const bad = fold(op, choose(isGood, none, token), values.shape.length - 2, { keep: true });
  const product = matmul(scores, choose(isGood, values, 0));
  const pull = (g: Expr): readonly Expr[] => [
    seenAlone(matmul(g, values, { transposeRight: true }), sight),
    seenProduct(transpose(scores), g, other[sight]),
  ];
  return choose(compare(isBefore, token, bad), product, Number.NaN).withGradient({
    of: [scores, values],
    pull,
  });
}
