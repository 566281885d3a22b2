import { Fault } from "@tilebook/base";
import { dtypeInfo, valueDType } from "@tilebook/ir";
import { arithmetic, choose as where, compare, floating } from "../elementwise.ts";
import { type Expr, pick } from "../expr.ts";
import { reverse } from "../grad/reverse.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { isNaNMask } from "../maps/finite.ts";
import { sigmoid } from "../maps/functions.ts";
import { alias, cast, iota, reshape } from "../nodes.ts";
import { fold, softmax } from "../reduce.ts";
import { sayShape } from "../shape.ts";
import { choose, chooseWeighed } from "./choose.ts";
import { planOf } from "./plan-options.ts";
import type { Plan } from "./plan.ts";
import { checkRoute, type GroupOptions, type RouteOptions } from "./route-options.ts";

export interface Routed {
  /** i32 [tokens, k], from the best on; with groups that each give some, group by group. */
  readonly experts: Expr;
  /** f32 [tokens, k] */
  readonly weights: Expr;
  /** f32 [tokens, experts]: what the scores make of all experts, each row adding up to 1. */
  readonly probabilities: Expr;
  readonly plan: Plan;
}

/** Where each token goes, and how much each of its experts counts: logits [tokens, experts]. A NaN among a token's logits makes all its weights NaN. */
export function route(kernels: KernelCache, given: Expr, options: RouteOptions<Expr>): Routed {
  const [tokens, count] = sizesOf(given);
  checkRoute(options, count);
  const logits = cast(given, "f32");
  const { experts, weights, scores } = isPlain(options)
    ? inOneLaunch(kernels, logits, options)
    : byParts(kernels, logits, options);
  return {
    experts,
    weights,
    probabilities: options.score === "sigmoid" ? shares(scores) : scores,
    plan: planOf(kernels, { experts, count, tokens }, options),
  };
}

type Chosen = Pick<Routed, "experts" | "weights"> & { readonly scores: Expr };

/** Experts and weights come of one row of logits. */
function isPlain({ score, bias, groups, silent = [], scale = 1 }: RouteOptions<Expr>): boolean {
  const others = [bias, groups].some((option) => option !== undefined);
  return score !== "sigmoid" && !others && silent.length === 0 && scale === 1;
}

/** The gradient is that of the same weights, made by parts. */
function inOneLaunch(kernels: KernelCache, logits: Expr, options: RouteOptions<Expr>): Chosen {
  const { k, score = "softmax", normalize = false } = options;
  const weighing = { score: score === "chosen" ? score : "softmax", normalize } as const;
  const made = chooseWeighed(kernels, logits, { k, weighing });
  const [experts, weights] = [pick(made, 0), pick(made, 1)];
  const pull = (g: Expr): readonly (Expr | undefined)[] => {
    const end = alias(logits);
    const again = weightsOf({ logits: end, scores: scoresOf(end, score), experts }, options);
    return reverse(kernels, [{ expr: again, cotangent: g }], [end]);
  };
  const weighed = alias(weights).withGradient({ of: [logits], pull });
  return { experts, weights: weighed, scores: scoresOf(logits, score) };
}

function byParts(kernels: KernelCache, logits: Expr, options: RouteOptions<Expr>): Chosen {
  const [, count = 1] = logits.shape;
  const { k, bias, groups, score = "softmax" } = options;
  const scores = scoresOf(logits, score);
  // Softmax keeps the order: without a bias the logits themselves are chosen by.
  const plain = score === "sigmoid" || bias !== undefined ? scores : logits;
  const keys = bias === undefined ? plain : arithmetic("add", plain, biasOf(bias, count));
  const experts = chosenBy(kernels, keys, { k, groups });
  return { experts, weights: weightsOf({ logits, scores, experts }, options), scores };
}

function scoresOf(logits: Expr, score: NonNullable<RouteOptions<Expr>["score"]>): Expr {
  return score === "sigmoid" ? sigmoid(logits) : softmax(logits, 1);
}

function shares(scores: Expr): Expr {
  return floating("div", scores, fold("sum", scores, 1, { keep: true }));
}

/** i32 [tokens, k] */
function chosenBy(
  kernels: KernelCache,
  keys: Expr,
  { k, groups }: { readonly k: number; readonly groups: GroupOptions | undefined },
): Expr {
  if (groups === undefined) return choose(kernels, keys, k);
  return groups.best === undefined
    ? fromEach(kernels, keys, { k, count: groups.count })
    : choose(kernels, onlyBest(kernels, keys, { ...groups, best: groups.best }), k);
}

function fromEach(
  kernels: KernelCache,
  keys: Expr,
  { k, count }: { readonly k: number; readonly count: number },
): Expr {
  const [tokens = 1, experts = 1] = keys.shape;
  const size = experts / count;
  const inside = choose(kernels, reshape(keys, [tokens * count, size]), k / count);
  const first = arithmetic("mul", reshape(iota([count], "i32"), [1, count, 1]), size);
  const named = arithmetic("add", reshape(inside, [tokens, count, k / count]), first);
  return reshape(named, [tokens, k]);
}

/** Keys of groups that are not among the best become -Infinity. */
function onlyBest(
  kernels: KernelCache,
  keys: Expr,
  { count, best, by = "max" }: GroupOptions & { readonly best: number },
): Expr {
  const [tokens = 1, experts = 1] = keys.shape;
  const grouped = reshape(keys, [tokens, count, experts / count]);
  const scores = by === "two" ? twoGreatest(kernels, grouped) : fold("max", grouped, 2);
  const groups = choose(kernels, scores, best);
  const among = isAmong(groups, count);
  return reshape(where(reshape(among, [tokens, count, 1]), grouped, -Infinity), [tokens, experts]);
}

function twoGreatest(kernels: KernelCache, grouped: Expr): Expr {
  const [tokens = 1, count = 1, size = 1] = grouped.shape;
  const two = Math.min(2, size);
  const rows = reshape(grouped, [tokens * count, size]);
  const values = valuesAt(rows, choose(kernels, rows, two));
  return reshape(fold("sum", values, 1), [tokens, count]);
}

/** bool [tokens, count]: whether the number of a column is among those of its row of `chosen` [tokens, k]. */
function isAmong(chosen: Expr, count: number): Expr {
  const [tokens = 1, k = 1] = chosen.shape;
  const same = compare("eq", reshape(chosen, [tokens, 1, k]), reshape(iota([count], "i32"), [1, count, 1]));
  return compare("gt", fold("sum", same, 2), 0);
}

/** values [rows, n], places i32 [rows, k] -> [rows, k]. As a sum over a mask, so that its gradient is one, too. */
export function valuesAt(values: Expr, places: Expr): Expr {
  const [rows = 1, n = 1] = values.shape;
  const [k = 1] = places.shape.slice(1);
  const same = compare("eq", reshape(places, [rows, k, 1]), reshape(iota([n], "i32"), [1, 1, n]));
  return fold("sum", where(same, reshape(values, [rows, 1, n]), 0), 2);
}

function weightsOf(
  { logits, scores, experts }: { readonly logits: Expr; readonly scores: Expr; readonly experts: Expr },
  { score, normalize = false, scale = 1, silent = [] }: RouteOptions<Expr>,
): Expr {
  const raw = score === "chosen" ? softmax(valuesAt(logits, experts), 1) : valuesAt(scores, experts);
  const heard = silent.reduce((so, expert) => where(compare("eq", experts, expert), 0, so), raw);
  const most = arithmetic("max", fold("sum", heard, 1, { keep: true }), 1e-20);
  const weights = normalize ? floating("div", heard, most) : heard;
  const broken = fold("sum", isNaNMask(logits), 1, { keep: true });
  const whole = where(compare("gt", broken, 0), NaN, weights);
  return scale === 1 ? whole : arithmetic("mul", whole, scale);
}

function biasOf(bias: Expr, experts: number): Expr {
  if (bias.shape.length === 1 && bias.shape[0] === experts) return cast(bias, "f32");
  throw new Fault("moe/shape", `a bias of ${experts} experts is not ${sayShape(bias.shape)}`);
}

function sizesOf(logits: Expr): readonly [tokens: number, experts: number] {
  const float = dtypeInfo[valueDType(logits.dtype)].kind === "float";
  if (float && logits.shape.length === 2) return [pick(logits.shape, 0), pick(logits.shape, 1)];
  const said = `${logits.dtype} ${sayShape(logits.shape)}`;
  throw new Fault("moe/shape", `logits are floats [tokens, experts], not ${said}`, {
    hint: "for example x.matmul(gate), of x [tokens, width] and gate [width, experts]",
  });
}
