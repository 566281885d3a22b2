import type { DType } from "../dtype.ts";
import { type BinaryName, type CompareName, compareNames, type UnaryName } from "../ops.ts";

/** Which op takes which dtypes. */

export const number: readonly DType[] = ["f32", "f16", "i32", "u32"];
export const float: readonly DType[] = ["f32", "f16"];
export const integer: readonly DType[] = ["i32", "u32"];
/** Dtypes of 32 bits that `bitcast` goes between. */
export const words: readonly DType[] = ["f32", "i32", "u32"];

/** The dtypes each unary op takes. Its result has the same type. */
export const unaryDTypes: Record<UnaryName, readonly DType[]> = {
  neg: ["f32", "f16", "i32"],
  abs: number,
  exp: float,
  exp2: float,
  log: float,
  log2: float,
  sqrt: float,
  rsqrt: float,
  sin: float,
  cos: float,
  tanh: float,
  floor: float,
  ceil: float,
  round: float,
  erf: float,
  log1p: float,
  expm1: float,
  not: ["bool"],
};

/** The dtypes each binary op takes, on both sides. */
export const binaryDTypes: Record<BinaryName, readonly DType[]> = {
  add: number,
  sub: number,
  mul: number,
  div: float,
  idiv: integer,
  mod: number,
  min: number,
  max: number,
  pow: float,
  and: ["bool", "i32", "u32"],
  or: ["bool", "i32", "u32"],
  xor: ["bool", "i32", "u32"],
  shl: integer,
  shr: integer,
  mulhi: ["u32"],
  philox0: ["u32"],
  philox1: ["u32"],
  philox2: ["u32"],
  philox3: ["u32"],
  lt: number,
  le: number,
  gt: number,
  ge: number,
  eq: ["f32", "f16", "i32", "u32", "bool"],
  ne: ["f32", "f16", "i32", "u32", "bool"],
};

/** What to try instead. */
export const dtypeHints: Partial<Record<UnaryName | BinaryName, string>> = {
  div: "integers divide with idiv, which truncates toward zero; or cast to f32 first",
  idiv: "numbers of a float dtype divide with /",
  not: "write x == 0 for a number",
};

export function isCompare(op: BinaryName): op is CompareName {
  return (compareNames as readonly string[]).includes(op);
}
