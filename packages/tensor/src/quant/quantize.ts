import { Fault } from "@tilebook/base";
import { dtypeInfo, valueDType } from "@tilebook/ir";
import { arithmetic, choose, compare } from "../elementwise.ts";
import { type Expr, pick } from "../expr.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { cast, fill, permute, reshape } from "../nodes.ts";
import { fold } from "../reduce.ts";
import { type Shape, sizeOf } from "../shape.ts";
import { encode, vectorOf } from "./encode.ts";
import { lookUp, middleOf, type Planes, weightsOf } from "./planes.ts";
import { type Range, rangeOf, stepsOf, widened } from "./ranges.ts";
import { type QuantizeOptions, type Scheme, schemeOf } from "./scheme.ts";

/** Weights that are being quantized: their groups follow each other along the last axis. */
export interface Laid {
  readonly kernels: KernelCache;
  readonly scheme: Scheme;
  /** f32 [groups, group] */
  readonly values: Expr;
  /** Of the codes: the axis of the groups is the last. */
  readonly shape: Shape;
}

/**
 * The same weights f32 by their codes, scales and what else the format has; products that read them read these. Faults of `schemeOf`, and
 * `quant/dtype` where they are no floats.
 */
export function quantize(kernels: KernelCache, weights: Expr, options: QuantizeOptions | undefined): Expr {
  needFloats(weights);
  const { laid, back } = layOut(kernels, weights, schemeOf("quant.quantize", options, weights.shape));
  return back(weightsOf(bestOf(laid), laid.shape, laid.scheme.coding.name));
}

/** Fault `quant/dtype`. */
export function needFloats(weights: Expr): void {
  if (dtypeInfo[valueDType(weights.dtype)].kind === "float") return;
  throw new Fault("quant/dtype", `weights are floats, not ${weights.dtype}`, {
    hint: 'cast("f32") first, if these are weights',
  });
}

/** Weights by their groups, and the way back to how they were. */
export function layOut(
  kernels: KernelCache,
  weights: Expr,
  scheme: Scheme,
): { readonly laid: Laid; readonly back: (numbers: Expr) => Expr } {
  const order = orderOf(weights.shape, scheme.axis);
  const turned = permute(cast(weights, "f32"), order);
  const { shape } = turned;
  const values = reshape(turned, [sizeOf(shape) / scheme.group, scheme.group]);
  const inverse = order.map((_, axis) => order.indexOf(axis));
  return {
    laid: { kernels, scheme, values, shape },
    back: (numbers) => permute(reshape(numbers, shape), inverse),
  };
}

/** The axis of the groups last, the others as they were. */
function orderOf(shape: Shape, axis: number): readonly number[] {
  return [...shape.keys()].filter((at) => at !== axis).concat(shape.length === 0 ? [] : axis);
}

export function bestOf(laid: Laid): Planes {
  const { kernels, scheme, values } = laid;
  const range = rangeOf(kernels, values, scheme);
  return planesFor(laid, scheme.range === "mse" ? widened(range, bestFactor(laid, range)) : range);
}

function planesFor({ kernels, scheme, values, shape }: Laid, range: Range): Planes {
  const { coding, isSymmetric } = scheme;
  const own = isSymmetric || coding.codes !== "i8" ? coding : { ...coding, codes: "u8" as const };
  const { scales, zeros, powers } = stepsOf(kernels, range, { ...scheme, coding: own });
  const by = powers === undefined ? scales : lookUp(powers, scales);
  const middle = middleOf({ dtype: own.codes });
  const codes = encode(kernels, values, { coding: own, scales: by, zeros, middle, shape });
  return { codes, table: tableOf(own.levels), zeros, scales, powers };
}

/** The numbers by their codes. */
function tableOf(levels: Scheme["coding"]["levels"]): Expr | undefined {
  if (levels === undefined) return undefined;
  const values = Array.from({ length: 1 + Math.max(...levels.map(({ code }) => code)) }, () => 0);
  for (const { code, value } of levels) values[code] = value;
  return vectorOf(values, "f32");
}

/** Shares of a range that are tried, by what the scale is made of. */
function factorsOf({ coding }: Scheme): readonly number[] {
  if (coding.inPowers === true) return [1, 2];
  if (coding.byMean === true) return [1, 0.6, 0.75, 0.9, 1.1, 1.25, 1.4, 1.6, 1.8];
  return [1, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5, 0.45, 0.4];
}

/** The share of its range with the least sum of square errors in each group: f32 [groups, 1]. The first of equal ones. */
function bestFactor(laid: Laid, range: Range): Expr {
  const { values, scheme } = laid;
  const tried = factorsOf(scheme).map((factor) => {
    const weights = weightsOf(planesFor(laid, widened(range, factor)), values.shape, "");
    const apart = arithmetic("sub", weights, values);
    return { factor, error: fold("sum", arithmetic("mul", apart, apart), 1, { keep: true }) };
  });
  const [first, ...others] = tried;
  const start = {
    error: pick(tried, 0).error,
    factor: fill(first?.factor ?? 1, [pick(values.shape, 0), 1], "f32"),
  };
  return others.reduce((best, { factor, error }) => {
    const isLess = compare("lt", error, best.error);
    return { error: choose(isLess, error, best.error), factor: choose(isLess, factor, best.factor) };
  }, start).factor;
}
