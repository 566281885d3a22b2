import type { StepSample } from "../../step.ts";

/** Sides of the small picture of a tile. */
const SIDE = 32;
const VECTOR = 128;

/** A tile as a matrix: its last axis are the columns. */
export function matrixOf(shape: readonly number[]): { readonly rows: number; readonly columns: number } {
  const columns = shape.at(-1) ?? 1;
  return { rows: shape.slice(0, -1).reduce((product, size) => product * size, 1), columns };
}

/** Elements at even distances: every one of a small tile. `hidden` has a 1 for each that its mask left out. */
export function sampleOf(
  shape: readonly number[],
  values: Float64Array,
  hidden: Uint8Array | undefined,
): StepSample {
  const { rows, columns } = matrixOf(shape);
  const height = Math.min(rows, SIDE);
  const width = Math.min(columns, rows === 1 ? VECTOR : SIDE);
  const sample = new Float64Array(height * width);
  const cut = hidden === undefined ? undefined : new Uint8Array(height * width);
  for (let at = 0; at < sample.length; at++) {
    const row = Math.floor((Math.floor(at / width) * rows) / height);
    const column = Math.floor(((at % width) * columns) / width);
    sample[at] = values[row * columns + column] ?? 0;
    if (cut !== undefined) cut[at] = hidden?.[row * columns + column] ?? 0;
  }
  return { rows: height, columns: width, sample, ...(cut === undefined ? {} : { hidden: cut }) };
}

/** Least and greatest number, and how many are none. */
export function rangeOf(values: Float64Array): {
  readonly minimum: number;
  readonly maximum: number;
  readonly nans: number;
} {
  let [minimum, maximum, nans] = [Infinity, -Infinity, 0];
  for (const value of values) {
    if (Number.isNaN(value)) nans += 1;
    else {
      if (value < minimum) minimum = value;
      if (value > maximum) maximum = value;
    }
  }
  return nans === values.length ? { minimum: NaN, maximum: NaN, nans } : { minimum, maximum, nans };
}
