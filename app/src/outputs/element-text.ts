import { significant } from "../shared/format.ts";

/** An element as a person would type it: whole numbers in full, others in six digits, masks as words. */
export function elementText(value: number, dtype: string): string {
  if (dtype === "bool") return value === 0 ? "false" : "true";
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return String(value);
  return dtype.startsWith("f") ? significant(value, 6) : String(value);
}
