import { Fault } from "@tilebook/base";
import { matmul } from "../contract/matmul.ts";
import { arithmetic } from "../elementwise.ts";
import { type Expr, pick } from "../expr.ts";
import { cast, permute, reshape } from "../nodes.ts";
import { checkOptions } from "../options.ts";
import { arithmeticType, floatType, promote } from "../promote.ts";
import { fold } from "../reduce.ts";
import { sayShape, sizeOf } from "../shape.ts";
import { axesOf, checkRank, countsOf, type SpatialOptions, spatialOptions, windowsOf } from "./spatial.ts";

export interface ConvOptions extends SpatialOptions {
  /** Channels fall into so many groups, each with filters of its own. Default: 1. */
  readonly groups?: number;
}

/** Fewer filters a group than this read too little for a product of matrices: one fold, which stores nothing in between. */
const fewFilters = 4;

/** Most elements of patches to store for a product of matrices; above, one fold. */
const mostPatches = 2 ** 28;

/**
 * result[n, o, p...] = sum over c and k... of x[n, c, p * stride + k * dilation - padding, ...] * filters[o, c, k...], as ONNX Conv
 * (a cross-correlation). x is [batch, channels, ...space], filters [out, channels / groups, ...window]. f32 sums; integers stay exact.
 * Faults `conv/shape`, `conv/channels`, `conv/axes`, `conv/window`.
 */
export function convolve(space: 1 | 2, input: Expr, filters: Expr, options: ConvOptions = {}): Expr {
  const what = `conv${space}d`;
  checkOptions(what, options, [...spatialOptions, "groups"]);
  checkRank(what, input, space);
  checkRank(`the filters of ${what}`, filters, space);
  const { groups = 1, stride = 1, ...rest } = options;
  const [batch, channels, ...sizes] = input.shape;
  const [out, depth, ...window] = filters.shape;
  checkGroups(input, filters, groups);
  const axes = axesOf(what, sizes, window, { stride, ...rest });
  const dtype = promote(arithmeticType(input.dtype), arithmeticType(filters.dtype));
  const counts = countsOf(axes);
  const split = { batch: batch ?? 1, groups, depth: depth ?? 1, out: (out ?? 1) / groups };
  const parts: Parts = { ...split, places: sizeOf(counts), window: sizeOf(window) };
  const windows = windowsOf(cast(input, dtype), axes, 0);
  const spread = reshape(windows, [split.batch, groups, split.depth, ...counts, ...window]);
  const result = choose(parts, floatType(dtype) === dtype)(spread, cast(filters, dtype), parts);
  return reshape(result, [split.batch, channels === undefined ? 1 : (out ?? 1), ...counts]);
}

interface Parts {
  readonly batch: number;
  readonly groups: number;
  /** Channels a group. */
  readonly depth: number;
  /** Filters a group. */
  readonly out: number;
  /** Places of the window, and elements in it. */
  readonly places: number;
  readonly window: number;
}

type Sum = (windows: Expr, filters: Expr, parts: Parts) => Expr;

function choose({ out, batch, groups, depth, places, window }: Parts, isFloat: boolean): Sum {
  const patches = batch * groups * depth * places * window;
  return isFloat && out >= fewFilters && patches <= mostPatches ? byMatrices : byFold;
}

/** windows [batch, groups, depth, ...places, ...window] as a matrix for each group: one row a place, one column a weight. */
function byMatrices(windows: Expr, filters: Expr, parts: Parts): Expr {
  const { batch, groups, depth, out, places, window } = parts;
  const [places0, window0] = spaceOf(windows);
  const order = [1, 0, ...places0, 2, ...window0];
  const rows = reshape(permute(windows, order), [groups, batch * places, depth * window]);
  const columns = reshape(filters, [groups, out, depth * window]);
  const product = matmul(rows, columns, { transposeRight: true });
  const apart = reshape(product, [groups, batch, places, out]);
  return permute(apart, [1, 0, 3, 2]);
}

/** One element of the result at a time: the windows are read where they lie. */
function byFold(windows: Expr, filters: Expr, parts: Parts): Expr {
  const { batch, groups, depth, out, places, window } = parts;
  const [places0, window0] = spaceOf(windows);
  const turned = permute(windows, [0, 1, ...places0, 2, ...window0]);
  const rows = reshape(turned, [batch, groups, 1, places, depth * window]);
  const columns = reshape(filters, [1, groups, out, 1, depth * window]);
  return fold("sum", arithmetic("mul", rows, columns), -1);
}

/** The axes of places and of windows, after batch, groups and depth. */
function spaceOf({ shape }: Expr): readonly [readonly number[], readonly number[]] {
  const space = (shape.length - 3) / 2;
  const from = (first: number): readonly number[] => Array.from({ length: space }, (_, at) => first + at);
  return [from(3), from(3 + space)];
}

function checkGroups(input: Expr, filters: Expr, groups: number): void {
  const [channels, [out, depth]] = [pick(input.shape, 1), filters.shape];
  const whole = Number.isInteger(groups) && groups > 0 && (out ?? 0) % groups === 0;
  if (whole && channels === (depth ?? 0) * groups) return;
  throw new Fault(
    "conv/channels",
    `${channels} channels in ${groups} ${groups === 1 ? "group" : "groups"} do not fit filters of shape ${sayShape(filters.shape)}`,
    { hint: "filters are [out, channels / groups, ...window], and the groups divide out" },
  );
}
