import { arithmetic, choose, compare, floating, roundUnary } from "../elementwise.ts";
import type { Expr } from "../expr.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { isNaNMask } from "../maps/finite.ts";
import { searchSorted } from "../library/search.ts";
import { sortAlong } from "../library/sort.ts";
import { fold } from "../reduce.ts";
import { cast, unary } from "../nodes.ts";
import { sliceAxis } from "../views.ts";
import { vectorOf } from "./encode.ts";
import { lookUp } from "./planes.ts";
import type { Scheme } from "./scheme.ts";

/** What the codes of each group reach over: f32 [groups, 1] each. */
export interface Range {
  readonly least: Expr;
  readonly most: Expr;
}

/** What is made of a range. */
export interface Steps {
  readonly scales: Expr;
  readonly zeros?: Expr;
  readonly powers?: Expr;
}

/** The byte that names no power. */
export const noPower = 255;

/** Powers of two by the byte that names them (E8M0 of OCP Microscaling Formats 1.0, 5.4.1). */
export const powersOfTwo: readonly number[] = Array.from({ length: 256 }, (_, byte) =>
  byte === noPower ? Number.NaN : 2 ** (byte - 127),
);

const [leastNormal, mostHalf, mostFloat] = [2 ** -126, 65_504, 3.4028234663852886e38];

/** NaN in the place of what is greater: infinities, too. */
function within(most: number, numbers: Expr): Expr {
  return choose(compare("le", unary("abs", numbers), most), numbers, Number.NaN);
}

/** Of weights f32 [groups, group]. A group with a NaN reaches over NaN, also where its percentiles are numbers. */
export function rangeOf(kernels: KernelCache, values: Expr, { coding, range, quantile }: Scheme): Range {
  if (coding.byMean === true) {
    const sum = within(mostFloat, fold("sum", unary("abs", values), 1, { keep: true }));
    const most = floating("div", sum, values.shape[1] ?? 1);
    return { least: unary("neg", most), most };
  }
  const most = fold("max", values, 1, { keep: true });
  if (range !== "percentile") return { least: fold("min", values, 1, { keep: true }), most };
  const { values: sorted } = sortAlong(kernels, values, 1);
  const last = (values.shape[1] ?? 1) - 1;
  const at = Math.round(quantile * last);
  const ofNumbers = (place: number): Expr =>
    choose(isNaNMask(most), most, sliceAxis(sorted, 1, place, place + 1));
  return { least: ofNumbers(last - at), most: ofNumbers(at) };
}

/** Both ends times a number, or one for each group. */
export function widened({ least, most }: Range, by: Expr | number): Range {
  return { least: arithmetic("mul", least, by), most: arithmetic("mul", most, by) };
}

/**
 * Scales, and codes of 0, so that the codes reach over a range. Of whole numbers, the end that is farther from 0 becomes the least code, also where
 * it is above 0: the scale has its sign then (as in Q4_0 of ggml). Without symmetry the range has 0 in it, which is a code. A scale that its dtype cannot hold
 * is NaN: so all weights of a group with an infinity are, and none has another sign. One without all bits of an f32 is 0, whether a device knows such numbers or not.
 */
export function stepsOf(kernels: KernelCache, range: Range, scheme: Scheme): Steps {
  const { coding, isSymmetric, scales } = scheme;
  const { least, most } = range;
  const kept = (scale: Expr): Expr =>
    scales === "f16"
      ? cast(within(mostHalf, toHalf(kernels, scale)), "f16")
      : choose(compare("lt", unary("abs", scale), leastNormal), 0, scale);
  const farthest = within(mostFloat, choose(compare("ge", most, unary("neg", least)), most, least));
  if (coding.inPowers === true) return powersFor(kernels, unary("abs", farthest), coding.most);
  if (coding.levels !== undefined) {
    const reach = Math.max(-coding.least, coding.most);
    return { scales: kept(floating("div", unary("abs", farthest), reach)) };
  }
  if (coding.byMean === true) return { scales: kept(most) };
  if (isSymmetric) return { scales: kept(floating("div", farthest, coding.least)) };
  const codes = coding.most - coding.least;
  const from = arithmetic("min", least, 0);
  const width = within(mostFloat, arithmetic("sub", arithmetic("max", most, 0), from));
  const own = kept(floating("div", width, codes));
  const step = cast(own, "f32");
  const isFlat = compare("eq", step, 0);
  const place = roundUnary("round", floating("div", unary("neg", from), choose(isFlat, 1, step)));
  const zero = arithmetic("min", arithmetic("max", place, 0), codes);
  return { scales: own, zeros: cast(zero, coding.codes) };
}

/** The greatest power of two up to the greatest weight, over that up to the greatest level. */
function powersFor(kernels: KernelCache, greatest: Expr, level: number): Steps {
  const powers = vectorOf(powersOfTwo, "f32");
  const upTo = searchSorted(kernels, powers, greatest, { side: "right" });
  const byte = arithmetic("sub", upTo, 1 + Math.floor(Math.log2(level)));
  const known = choose(isNaNMask(greatest), noPower, arithmetic("max", byte, 0));
  return { scales: cast(known, "u8"), powers };
}

/** From the least half above 0 to the greatest power of two among halves. */
const halfPowers = Array.from({ length: 40 }, (_, at) => 2 ** (at - 24));

/** The nearest half of each number, as f32. By whole numbers of its last place, so that the reference in f64 rounds alike. */
function toHalf(kernels: KernelCache, scale: Expr): Expr {
  const upTo = searchSorted(kernels, vectorOf(halfPowers, "f32"), unary("abs", scale), { side: "right" });
  const places = halfPowers.map((power) => Math.max(power, 2 ** -14) * 2 ** -10);
  const place = lookUp(vectorOf(places, "f32"), arithmetic("max", arithmetic("sub", upTo, 1), 0));
  return arithmetic("mul", roundUnary("round", floating("div", scale, place)), place);
}
