import type { DType } from "@tilebook/ir";

/** Whether a number is a value of a dtype; floats may round. */
export function fits(value: number, dtype: DType): boolean {
  switch (dtype) {
    case "f32":
    case "f16":
      return !Number.isNaN(value);
    case "i32":
      return Number.isInteger(value) && value === (value | 0);
    case "u32":
      return Number.isInteger(value) && value >= 0 && value < 2 ** 32;
    case "bool":
      return value === 0 || value === 1;
  }
}
