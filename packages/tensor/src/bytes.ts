import { Fault } from "@tilebook/base";
import { bitsOf, type BufferDType, isPacked, packedInfo, packValues, unpackValues } from "@tilebook/ir";

/**
 * The values of a tensor: a Float32Array (f32, f16), Int32Array, Uint32Array, Uint8Array of 0 and 1 (bool), Int8Array (i8,
 * i4) or Uint8Array (u8, u4, u2).
 * Typed as what these have in common, because methods of a union of them cannot be called.
 */
export interface Values extends Iterable<number> {
  readonly length: number;
  readonly [index: number]: number;
  at(index: number): number | undefined;
  indexOf(value: number): number;
  includes(value: number): boolean;
  findIndex(test: (value: number, index: number) => boolean): number;
  every(test: (value: number, index: number) => boolean): boolean;
  some(test: (value: number, index: number) => boolean): boolean;
  forEach(work: (value: number, index: number) => void): void;
  map(change: (value: number, index: number) => number): Values;
  filter(test: (value: number, index: number) => boolean): Values;
  reduce<T>(step: (total: T, value: number, index: number) => T, start: T): T;
  slice(start?: number, end?: number): Values;
  toSorted(compare?: (a: number, b: number) => number): Values;
  join(separator?: string): string;
  keys(): IterableIterator<number>;
  entries(): IterableIterator<[number, number]>;
}

/** Values as the bytes of a row-major, little-endian buffer. They are rounded to `dtype`; always a fresh copy. */
export function toBytes(values: ArrayLike<number>, dtype: BufferDType): Uint8Array {
  if (isPacked(dtype)) return packValues(values, dtype).slice(0, bytesFor(values.length, dtype));
  switch (dtype) {
    case "f32":
      return new Uint8Array(Float32Array.from(values).buffer);
    case "i32":
      return new Uint8Array(Int32Array.from(values).buffer);
    case "u32":
      return new Uint8Array(Uint32Array.from(values).buffer);
    case "bool":
      return new Uint8Array(Uint32Array.from(values, (value) => (value === 0 ? 0 : 1)).buffer);
    case "f16":
      return new Uint8Array(Uint16Array.from(values, halfBits).buffer);
  }
}

/** The inverse of `toBytes`. `bytes` may be a view at any offset; pad bytes after `size` elements are ignored. */
export function fromBytes(bytes: Uint8Array, dtype: BufferDType, size: number): Values {
  const needed = bytesFor(size, dtype);
  if (bytes.byteLength < needed)
    throw new Fault("tensor/bytes", `${size} elements need ${needed} bytes; ${bytes.byteLength} came`);
  if (isPacked(dtype)) {
    const values = unpackValues(bytes, dtype, size);
    return packedInfo[dtype].signed ? Int8Array.from(values) : Uint8Array.from(values);
  }
  const { buffer } = bytes.slice(0, needed);
  switch (dtype) {
    case "f32":
      return new Float32Array(buffer);
    case "i32":
      return new Int32Array(buffer);
    case "u32":
      return new Uint32Array(buffer);
    case "bool":
      return Uint8Array.from(new Uint32Array(buffer));
    case "f16":
      return Float32Array.from(new Uint16Array(buffer), halfValue);
  }
}

/** Bytes of `size` elements, without padding. */
export function bytesFor(size: number, dtype: BufferDType): number {
  return Math.ceil((size * bitsOf(dtype)) / 8);
}

/** Bits of the nearest IEEE 754 binary16, ties to even. */
export function halfBits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (magnitude >= 65520) return sign | 0x7c00;
  const exponent = magnitude === 0 ? -14 : Math.max(Math.floor(Math.log2(magnitude)), -14);
  const scaled = magnitude / 2 ** (exponent - 10);
  const floor = Math.floor(scaled);
  const rest = scaled - floor;
  const mantissa = floor + (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? 1 : 0);
  // A mantissa that rounds up to 2048 carries into the exponent, which is the next binade.
  return sign | (mantissa < 1024 ? mantissa : ((exponent + 15) << 10) + (mantissa - 1024));
}

export function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 31;
  const mantissa = bits & 1023;
  if (exponent === 31) return mantissa === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  return sign * (1024 + mantissa) * 2 ** (exponent - 25);
}
