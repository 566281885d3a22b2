import { Fault } from "@tilebook/base";
import { matmul } from "../contract/matmul.ts";
import { floatUnary } from "../elementwise.ts";
import type { Expr } from "../expr.ts";
import { over, plus, times } from "../grad/maths.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { cast, fill, iota, reshape, slice } from "../nodes.ts";
import { mean } from "../reduce.ts";
import { concat } from "../shapes/join.ts";
import { pad } from "../shapes/pad.ts";
import { sameShape, sayShape, type Shape } from "../shape.ts";
import { transpose } from "../views.ts";
import { alongChunks } from "./chunks.ts";
import type { LinearAttentionPlan } from "./options.ts";

export interface LinearAttentionInputs {
  /** [..., n, d]; with a decay for each head [..., heads, n, d]. */
  readonly q: Expr;
  /** [..., m, d], of a causal one as many as queries. */
  readonly k: Expr;
  /** [..., m, e] */
  readonly v: Expr;
}

/** What was computed, and what later tokens need of these: f32 [..., d, e], or [..., d, e + 1], the last column the sum of the keys. */
export interface Carried {
  readonly output: Expr;
  readonly state: Expr;
}

/**
 * Attention whose scores are products f(q) · f(k), so that the sum over keys is taken before the queries come (Katharopoulos et al.,
 * "Transformers are RNNs", 2020): S = sum of f(k)ᵀ v, o = f(q) S. Causal, S goes from token to token, S[t] = decay S[t - 1] + f(k[t])ᵀ v[t] (RetNet,
 * Sun et al. 2023; Lightning Attention), computed in chunks: by scores inside of one, by the state from one to the next. The work grows with n, not with its
 * square. The result is divided by the same of ones for v, normed by its root mean square (NormAttention, Qin et al. 2022), or left. Plain operations, so it has
 * gradients. Faults `shape/attention`, `attention/state`, `attention/decay`.
 */
export function linearAttention(
  kernels: KernelCache,
  inputs: LinearAttentionInputs,
  plan: LinearAttentionPlan,
): Carried {
  checkShapes(inputs, plan);
  const [q, k] = [inputs.q, inputs.k].map((side) => plan.feature(cast(side, "f32"))) as [Expr, Expr];
  needSameShape(inputs, [q, k]);
  const v = plan.normalize === "sum" ? withOnes(cast(inputs.v, "f32")) : cast(inputs.v, "f32");
  checkState(plan.state, k, v);
  const made = plan.causal ? causal(kernels, { q, k, v }, plan) : atOnce({ q, k, v }, plan);
  return { ...made, output: normalized(made.output, plan) };
}

/** All queries see all keys. */
function atOnce({ q, k, v }: LinearAttentionInputs, { state }: LinearAttentionPlan): Carried {
  const own = matmul(transpose(k), v);
  const all = state === undefined ? own : plus(own, cast(state, "f32"));
  return { output: matmul(q, all), state: all };
}

/** In chunks; zeros stand before the tokens where they are no whole number of chunks, since what comes first fades most. */
function causal(
  kernels: KernelCache,
  { q, k, v }: LinearAttentionInputs,
  plan: LinearAttentionPlan,
): Carried {
  const n = q.shape.at(-2) ?? 1;
  const length = Math.min(plan.chunk, n);
  const more = Math.ceil(n / length) * length - n;
  const inChunks = (side: Expr): Expr => {
    const lead = side.shape.slice(0, -2);
    const whole = pad(side, [...lead.map(() => 0), [more, 0], 0]);
    return reshape(whole, [...lead, (n + more) / length, length, side.shape.at(-1) ?? 1]);
  };
  const log = plan.decay && spread(floatUnary("log", plan.decay), q.shape);
  const made = alongChunks(kernels, { q: inChunks(q), k: inChunks(k), v: inChunks(v) }, log);
  const flat = reshape(made.output, [...q.shape.slice(0, -2), n + more, v.shape.at(-1) ?? 1]);
  const output = slice(
    flat,
    flat.shape.map((_, axis) => (axis === flat.shape.length - 2 ? more : 0)),
    [...q.shape.slice(0, -1), v.shape.at(-1) ?? 1],
  );
  if (plan.state === undefined) return { output, state: made.state };
  const state = cast(plan.state, "f32");
  const seen = plus(iota([n, 1], "f32"), 1);
  const faded = log === undefined ? q : times(q, floatUnary("exp", times(log, seen)));
  const left = log === undefined ? state : times(state, floatUnary("exp", times(log, n)));
  return { output: plus(output, matmul(faded, state)), state: plus(made.state, left) };
}

/** The logarithm of a decay, [], [heads] or what broadcasts to it, as [..., 1, 1] beside [..., n, d]. */
function spread(log: Expr, shape: Shape): Expr {
  if (log.shape.length === 0 || log.shape.join() === "1")
    return reshape(
      log,
      shape.map(() => 1),
    );
  const heads = shape.at(-3);
  if (log.shape.length === 1 && heads !== undefined && log.shape[0] === heads) {
    const apart = [...shape.slice(0, -3).map(() => 1), heads, 1, 1];
    return reshape(log, apart);
  }
  throw new Fault(
    "attention/decay",
    `decays ${sayShape(log.shape)} do not fit ${heads ?? "no"} heads of q ${sayShape(shape)}`,
    { hint: "a decay is one number, or one for each head: q is [..., heads, n, d]" },
  );
}

function withOnes(v: Expr): Expr {
  const ones = fill(1, [...v.shape.slice(0, -1), 1], "f32");
  return concat([v, ones], -1);
}

function normalized(output: Expr, { normalize, epsilon }: LinearAttentionPlan): Expr {
  if (normalize === "none") return output;
  if (normalize === "rms") {
    const square = mean(times(output, output), -1, { keep: true });
    return times(output, floatUnary("rsqrt", plus(square, epsilon)));
  }
  const lead = output.shape.slice(0, -1);
  const width = (output.shape.at(-1) ?? 1) - 1;
  const start = lead.map(() => 0);
  const sums = slice(output, [...start, width], [...lead, 1]);
  return over(slice(output, [...start, 0], [...lead, width]), plus(sums, epsilon));
}

function checkShapes({ q, k, v }: LinearAttentionInputs, plan: LinearAttentionPlan): void {
  const say = `linear attention of q ${sayShape(q.shape)}, k ${sayShape(k.shape)}, v ${sayShape(v.shape)}`;
  const refuse = (hint: string): Fault =>
    new Fault("shape/attention", `${say} does not fit together`, { hint });
  const rank = q.shape.length;
  if (rank < 2 || [k, v].some(({ shape }) => shape.length !== rank))
    throw refuse("all three have the same rank, at least 2: [..., tokens, features]");
  if (q.shape.at(-1) !== k.shape.at(-1)) throw refuse("q and k have as many features");
  if (k.shape.at(-2) !== v.shape.at(-2)) throw refuse("each key needs one value");
  if (
    !sameShape(q.shape.slice(0, -2), k.shape.slice(0, -2)) ||
    !sameShape(k.shape.slice(0, -2), v.shape.slice(0, -2))
  )
    throw refuse("the axes before tokens and features are equal");
  if (plan.causal && q.shape.at(-2) !== k.shape.at(-2)) throw refuse("a causal one has a key for each query");
}

/** A feature map may change how many features there are, but nothing else. */
function needSameShape({ q, k }: LinearAttentionInputs, [a, b]: readonly [Expr, Expr]): void {
  const [from, made] = [q.shape.slice(0, -1), a.shape.slice(0, -1)];
  const isSame = sameShape(from, made) && sameShape(k.shape.slice(0, -1), b.shape.slice(0, -1));
  if (isSame && a.shape.at(-1) === b.shape.at(-1)) return;
  throw new Fault(
    "attention/feature",
    `feature made ${sayShape(a.shape)} of q ${sayShape(q.shape)}: only the last axis may change`,
  );
}

function checkState(state: Expr | undefined, k: Expr, v: Expr): void {
  if (state === undefined) return;
  const wanted = [...k.shape.slice(0, -2), k.shape.at(-1) ?? 1, v.shape.at(-1) ?? 1];
  if (sameShape(state.shape, wanted)) return;
  throw new Fault("attention/state", `the state is ${sayShape(wanted)} here, not ${sayShape(state.shape)}`, {
    hint: "begin without one, and hand on what linearAttention.carry gives",
  });
}
