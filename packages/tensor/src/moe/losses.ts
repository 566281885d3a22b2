import { arithmetic, choose, compare } from "../elementwise.ts";
import type { Expr } from "../expr.ts";
import { broadcast, cast, iota, reshape } from "../nodes.ts";
import { fold, mean } from "../reduce.ts";
import { logSumExp } from "../statistics.ts";

/** f32 [tokens, experts]: the weight of each expert for each token, 0 where it was not chosen or dropped. */
export function gatesOf(
  experts: Expr,
  weights: Expr,
  { rows, count }: { readonly rows: Expr; readonly count: number },
): Expr {
  const [tokens = 1, k = 1] = experts.shape;
  const kept = choose(compare("ge", rows, 0), weights, 0);
  return fold("sum", choose(isExpert(experts, count), reshape(kept, [tokens, k, 1]), 0), 1);
}

/**
 * experts Σ η f P, where f is the share of slots that chose an expert (before any were dropped) and P its mean probability: 1 when both are
 * even and η is 1 (Fedus, Zoph, Shazeer 2021, "Switch Transformers", (4); with η as in MoE++, 2024). [], f32.
 */
export function balanceLoss(experts: Expr, probabilities: Expr, scale?: Expr): Expr {
  const [tokens = 1, k = 1] = experts.shape;
  const [count = 1] = probabilities.shape.slice(1);
  const counts = fold("sum", cast(isExpert(experts, count), "f32"), [0, 1]);
  const share = arithmetic("mul", counts, count / (tokens * k));
  const both = arithmetic("mul", share, mean(probabilities, 0));
  return fold("sum", scale === undefined ? both : arithmetic("mul", both, scale), undefined);
}

/** The mean over tokens of log(Σ exp(logits))²: keeps logits small (Zoph et al. 2022, "ST-MoE", (5)). [], f32. */
export function zLoss(logits: Expr): Expr {
  const log = logSumExp(cast(logits, "f32"), 1);
  return mean(arithmetic("mul", log, log), undefined);
}

/** bool [tokens, k, count] */
function isExpert(experts: Expr, count: number): Expr {
  const [tokens = 1, k = 1] = experts.shape;
  const shape = [tokens, k, count];
  return compare(
    "eq",
    broadcast(reshape(experts, [tokens, k, 1]), shape),
    reshape(iota([count], "i32"), [1, 1, count]),
  );
}
