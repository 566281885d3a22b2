import { Fault } from "@tilebook/base";
import { type BufferDType, isPacked, packedInfo, unpackValues } from "@tilebook/ir";

/** The numbers in a storage buffer, little-endian and packed, as f64. A bool is a u32, 0 or 1. */
export function valuesOf(bytes: Uint8Array, dtype: BufferDType): Float64Array {
  if (isPacked(dtype)) {
    const count = (bytes.length * 8) / packedInfo[dtype].bits;
    return Float64Array.from(unpackValues(bytes, dtype, count));
  }
  const width = dtype === "f16" ? 2 : 4;
  if (bytes.length % width !== 0)
    throw new Fault("internal/bytes", `${bytes.length} bytes are no whole number of ${dtype}`);
  const { buffer, byteOffset } = bytes.byteOffset % width === 0 ? bytes : bytes.slice();
  const length = bytes.length / width;
  switch (dtype) {
    case "f32":
      return Float64Array.from(new Float32Array(buffer, byteOffset, length));
    case "i32":
      return Float64Array.from(new Int32Array(buffer, byteOffset, length));
    case "u32":
    case "bool":
      return Float64Array.from(new Uint32Array(buffer, byteOffset, length));
    case "f16":
      return Float64Array.from(new Uint16Array(buffer, byteOffset, length), halfToNumber);
  }
}

/** IEEE 754 binary16 by its bits. */
export function halfToNumber(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}
