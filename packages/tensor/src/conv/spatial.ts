import { Fault } from "@tilebook/base";
import { type Expr, pick } from "../expr.ts";
import { paste, windowAlong } from "../nodes.ts";
import { sayShape } from "../shape.ts";
import { background } from "../shapes/background.ts";

/** One number for all axes of space, or one for each. */
export type PerAxis = number | readonly number[];

/** Before and after: one number for both. `"same"`: so much that ceil(size / stride) windows fit, the odd one after, as ONNX's SAME_UPPER. */
export type Padding = "valid" | "same" | number | readonly (number | readonly [number, number])[];

export interface SpatialOptions {
  /** How far windows lie apart. */
  readonly stride?: PerAxis;
  /** Default: `"valid"`, none. */
  readonly padding?: Padding;
  /** How far the elements of a window lie apart. Default: 1. */
  readonly dilation?: PerAxis;
}

export const spatialOptions: readonly (keyof SpatialOptions)[] = ["stride", "padding", "dilation"];

/** How windows lie along one axis. */
export interface Along {
  readonly size: number;
  readonly window: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
}

/** Each axis of space of `what`, checked. Faults `conv/axes`, `conv/window`. */
export function axesOf(
  what: string,
  sizes: readonly number[],
  windows: readonly number[],
  options: SpatialOptions & { readonly stride: PerAxis },
): readonly Along[] {
  const count = sizes.length;
  const strides = perAxis(`the stride of ${what}`, options.stride, count);
  const dilations = perAxis(`the dilation of ${what}`, options.dilation ?? 1, count);
  return sizes.map((size, at) => {
    const [window, stride, dilation] = [pick(windows, at), pick(strides, at), pick(dilations, at)];
    const reach = (window - 1) * dilation + 1;
    const [before, after] = padsOf(what, options.padding ?? "valid", { size, stride, reach, at, count });
    if (size + before + after < reach) throw tooShort(what, size + before + after, reach);
    return { size, window, stride, dilation, before, after };
  });
}

/** One positive integer an axis. */
export function perAxis(what: string, value: PerAxis, count: number): readonly number[] {
  const list = typeof value === "number" ? Array.from({ length: count }, () => value) : value;
  if (list.length === count && list.every((n) => Number.isInteger(n) && n > 0)) return list;
  throw new Fault("conv/axes", `${what} is ${JSON.stringify(value)}`, {
    hint: `give a positive integer, or a list of ${count}`,
  });
}

interface Padded {
  readonly size: number;
  readonly stride: number;
  readonly reach: number;
  readonly at: number;
  readonly count: number;
}

function padsOf(
  what: string,
  padding: Padding,
  { size, stride, reach, at, count }: Padded,
): readonly [number, number] {
  if (padding === "valid") return [0, 0];
  if (padding === "same") {
    const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach - size);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  }
  const own = typeof padding === "number" ? padding : padding.length === count ? padding[at] : undefined;
  const pair = typeof own === "number" ? ([own, own] as const) : own;
  if (pair?.length === 2 && pair.every((n) => Number.isInteger(n) && n >= 0)) return pair;
  throw new Fault("conv/axes", `the padding of ${what} is ${JSON.stringify(padding)}`, {
    hint: `use "valid", "same", a number, or a list with a number or [before, after] for each of ${count} axes`,
  });
}

/** Windows over the last axes, which are padded with `value`: [..., windows of each axis, places in a window of each axis]. */
export function windowsOf(input: Expr, axes: readonly Along[], value: number): Expr {
  const first = input.shape.length - axes.length;
  const lead = input.shape.slice(0, first);
  const shape = [...lead, ...axes.map(({ size, before, after }) => size + before + after)];
  const isPadded = axes.some(({ before, after }) => before + after > 0);
  const start = [...lead.map(() => 0), ...axes.map(({ before }) => before)];
  const padded = isPadded ? paste(input, background(value, shape, input.dtype), start) : input;
  return axes.reduce(
    (so, { window: size, stride, dilation }, at) =>
      windowAlong(so, { axis: first + at, size, stride, dilation }),
    padded,
  );
}

/** How many windows fit along each axis. */
export function countsOf(axes: readonly Along[]): readonly number[] {
  return axes.map(
    ({ size, before, after, window: length, stride, dilation }) =>
      Math.floor((size + before + after - (length - 1) * dilation - 1) / stride) + 1,
  );
}

/** `[batch, channels, ...space]`. Fault `conv/shape`. */
export function checkRank(what: string, input: Expr, space: number): void {
  if (input.shape.length === space + 2) return;
  const letters = space === 1 ? "width" : "height, width";
  throw new Fault("conv/shape", `${what} needs [batch, channels, ${letters}], not ${sayShape(input.shape)}`, {
    hint: "add axes of size 1 with expandDims(0)",
  });
}

function tooShort(what: string, size: number, reach: number): Fault {
  return new Fault(
    "conv/window",
    `a window of ${what} reaches over ${reach} elements, and there are ${size}`,
    {
      hint: 'pad the tensor with { padding: "same" }, or take a smaller window',
    },
  );
}
