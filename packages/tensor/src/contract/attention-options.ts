import { Fault } from "@tilebook/base";
import type { Expr } from "../expr.ts";
import { checkOptions } from "../options.ts";
import type { AttentionOptions } from "./attention.ts";
import type { ScoreChanges, ScorePlaces } from "./scored-attention.ts";

/** What cells say: the changes are functions of tensors. */
export interface AttentionCall<T> extends AttentionOptions {
  /** Changes the scores, f32 [..., n, m], already scaled, before the softmax. */
  readonly score?: (scores: T, at: ScorePlaces<T>) => T;
  /** Which keys a query sees: bool, of a shape that broadcasts to [..., n, m]; a tensor, or a function of the places. */
  readonly mask?: T | ((at: ScorePlaces<T>) => T);
  /** One more score a row that no value belongs to: [heads], or [] for all. */
  readonly sinks?: T;
}

/** Between tensors, which cells have, and what they stand for. `exprOf` refuses what is no tensor. */
interface Wrapper<T> {
  readonly tensorOf: (expr: Expr) => T;
  readonly exprOf: (tensor: unknown) => Expr;
}

/** Faults `tensor/option`, `attention/score`, `attention/mask`. */
export function attentionOptions<T extends object>(
  call: AttentionCall<T> = {},
  { tensorOf, exprOf }: Wrapper<T>,
): AttentionOptions & ScoreChanges {
  checkOptions("attention", call, ["causal", "scale", "tokensFirst", "score", "mask", "sinks"]);
  const { score, mask, sinks, ...plain } = call;
  if (score !== undefined && typeof score !== "function")
    throw new Fault("attention/score", "score is a function of the scores", {
      hint: "for example score: (scores, { query, key }) => scores.sub(query.sub(key).mul(0.1))",
    });
  const placesOf = ({ query, key, head, batch }: ScorePlaces<Expr>): ScorePlaces<T> => ({
    query: tensorOf(query),
    key: tensorOf(key),
    head: tensorOf(head),
    batch: tensorOf(batch),
  });
  return {
    ...plain,
    score: score && ((scores, at) => exprOf(score(tensorOf(scores), placesOf(at)))),
    mask: mask && ((at) => exprOf(typeof mask === "function" ? mask(placesOf(at)) : mask)),
    sinks: sinks && exprOf(sinks),
  };
}
