import { erf } from "./erf.ts";
import { philox, upperWord } from "./philox.ts";

/** What each scalar op means, in f64. Every executor and every kernel is held to these tables. */

export type UnaryName =
  | "neg"
  | "abs"
  | "exp"
  | "exp2"
  | "log"
  | "log2"
  | "sqrt"
  | "rsqrt"
  | "sin"
  | "cos"
  | "tanh"
  | "floor"
  | "ceil"
  | "round"
  | "erf"
  | "log1p"
  | "expm1"
  | "not";

export const unaryMeaning: Record<UnaryName, (x: number) => number> = {
  neg: (x) => -x,
  abs: Math.abs,
  exp: Math.exp,
  exp2: (x) => 2 ** x,
  log: Math.log,
  log2: Math.log2,
  sqrt: Math.sqrt,
  rsqrt: (x) => 1 / Math.sqrt(x),
  sin: Math.sin,
  cos: Math.cos,
  tanh: Math.tanh,
  floor: Math.floor,
  ceil: Math.ceil,
  // Ties to even, as WGSL's round().
  round: (x) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x)),
  erf,
  log1p: Math.log1p,
  expm1: Math.expm1,
  not: (x) => (x === 0 ? 1 : 0),
};

export type ArithmeticName =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "idiv"
  | "mod"
  | "min"
  | "max"
  | "pow"
  | "and"
  | "or"
  | "xor"
  | "shl"
  | "shr"
  | "mulhi"
  | "philox0"
  | "philox1"
  | "philox2"
  | "philox3";
export type CompareName = "lt" | "le" | "gt" | "ge" | "eq" | "ne";
export type BinaryName = ArithmeticName | CompareName;

export const compareNames: readonly CompareName[] = ["lt", "le", "gt", "ge", "eq", "ne"];

/**
 * `idiv` and `mod` truncate toward zero like WGSL and C. Dividing an integer by zero gives the dividend
 * (`mod`: 0), which is what both browser engines do. `and`, `or`, `xor`: logical on bool, bitwise on integers.
 * `shl`, `shr` shift by the amount modulo 32; `shr` keeps the sign of an i32. `mulhi` (u32) is the upper half of the 64-bit
 * product. `philox0` to `philox3` (u32): words 0 to 3 of Philox4x32-10 with key (seed, 0) and counter (offset, 0, 0, 0).
 * `min`, `max` of a NaN and a number give the number, as both engines do; those of a graph give NaN (`graphMeaning`).
 */
export const binaryMeaning: Record<BinaryName, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  idiv: (a, b) => (b === 0 ? a : Math.trunc(a / b)),
  mod: (a, b) => (b === 0 ? 0 : a % b),
  min: (a, b) => (Number.isNaN(a) ? b : Number.isNaN(b) ? a : Math.min(a, b)),
  max: (a, b) => (Number.isNaN(a) ? b : Number.isNaN(b) ? a : Math.max(a, b)),
  pow: (a, b) => a ** b,
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, b) => a << (b & 31),
  // Exact for i32 (arithmetic) and u32 (logical) alike.
  shr: (a, b) => Math.floor(a / 2 ** (b & 31)),
  mulhi: upperWord,
  philox0: (seed, offset) => philox([seed, 0], [offset, 0, 0, 0])[0],
  philox1: (seed, offset) => philox([seed, 0], [offset, 0, 0, 0])[1],
  philox2: (seed, offset) => philox([seed, 0], [offset, 0, 0, 0])[2],
  philox3: (seed, offset) => philox([seed, 0], [offset, 0, 0, 0])[3],
  lt: (a, b) => (a < b ? 1 : 0),
  le: (a, b) => (a <= b ? 1 : 0),
  gt: (a, b) => (a > b ? 1 : 0),
  ge: (a, b) => (a >= b ? 1 : 0),
  eq: (a, b) => (a === b ? 1 : 0),
  ne: (a, b) => (a === b ? 0 : 1),
};

/**
 * Where a node of a graph means more than the op of that name in a kernel: one NaN makes these NaN, between two values and in a
 * fold, and its `argmax` and `argmin` are the place of the first one (Python array API 2024.12, NumPy 2, JAX).
 */
export const graphMeaning: Readonly<Record<"min" | "max", (a: number, b: number) => number>> = {
  min: Math.min,
  max: Math.max,
};

/** Reductions along one axis. `argmax` (`argmin`) gives the i32 index of the first greatest (least) element. */
export type ReduceName = "sum" | "max" | "min" | "prod" | "argmax" | "argmin";

export const reduceNames: readonly ReduceName[] = ["sum", "max", "min", "prod", "argmax", "argmin"];

export interface ReduceMeaning {
  readonly start: number;
  readonly step: (total: number, next: number) => number;
}

/**
 * The folds. `argmax` and `argmin` are no folds of values and are defined where it is used. In kernels `max` and `min` pass
 * over a NaN, as they do between two values; in graphs it stays (`graphMeaning`).
 */
export const reduceMeaning: Record<Exclude<ReduceName, "argmax" | "argmin">, ReduceMeaning> = {
  sum: { start: 0, step: (a, b) => a + b },
  prod: { start: 1, step: (a, b) => a * b },
  max: { start: -Infinity, step: binaryMeaning.max },
  min: { start: Infinity, step: binaryMeaning.min },
};

/** What an atomic does with what stands there and the value that comes. `cas` writes only where `compare` stood. */
export type AtomicName = "add" | "max" | "min" | "and" | "or" | "xor" | "exchange" | "cas";

export const atomicNames: readonly AtomicName[] = [
  "add",
  "max",
  "min",
  "and",
  "or",
  "xor",
  "exchange",
  "cas",
];

/** What stands there afterwards, before it wraps to its dtype. `exchange` and `cas` write the value itself. */
export const atomicMeaning: Record<Exclude<AtomicName, "cas">, (old: number, value: number) => number> = {
  add: (old, value) => old + value,
  max: Math.max,
  min: Math.min,
  and: (old, value) => old & value,
  or: (old, value) => old | value,
  xor: (old, value) => old ^ value,
  exchange: (_, value) => value,
};
