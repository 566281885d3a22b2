import { type DType, dtypeInfo } from "@tilebook/ir";

const order: readonly DType[] = ["bool", "u32", "i32", "f16", "f32"];

/** The dtype two tensors meet in: bool < u32 < i32 < f16 < f32. */
export function promote(a: DType, b: DType): DType {
  return order.indexOf(a) >= order.indexOf(b) ? a : b;
}

/** A plain number takes the tensor's dtype, unless that cannot hold it: 0.5 makes integers f32. */
export function promoteNumber(value: number, dtype: DType): DType {
  if (dtypeInfo[dtype].kind === "float") return dtype;
  if (!Number.isInteger(value)) return "f32";
  if (dtype === "u32" && value < 0) return "i32";
  return dtype === "bool" ? "i32" : dtype;
}

/** Where arithmetic on `dtype` happens: bools count as integers. */
export function arithmeticType(dtype: DType): DType {
  return dtype === "bool" ? "i32" : dtype;
}

/** Where exp, log, mean, ... on `dtype` happen. */
export function floatType(dtype: DType): DType {
  return dtypeInfo[dtype].kind === "float" ? dtype : "f32";
}
