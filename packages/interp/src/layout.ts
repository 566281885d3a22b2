import { sizeOf } from "@tilebook/ir";

/** Moving elements without computing: every function fills `out`, which is row-major and contiguous. */

/** Row-major strides, in elements. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides: number[] = [];
  let stride = 1;
  for (const size of shape.toReversed()) {
    strides.unshift(stride);
    stride *= size;
  }
  return strides;
}

/** How `input` is read: element [i...] of the result is input[start + sum of i * stride]. */
export interface StridedView {
  readonly values: Float64Array;
  readonly start: number;
  readonly strides: readonly number[];
}

/** Gathers a strided view of shape `shape` into `out`. */
export function copyStrided(out: Float64Array, shape: readonly number[], view: StridedView): void {
  const { values } = view;
  walkStrided(shape, view, (to, from) => {
    out[to] = values[from] ?? 0;
  });
}

/** Scatters `values`, row-major, over a strided view of shape `shape`. */
export function writeStrided(view: StridedView, shape: readonly number[], values: Float64Array): void {
  const out = view.values;
  walkStrided(shape, view, (from, to) => {
    out[to] = values[from] ?? 0;
  });
}

/** Visits every element in row-major order: which it is, and where the view has it. */
function walkStrided(
  shape: readonly number[],
  { start, strides }: Pick<StridedView, "start" | "strides">,
  visit: (count: number, place: number) => void,
): void {
  const last = shape.length - 1;
  const rowLength = shape[last] ?? 1;
  const step = strides[last] ?? 0;
  let count = 0;
  const walk = (axis: number, from: number): void => {
    if (axis >= last) {
      for (let i = 0; i < rowLength; i++) visit(count++, from + i * step);
      return;
    }
    const size = shape[axis] ?? 1;
    const stride = strides[axis] ?? 0;
    for (let i = 0; i < size; i++) walk(axis + 1, from + i * stride);
  };
  if (sizeOf(shape) > 0) walk(0, start);
}

/** Repeats axes of size 1, or a scalar, up to `shape`. */
export function broadcastInto(
  out: Float64Array,
  shape: readonly number[],
  input: { readonly values: Float64Array; readonly shape: readonly number[] },
): void {
  const own = stridesOf(input.shape);
  const strides = shape.map((_, axis) => ((input.shape[axis] ?? 1) === 1 ? 0 : (own[axis] ?? 0)));
  copyStrided(out, shape, { values: input.values, start: 0, strides });
}

/** Result axis n is input axis order[n]. */
export function permuteInto(
  out: Float64Array,
  order: readonly number[],
  input: { readonly values: Float64Array; readonly shape: readonly number[] },
): void {
  const own = stridesOf(input.shape);
  const strides = order.map((axis) => own[axis] ?? 0);
  const shape = order.map((axis) => input.shape[axis] ?? 1);
  copyStrided(out, shape, { values: input.values, start: 0, strides });
}

/** The slice at one place of an axis. */
export function pickInto(
  out: Float64Array,
  { axis, index }: { readonly axis: number; readonly index: number },
  input: { readonly values: Float64Array; readonly shape: readonly number[] },
): void {
  const strides = stridesOf(input.shape);
  const start = index * (strides[axis] ?? 0);
  const view = { values: input.values, start, strides: strides.toSpliced(axis, 1) };
  copyStrided(out, input.shape.toSpliced(axis, 1), view);
}

/** Two tiles side by side on a new last axis. */
export function joinInto(out: Float64Array, left: Float64Array, right: Float64Array): void {
  for (let i = 0; i < out.length; i++) out[i] = (i % 2 === 0 ? left : right)[i >> 1] ?? 0;
}
