/** The element types of tensors and tiles. `f64` exists in the interpreter only. */
export type DType = "f32" | "f16" | "i32" | "u32" | "bool";

/** Whole numbers of 8, 4 or 2 bits: 4, 8 or 16 a word of a buffer, the first in the lowest bits. No tile has such a dtype. */
export type PackedDType = "i8" | "u8" | "i4" | "u4" | "u2";

/** What a buffer, and so a tensor, may hold. */
export type BufferDType = DType | PackedDType;

export const dtypes: readonly DType[] = ["f32", "f16", "i32", "u32", "bool"];

export interface DTypeInfo {
  /** Bytes of one element in a storage buffer. A bool is stored as a u32, 0 or 1. */
  readonly bytes: number;
  readonly kind: "float" | "integer" | "bool";
  /** Rounds a JavaScript number to the nearest value of this dtype (integers wrap as in WGSL). */
  readonly round: (value: number) => number;
}

export const dtypeInfo: Record<DType, DTypeInfo> = {
  f32: { bytes: 4, kind: "float", round: Math.fround },
  f16: { bytes: 2, kind: "float", round: roundToHalf },
  i32: { bytes: 4, kind: "integer", round: (value) => value | 0 },
  u32: { bytes: 4, kind: "integer", round: (value) => value >>> 0 },
  bool: { bytes: 4, kind: "bool", round: (value) => (value === 0 ? 0 : 1) },
};

export const packedDTypes: readonly PackedDType[] = ["i8", "u8", "i4", "u4", "u2"];

export const bufferDTypes: readonly BufferDType[] = [...dtypes, ...packedDTypes];

export interface PackedInfo {
  /** Bits of one element: 32 / bits of them share a word. */
  readonly bits: 8 | 4 | 2;
  readonly signed: boolean;
}

export const packedInfo: Record<PackedDType, PackedInfo> = {
  i8: { bits: 8, signed: true },
  u8: { bits: 8, signed: false },
  i4: { bits: 4, signed: true },
  u4: { bits: 4, signed: false },
  u2: { bits: 2, signed: false },
};

export function isPacked(dtype: BufferDType): dtype is PackedDType {
  return Object.hasOwn(packedInfo, dtype);
}

/** The dtype that an element of a buffer has in a kernel: what a load gives and a store takes. */
export function valueDType(dtype: BufferDType): DType {
  return isPacked(dtype) ? "i32" : dtype;
}

/** What is read back after `value` was stored: rounded, or for packed dtypes its low bits, with their sign. */
export function roundStored(value: number, dtype: BufferDType): number {
  if (!isPacked(dtype)) return dtypeInfo[dtype].round(value);
  const { bits, signed } = packedInfo[dtype];
  const rest = 32 - bits;
  return signed ? (value << rest) >> rest : (value << rest) >>> rest;
}

/** Bits of one element in a buffer. */
export function bitsOf(dtype: BufferDType): number {
  return isPacked(dtype) ? packedInfo[dtype].bits : 8 * dtypeInfo[dtype].bytes;
}

/** Bytes of `count` elements in a buffer: whole words. A buffer of f16 rounds up, too. */
export function storedBytes(count: number, dtype: BufferDType): number {
  return 4 * Math.ceil((count * bitsOf(dtype)) / 32);
}

/**
 * What a cast gives. Float to integer truncates toward zero and saturates at the ends of the integer's range, as CUDA's
 * conversions do (WGSL's stop at the last f32 inside of it); NaN gives 0. Between i32 and u32 the bits stay. Anything to bool is `!= 0`. Float results are not
 * rounded here: that is the executor's choice.
 */
export function castValue(value: number, from: DType, to: DType): number {
  if (to === "bool") return value === 0 ? 0 : 1;
  if (dtypeInfo[to].kind === "float") return value;
  if (dtypeInfo[from].kind !== "float") return dtypeInfo[to].round(value);
  const [least, most] = to === "i32" ? [-(2 ** 31), 2 ** 31 - 1] : [0, 2 ** 32 - 1];
  if (Number.isNaN(value)) return 0;
  return Math.max(least, Math.min(most, Math.trunc(value))) + 0;
}

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
/** Which of the two words of a double holds its exponent: this machine's byte order. */
const highWord = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0;

/**
 * Nearest IEEE 754 binary16 value, ties to even. Beyond 65519.99 it overflows to infinity. Adding 2^42 times the number's
 * power of two leaves room for just the 10 bits of a half's fraction in a double, which then rounds by itself.
 */
function roundToHalf(value: number): number {
  const magnitude = Math.abs(value);
  if (magnitude >= 65520) return Math.sign(value) * Infinity;
  if (!(magnitude > 0)) return value;
  double[0] = magnitude;
  const exponent = Math.max((((words[highWord] ?? 0) >>> 20) & 0x7ff) - 1023, -14);
  const much = powers[exponent + 14] ?? 0;
  const rounded = magnitude + much - much;
  return value < 0 ? -rounded : rounded;
}

/** 2^42 times 2^-14, ..., 2^15. */
const powers: readonly number[] = Array.from({ length: 30 }, (_, place) => 2 ** (42 - 14 + place));
