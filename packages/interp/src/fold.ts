import { type DType, dtypeInfo, graphMeaning, reduceMeaning, type ReduceName } from "@tilebook/ir";
import type { NaNRule, Rounding } from "./elementwise.ts";

/** What is folded: `values` of `shape`, along `axis`. */
export interface Folded {
  readonly values: Float64Array;
  readonly shape: readonly number[];
  readonly axis: number;
  readonly dtype: DType;
  /** Whether extremes pass over NaN, as in kernels and by default, or are NaN where one is among the elements, as in graphs. */
  readonly nan?: NaNRule;
}

/**
 * Folds an axis, from its first element to its last. Floats are accumulated in f32 (exact) or f64, integers wrap.
 * `argmax` gives the index of the first greatest element, `argmin` that of the first least; of a NaN, where those stay.
 */
export function reduceInto(out: Float64Array, op: ReduceName, input: Folded, rounding: Rounding): void {
  const { shape, axis, nan = "passes" } = input;
  const length = shape[axis] ?? 1;
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const fold = isPlace(op) ? places[op][nan] : folder(op, input, rounding);
  for (let i = 0; i < out.length; i++) {
    const first = Math.floor(i / inner) * length * inner + (i % inner);
    out[i] = fold(input.values, first, inner, length);
  }
}

type Fold = (values: Float64Array, first: number, stride: number, length: number) => number;

type PlaceName = "argmax" | "argmin";

function isPlace(op: ReduceName): op is PlaceName {
  return op === "argmax" || op === "argmin";
}

function folder(op: Exclude<ReduceName, PlaceName>, { dtype, nan }: Folded, rounding: Rounding): Fold {
  const { start, step: passing } = reduceMeaning[op];
  const step = nan === "stays" && (op === "max" || op === "min") ? graphMeaning[op] : passing;
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

const places: Readonly<Record<PlaceName, Readonly<Record<NaNRule, Fold>>>> = {
  argmax: { passes: placeOf(1, "passes"), stays: placeOf(1, "stays") },
  argmin: { passes: placeOf(-1, "passes"), stays: placeOf(-1, "stays") },
};

/** The place of the first greatest element, each times `sign`. */
function placeOf(sign: 1 | -1, nan: NaNRule): Fold {
  return (values, first, stride, length) => {
    let best = -Infinity;
    let place = 0;
    for (let i = 0; i < length; i++) {
      const value = sign * (values[first + i * stride] ?? 0);
      if (Number.isNaN(value) && nan === "stays") return i;
      if (value <= best || Number.isNaN(value)) continue;
      best = value;
      place = i;
    }
    return place;
  };
}
