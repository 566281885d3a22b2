import {
  type ArithmeticName,
  binaryMeaning,
  type BufferDType,
  castValue,
  type CompareName,
  type DType,
  dtypeInfo,
  graphMeaning,
  isPacked,
  roundStored,
  unaryMeaning,
  type UnaryName,
  valueDType,
} from "@tilebook/ir";

/**
 * `exact` rounds every result to its dtype, as a device does. `f64` leaves floats unrounded; integers and bools
 * keep their wrapping in both.
 */
export type Rounding = "exact" | "f64";

/** What `max` and `min` make of a NaN and a number: the number, as in kernels, or NaN, as in graphs. */
export type NaNRule = "passes" | "stays";

/** Rounds `values` in place to `dtype`; for a packed one, to what a buffer of it keeps. */
export function roundInPlace(values: Float64Array, dtype: BufferDType, rounding: Rounding): void {
  if (isPacked(dtype)) {
    for (let i = 0; i < values.length; i++) values[i] = roundStored(values[i] ?? 0, dtype);
    return;
  }
  if (dtypeInfo[dtype].kind === "float" && rounding === "f64") return;
  if (dtype === "f32") {
    for (let i = 0; i < values.length; i++) values[i] = Math.fround(values[i] ?? 0);
    return;
  }
  const { round } = dtypeInfo[dtype];
  for (let i = 0; i < values.length; i++) values[i] = round(values[i] ?? 0);
}

/** out = op(input), unrounded. */
export function unaryInto(out: Float64Array, op: UnaryName, input: Float64Array): void {
  const meaning = unaryMeaning[op];
  for (let i = 0; i < out.length; i++) out[i] = meaning(input[i] ?? 0);
}

/**
 * What an op does to two numbers of this dtype, unrounded. A product of two 32-bit integers may not fit in a double, so
 * its low bits need imul.
 */
export function binaryOf(op: ArithmeticName | CompareName, dtype: DType): (a: number, b: number) => number {
  return op === "mul" && dtypeInfo[dtype].kind === "integer" ? Math.imul : binaryMeaning[op];
}

/** out = op(left, right), unrounded; `dtype` is that of the operands. */
export function binaryInto(
  out: Float64Array,
  op: ArithmeticName | CompareName,
  sides: {
    readonly left: Float64Array;
    readonly right: Float64Array;
    readonly dtype: DType;
    readonly nan?: NaNRule;
  },
): void {
  const { left, right, dtype, nan } = sides;
  const staying = nan === "stays" && (op === "max" || op === "min");
  const meaning = staying ? graphMeaning[op] : binaryOf(op, dtype);
  for (let i = 0; i < out.length; i++) out[i] = meaning(left[i] ?? 0, right[i] ?? 0);
}

/** out = condition ? yes : no. */
export function selectInto(
  out: Float64Array,
  condition: Float64Array,
  choices: { readonly yes: Float64Array; readonly no: Float64Array },
): void {
  const { yes, no } = choices;
  for (let i = 0; i < out.length; i++) out[i] = (condition[i] === 0 ? no[i] : yes[i]) ?? 0;
}

/** out = input as another dtype, floats unrounded. To a packed dtype goes by way of i32, of which the low bits stay. */
export function castInto(out: Float64Array, input: Float64Array, from: BufferDType, to: BufferDType): void {
  const [own, wanted] = [valueDType(from), valueDType(to)];
  for (let i = 0; i < out.length; i++) out[i] = castValue(input[i] ?? 0, own, wanted);
}
