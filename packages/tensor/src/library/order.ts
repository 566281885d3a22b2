import { Fault } from "@tilebook/base";
import { dtypeInfo, valueDType } from "@tilebook/ir";
import { arithmetic, choose, compare, floating } from "../elementwise.ts";
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

/** The middle one in order, or the mean of the middle two, or NaN where there is one; the axis stays with size 1. */
export function median(kernels: KernelCache, input: Expr, axis: number, options: ReduceOptions): Expr {
  checkOptions("median", options, ["keep"]);
  const at = checkAxis(axis, input.shape.length);
  const { values } = sortAlong(kernels, input, at);
  const count = values.shape[at] ?? 1;
  const middle = middleOf(values, at, count);
  if (dtypeInfo[valueDType(values.dtype)].kind !== "float") return middle;
  // NaN is sorted to the end.
  const greatest = sliceAxis(values, at, count - 1, count);
  return choose(compare("ne", greatest, greatest), greatest, middle);
}

function middleOf(sorted: Expr, axis: number, count: number): Expr {
  const half = Math.floor(count / 2);
  const upper = sliceAxis(sorted, axis, half, half + 1);
  if (count % 2 === 1) return floating("div", upper, 1);
  const lower = sliceAxis(sorted, axis, half - 1, half);
  return floating("div", arithmetic("add", lower, upper), 2);
}
