import {
  type ArithmeticName,
  binaryMeaning,
  castValue,
  type CompareName,
  type DType,
  dtypeInfo,
  unaryMeaning,
  type UnaryName,
} from "@tilebook/ir";

/**
 * `exact` rounds every result to its dtype, as a device does. `f64` leaves floats unrounded; integers and bools
 * keep their wrapping in both.
 */
export type Rounding = "exact" | "f64";

/** Rounds `values` in place to `dtype`. */
export function roundInPlace(values: Float64Array, dtype: DType, rounding: Rounding): void {
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

/** out = op(left, right), unrounded; `dtype` is that of the operands. */
export function binaryInto(
  out: Float64Array,
  op: ArithmeticName | CompareName,
  sides: { readonly left: Float64Array; readonly right: Float64Array; readonly dtype: DType },
): void {
  const { left, right, dtype } = sides;
  // A product of two 32-bit integers may not fit in a double, so its low bits need imul.
  const meaning = op === "mul" && dtypeInfo[dtype].kind === "integer" ? Math.imul : binaryMeaning[op];
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

/** out = input as another dtype, floats unrounded. */
export function castInto(out: Float64Array, input: Float64Array, from: DType, to: DType): void {
  for (let i = 0; i < out.length; i++) out[i] = castValue(input[i] ?? 0, from, to);
}
