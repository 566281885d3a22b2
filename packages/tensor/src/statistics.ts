import { Fault } from "@tilebook/base";
import { arithmetic, choose, compare, floating } from "./elementwise.ts";
import type { Expr } from "./expr.ts";
import { isFiniteMask } from "./maps/finite.ts";
import { asFloat, square } from "./maps/functions.ts";
import { cast, reshape, unary } from "./nodes.ts";
import { checkOptions } from "./options.ts";
import { type Axes, fold, mean, type ReduceOptions } from "./reduce.ts";
import { sizeOf } from "./shape.ts";

export interface VarianceOptions extends ReduceOptions {
  /** The sum of squares is divided by n - correction: 0 for the variance of a population, 1 for that of a sample. */
  readonly correction?: number;
}

/** The mean squared distance to the mean, in two passes: first the mean, then the squares. Fault `shape/correction`. */
export function variance(input: Expr, axes: Axes, options: VarianceOptions = {}, what = "var"): Expr {
  checkOptions(what, options, ["keep", "correction"]);
  const { correction = 0, ...kept } = options;
  const centred = arithmetic("sub", asFloat(input), mean(input, axes, { keep: true }));
  const total = fold("sum", square(centred), axes, kept);
  const count = sizeOf(input.shape) / sizeOf(total.shape);
  if (correction >= count) {
    throw new Fault(
      "shape/correction",
      `${count} values less a correction of ${correction} leave nothing to divide by`,
      {
        hint: "give a smaller correction, or fold over more values",
      },
    );
  }
  return floating("div", total, count - correction);
}

export function deviation(input: Expr, axes: Axes, options?: VarianceOptions): Expr {
  return unary("sqrt", variance(input, axes, options, "std"));
}

/** log(sum(exp(x))), with the greatest taken out so that nothing overflows. */
export function logSumExp(input: Expr, axes: Axes, options: ReduceOptions = {}): Expr {
  checkOptions("logSumExp", options, ["keep"]);
  const x = asFloat(input);
  const most = fold("max", x, axes, { keep: true });
  const shift = choose(isFiniteMask(most), most, 0);
  const total = fold("sum", unary("exp", arithmetic("sub", x, shift)), axes, { keep: true });
  const result = arithmetic("add", unary("log", total), shift);
  return options.keep ? result : reshape(result, fold("sum", x, axes).shape);
}

/** x - log(sum(exp(x))) along one axis. */
export function logSoftmax(input: Expr, axis: number): Expr {
  const x = asFloat(input);
  const shifted = arithmetic("sub", x, fold("max", x, axis, { keep: true }));
  const total = fold("sum", unary("exp", shifted), axis, { keep: true });
  return arithmetic("sub", shifted, unary("log", total));
}

/** A mask: whether any (all) are not 0. */
export function someOrAll(which: "any" | "all", input: Expr, axes: Axes, options?: ReduceOptions): Expr {
  checkOptions(which, options, ["keep"]);
  const mask = input.dtype === "bool" ? input : compare("ne", input, 0);
  const folded = fold(which === "any" ? "max" : "min", cast(mask, "i32"), axes, options);
  return compare("ne", folded, 0);
}
