import { type BufferDType, type DType, dtypeInfo, valueDType } from "@tilebook/ir";

const order: readonly DType[] = ["bool", "u32", "i32", "f16", "f32"];

/** The dtype two tensors meet in: bool < u32 < i32 < f16 < f32. Packed whole numbers count as i32. */
export function promote(a: BufferDType, b: BufferDType): DType {
  const [x, y] = [valueDType(a), valueDType(b)];
  return order.indexOf(x) >= order.indexOf(y) ? x : y;
}

/** A plain number takes the tensor's dtype, unless that cannot hold it: 0.5 makes integers f32. */
export function promoteNumber(value: number, own: BufferDType): DType {
  const dtype = valueDType(own);
  if (dtypeInfo[dtype].kind === "float") return dtype;
  if (!Number.isInteger(value)) return "f32";
  if (dtype === "u32" && value < 0) return "i32";
  return dtype === "bool" ? "i32" : dtype;
}

/** Where arithmetic on `dtype` happens: bools count as integers. */
export function arithmeticType(dtype: BufferDType): DType {
  return dtype === "bool" ? "i32" : valueDType(dtype);
}

/** Where exp, log, mean, ... on `dtype` happen. */
export function floatType(own: BufferDType): DType {
  const dtype = valueDType(own);
  return dtypeInfo[dtype].kind === "float" ? dtype : "f32";
}
