import { Fault } from "@tilebook/base";
import { arithmetic, floating } from "../elementwise.ts";
import type { Expr } from "../expr.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { checkOptions } from "../options.ts";
import type { ReduceOptions } from "../reduce.ts";
import { checkAxis } from "../shape.ts";
import { sliceAxis } from "../views.ts";
import { type Sorted, sortAlong } from "./sort.ts";

export interface TopOptions {
  /** The last axis by default. */
  readonly axis?: number;
  /** The least ones, from the least on. */
  readonly smallest?: boolean;
}

/** The k greatest along an axis, from the greatest on, and their places; equal ones in their order. Fault `shape/topk`. */
export function top(kernels: KernelCache, input: Expr, k: number, options: TopOptions = {}): Sorted {
  checkOptions("topk", options, ["axis", "smallest"]);
  const { axis = -1, smallest = false } = options;
  const at = checkAxis(axis, input.shape.length);
  const size = input.shape[at] ?? 1;
  if (!Number.isInteger(k) || k < 1 || k > size) {
    throw new Fault("shape/topk", `cannot take ${k} of an axis with ${size} elements`, {
      hint: `use 1 to ${size}`,
    });
  }
  const { values, places } = sortAlong(kernels, input, at, { descending: !smallest });
  return { values: sliceAxis(values, at, 0, k), places: sliceAxis(places, at, 0, k) };
}

/** The middle one in order, or the mean of the middle two; the axis stays with size 1. NaN counts as the greatest. */
export function median(kernels: KernelCache, input: Expr, axis: number, options: ReduceOptions): Expr {
  checkOptions("median", options, ["keep"]);
  const at = checkAxis(axis, input.shape.length);
  const { values } = sortAlong(kernels, input, at);
  const half = Math.floor((values.shape[at] ?? 1) / 2);
  const upper = sliceAxis(values, at, half, half + 1);
  if ((values.shape[at] ?? 1) % 2 === 1) return floating("div", upper, 1);
  const lower = sliceAxis(values, at, half - 1, half);
  return floating("div", arithmetic("add", lower, upper), 2);
}
