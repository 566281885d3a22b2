import { Fault } from "@tilebook/base";
import { arithmetic, choose, compare, logic } from "../elementwise.ts";
import type { Expr } from "../expr.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { alias, cast } from "../nodes.ts";
import { checkOptions } from "../options.ts";
import { bestOf, type Laid, layOut, needFloats } from "./quantize.ts";
import { lookUp, middleOf, type Planes, weightsOf } from "./planes.ts";
import { type QuantizeOptions, schemeNames, schemeOf } from "./scheme.ts";

export interface FakeOptions extends QuantizeOptions {
  /** Weights that the codes do not reach get no gradient. Default: true. */
  readonly clip?: boolean;
}

/**
 * What `quantize` gives, with a gradient: that of the result is taken for that of the weights (the straight-through estimator, Bengio et al. 2013),
 * but for weights beyond what the codes reach. In a group that is NaN none is. Faults of `quantize`, and `quant/clip`.
 */
export function fakeQuantize(kernels: KernelCache, weights: Expr, given: FakeOptions = {}): Expr {
  needFloats(weights);
  checkOptions("quant.fake", given, [...schemeNames, "clip"]);
  const { clip = true, ...options } = given;
  if (typeof clip !== "boolean")
    throw new Fault("quant/clip", "clip is true or false", { hint: "clip: false" });
  const scheme = schemeOf("quant.fake", options, weights.shape);
  const { laid, back } = layOut(kernels, weights, scheme);
  const planes = bestOf(laid);
  const made = back(weightsOf(planes, laid.shape, scheme.coding.name));
  return alias(made).withGradient({
    of: [weights],
    pull: (cotangent) => {
      const passed = clip ? choose(back(isBeyond(laid, planes)), 0, cotangent) : cotangent;
      return [cast(passed, weights.dtype)];
    },
  });
}

/** Which weights [groups, group] lie beyond the ends of their codes; of whole numbers, by more than half a step. None where those are NaN. */
function isBeyond({ values, scheme }: Laid, { codes, scales, zeros, powers }: Planes): Expr {
  const { least, most, levels } = scheme.coding;
  const more = levels === undefined ? 0.5 : 0;
  const step = powers === undefined ? scales : scales && lookUp(powers, scales);
  const by = cast(step ?? values, "f32");
  const zero = zeros && arithmetic("sub", cast(zeros, "f32"), middleOf(codes));
  const endAt = (end: number): Expr =>
    arithmetic("mul", by, zero === undefined ? end : arithmetic("mul", arithmetic("sub", zero, end), -1));
  const [a, b] = [endAt(least - more), endAt(most + more)];
  return logic(
    "or",
    compare("lt", values, arithmetic("min", a, b)),
    compare("gt", values, arithmetic("max", a, b)),
  );
}
