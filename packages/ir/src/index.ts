export { type DType, type DTypeInfo, dtypeInfo, dtypes } from "./dtype.ts";
export type * from "./graph.ts";
export {
  type ArithmeticName,
  binaryMeaning,
  type BinaryName,
  type CompareName,
  compareNames,
  type ReduceMeaning,
  reduceMeaning,
  type ReduceName,
  unaryMeaning,
  type UnaryName,
} from "./ops.ts";
export type * from "./tile.ts";
