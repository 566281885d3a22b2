import { shortestNumber } from "@tilebook/ir";
import { significant } from "../shared/format.ts";

/**
 * An element as a person would type it: whole numbers in full, others in as few digits as tell them apart, of f32 at most `digits`,
 * masks as words.
 */
export function elementText(value: number, dtype: string, digits = 6): string {
  if (dtype === "bool") return value === 0 ? "false" : "true";
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return String(value);
  return dtype === "f32" || dtype === "f16"
    ? significant(shortestNumber(value, dtype), digits)
    : String(value);
}
