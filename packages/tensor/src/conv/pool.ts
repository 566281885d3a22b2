import { Fault } from "@tilebook/base";
import type { BufferDType } from "@tilebook/ir";
import { floating } from "../elementwise.ts";
import { Expr } from "../expr.ts";
import { toBytes } from "../bytes.ts";
import { cast, reshape } from "../nodes.ts";
import { checkOptions } from "../options.ts";
import { arithmeticType } from "../promote.ts";
import { fold } from "../reduce.ts";
import { sizeOf } from "../shape.ts";
import { asFloat } from "../maps/functions.ts";
import {
  type Along,
  axesOf,
  checkRank,
  countsOf,
  type PerAxis,
  perAxis,
  type SpatialOptions,
  spatialOptions,
  windowsOf,
} from "./spatial.ts";

export interface AveragePoolOptions extends SpatialOptions {
  /** The padding counts as zeros. Default: false, it does not count. */
  readonly countPadding?: boolean;
}

/**
 * The greatest of each window: [batch, channels, ...space], whose windows lie side by side unless `stride` says else. Padding never
 * wins. As ONNX MaxPool. Faults as `convolve`.
 */
export function maxPool(space: 1 | 2, input: Expr, size: PerAxis, options: SpatialOptions = {}): Expr {
  checkOptions(`maxPool${space}d`, options, spatialOptions);
  const x = cast(input, arithmeticType(input.dtype));
  return pooled("max", x, poolAxes(`maxPool${space}d`, input, { space, size }, options), least(x.dtype));
}

/** The mean of each window. As ONNX AveragePool: by default only over elements that are there. */
export function averagePool(space: 1 | 2, input: Expr, size: PerAxis, given: AveragePoolOptions = {}): Expr {
  checkOptions(`avgPool${space}d`, given, [...spatialOptions, "countPadding"]);
  const { countPadding = false, ...options } = given;
  const axes = poolAxes(`avgPool${space}d`, input, { space, size }, options);
  const total = pooled("sum", asFloat(input), axes, 0);
  if (countPadding || axes.every(({ before, after }) => before + after === 0))
    return floating("div", total, sizeOf(axes.map(({ window }) => window)));
  return axes.reduce((so, along, at) => floating("div", so, elementsIn(along, axes.length - 1 - at)), total);
}

function poolAxes(
  what: string,
  input: Expr,
  { space, size }: { readonly space: 1 | 2; readonly size: PerAxis },
  options: SpatialOptions,
): readonly Along[] {
  checkRank(what, input, space);
  const windows = perAxis(`the window of ${what}`, size, space);
  const axes = axesOf(what, input.shape.slice(2), windows, { ...options, stride: options.stride ?? windows });
  const empty = axes.find(
    ({ window, dilation, before, after }) => Math.max(before, after) > (window - 1) * dilation,
  );
  if (empty === undefined) return axes;
  throw new Fault("conv/window", `some windows of ${what} would see padding alone`, {
    hint: `pad by less than the window reaches over, ${(empty.window - 1) * empty.dilation + 1}`,
  });
}

function pooled(op: "max" | "sum", input: Expr, axes: readonly Along[], value: number): Expr {
  const windows = windowsOf(input, axes, value);
  const shape = [...input.shape.slice(0, 2), ...countsOf(axes)];
  return fold(op, reshape(windows, [...shape, sizeOf(axes.map(({ window }) => window))]), -1);
}

/** What every number of the dtype is at least. */
function least(dtype: BufferDType): number {
  if (dtype === "i32") return -(2 ** 31);
  return dtype === "u32" ? 0 : -Infinity;
}

/** Of each window along one axis, how many elements are there; before so many axes of the result. */
function elementsIn(along: Along, later: number): Expr {
  const { window, stride, dilation, before, size } = along;
  const counts = Array.from({ length: countsOf([along])[0] ?? 1 }, (_, at) => {
    const places = Array.from({ length: window }, (__, n) => at * stride - before + n * dilation);
    return places.filter((place) => place >= 0 && place < size).length;
  });
  const shape = [counts.length, ...Array.from({ length: later }, () => 1)];
  return Expr.data(toBytes(counts, "f32"), { dtype: "f32", shape });
}
