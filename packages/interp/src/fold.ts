import { type DType, dtypeInfo, reduceMeaning, type ReduceName } from "@tilebook/ir";
import type { Rounding } from "./elementwise.ts";

/** What is folded: `values` of `shape`, along `axis`. */
export interface Folded {
  readonly values: Float64Array;
  readonly shape: readonly number[];
  readonly axis: number;
  readonly dtype: DType;
}

/**
 * Folds an axis, from its first element to its last. Floats are accumulated in f32 (exact) or f64, integers wrap.
 * `argmax` gives the index of the first greatest element, `argmin` that of the first least; a NaN is never chosen.
 */
export function reduceInto(out: Float64Array, op: ReduceName, input: Folded, rounding: Rounding): void {
  const { shape, axis } = input;
  const length = shape[axis] ?? 1;
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const fold = op === "argmax" ? argmax : op === "argmin" ? argmin : folder(op, input.dtype, rounding);
  for (let i = 0; i < out.length; i++) {
    const first = Math.floor(i / inner) * length * inner + (i % inner);
    out[i] = fold(input.values, first, inner, length);
  }
}

type Fold = (values: Float64Array, first: number, stride: number, length: number) => number;

function folder(op: Exclude<ReduceName, "argmax" | "argmin">, dtype: DType, rounding: Rounding): Fold {
  const { start, step } = reduceMeaning[op];
  const isFloat = dtypeInfo[dtype].kind === "float";
  if (isFloat && rounding === "f64") {
    return (values, first, stride, length) => {
      let total = start;
      for (let i = 0; i < length; i++) total = step(total, values[first + i * stride] ?? 0);
      return total;
    };
  }
  const round = isFloat ? Math.fround : dtypeInfo[dtype].round;
  const exactStep = op === "prod" && !isFloat ? Math.imul : step;
  return (values, first, stride, length) => {
    let total = values[first] ?? start;
    for (let i = 1; i < length; i++) total = round(exactStep(total, values[first + i * stride] ?? 0));
    return total;
  };
}

function argmax(values: Float64Array, first: number, stride: number, length: number): number {
  let best = -Infinity;
  let place = 0;
  for (let i = 0; i < length; i++) {
    const value = values[first + i * stride] ?? 0;
    if (value <= best || Number.isNaN(value)) continue;
    best = value;
    place = i;
  }
  return place;
}

function argmin(values: Float64Array, first: number, stride: number, length: number): number {
  let best = Infinity;
  let place = 0;
  for (let i = 0; i < length; i++) {
    const value = values[first + i * stride] ?? 0;
    if (value >= best || Number.isNaN(value)) continue;
    best = value;
    place = i;
  }
  return place;
}
