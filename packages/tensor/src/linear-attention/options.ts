import { Fault } from "@tilebook/base";
import { dtypeInfo, valueDType } from "@tilebook/ir";
import type { Expr } from "../expr.ts";
import { cast, fill } from "../nodes.ts";
import { fromSource } from "../create.ts";
import { choose, compare, floatUnary } from "../elementwise.ts";
import { plus } from "../grad/maths.ts";
import { checkOptions } from "../options.ts";

/** What stands in the place of softmax. */
export interface LinearAttentionOptions<T> {
  /** Query i sees the keys up to i. */
  readonly causal?: boolean;
  /** What queries and keys become: 1 + elu(x) by default, so that no score is below 0. */
  readonly feature?: "elu" | "relu" | "none" | ((x: T) => T);
  /** What sums become: divided by the sum of the scores (the default), normed by their root mean square (NormAttention), or left alone. */
  readonly normalize?: "sum" | "rms" | "none";
  /** What is kept of the state from token to token, in (0, 1]: a number, or one for each head. Of a tensor 0 and less give NaN. Causal only. */
  readonly decay?: number | readonly number[] | T;
  /** What tokens before these left: as `carry` gives it. */
  readonly state?: T;
  /** Tokens that meet each other by their scores; those before them, by the state. */
  readonly chunk?: number;
  /** Beside sums that are divided by. */
  readonly epsilon?: number;
}

/** The options as they are computed with. */
export interface LinearAttentionPlan {
  readonly causal: boolean;
  readonly feature: (x: Expr) => Expr;
  readonly normalize: "sum" | "rms" | "none";
  /** f32 [heads], or [] for all. */
  readonly decay: Expr | undefined;
  readonly state: Expr | undefined;
  readonly chunk: number;
  readonly epsilon: number;
}

const features: Readonly<Record<"elu" | "relu" | "none", (x: Expr) => Expr>> = {
  elu: (x) => choose(compare("gt", x, 0), plus(x, 1), floatUnary("exp", choose(compare("gt", x, 0), 0, x))),
  relu: (x) => choose(compare("gt", x, 0), x, 0),
  none: (x) => x,
};

/** Faults `tensor/option`, `attention/feature`, `attention/normalize`, `attention/decay`, `attention/chunk`. */
export function linearAttentionPlan<T extends object>(
  options: LinearAttentionOptions<T> = {},
  { tensorOf, exprOf }: { readonly tensorOf: (expr: Expr) => T; readonly exprOf: (tensor: unknown) => Expr },
): LinearAttentionPlan {
  checkOptions("linearAttention", options, [
    "causal",
    "feature",
    "normalize",
    "decay",
    "state",
    "chunk",
    "epsilon",
  ]);
  const {
    causal = false,
    feature = "elu",
    normalize = "sum",
    decay,
    state,
    chunk = 64,
    epsilon = 1e-6,
  } = options;
  if (!["sum", "rms", "none"].includes(normalize))
    throw new Fault("attention/normalize", `normalize is "sum", "rms" or "none", not ${normalize as string}`);
  if (!Number.isInteger(chunk) || chunk < 1 || chunk > 1024)
    throw new Fault("attention/chunk", `a chunk has 1 to 1024 tokens, not ${String(chunk)}`);
  if (decay !== undefined && !causal)
    throw new Fault("attention/decay", "only causal attention has a decay: it is from token to token", {
      hint: "linearAttention(q, k, v, { causal: true, decay: 0.9 })",
    });
  return {
    causal,
    normalize,
    chunk,
    epsilon,
    feature: featureOf(feature, (make, x) => exprOf(make(tensorOf(x)))),
    decay: decay === undefined ? undefined : decayOf(decay, exprOf),
    state: state === undefined ? undefined : exprOf(state),
  };
}

function featureOf<T>(
  feature: LinearAttentionOptions<T>["feature"],
  apply: (make: (x: T) => T, x: Expr) => Expr,
): (x: Expr) => Expr {
  if (typeof feature === "function") return (x) => cast(apply(feature, x), "f32");
  const known = Object.entries(features).find(([name]) => name === feature);
  if (known !== undefined) return known[1];
  throw new Fault(
    "attention/feature",
    `feature is "elu", "relu", "none" or a function, not ${String(feature)}`,
    {
      hint: "for example feature: (x) => x.softmax()",
    },
  );
}

function decayOf(decay: unknown, exprOf: (tensor: unknown) => Expr): Expr {
  if (typeof decay === "number") return fill(checkDecay(decay), [], "f32");
  if (!Array.isArray(decay)) return decayTensor(exprOf(decay));
  return fromSource((decay as readonly number[]).map(checkDecay), { dtype: "f32" });
}

/** What it holds is not looked at: that would wait for the device. */
function decayTensor(decay: Expr): Expr {
  if (dtypeInfo[valueDType(decay.dtype)].kind === "float") return cast(decay, "f32");
  throw new Fault("attention/decay", `decays are f32 or f16 between 0 and 1, not ${decay.dtype}`, {
    hint: 'decay.cast("f32")',
  });
}

function checkDecay(decay: number): number {
  if (decay > 0 && decay <= 1) return decay;
  throw new Fault("attention/decay", `a decay is above 0 and at most 1, not ${decay}`);
}
