import { type DType, dtypeInfo } from "./dtype.ts";

/** More digits than any of our floats needs. */
const MOST_DIGITS = 17;

/** The shortest decimal number that is `value` again once rounded to the dtype: 0.1 for the f32 that JavaScript prints as 0.10000000149011612. */
export function shortestNumber(value: number, dtype: DType): number {
  if (dtypeInfo[dtype].kind !== "float" || value === 0 || !Number.isFinite(value)) return value;
  for (let digits = 1; digits < MOST_DIGITS; digits++) {
    const short = Number(value.toPrecision(digits));
    if (dtypeInfo[dtype].round(short) === value) return short;
  }
  return value;
}
