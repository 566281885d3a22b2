import {
  bitsOf,
  type BufferDType,
  type DType,
  dtypeInfo,
  isPacked,
  packValues,
  unpackValues,
} from "@tilebook/ir";

/** The first `length` elements of a buffer of `dtype` as doubles; every value of every dtype is exactly one. Little-endian. */
export function decodeElements(
  bytes: Uint8Array,
  dtype: BufferDType,
  length: number = Math.floor((8 * bytes.length) / bitsOf(dtype)),
): Float64Array {
  if (isPacked(dtype)) return Float64Array.from(unpackValues(bytes, dtype, length));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = dtypeInfo[dtype].bytes;
  const get = reads[dtype];
  return Float64Array.from({ length }, (_, i) => get(view, i * size));
}

/** The inverse. Values must already be values of `dtype`. */
export function encodeElements(values: Float64Array, dtype: BufferDType): Uint8Array<ArrayBuffer> {
  if (isPacked(dtype)) {
    const bits = bitsOf(dtype);
    return packValues(values, dtype).slice(0, Math.ceil((values.length * bits) / 8));
  }
  const size = dtypeInfo[dtype].bytes;
  const bytes = new Uint8Array(values.length * size);
  const view = new DataView(bytes.buffer);
  const set = writes[dtype];
  values.forEach((value, i) => set(view, i * size, value));
  return bytes;
}

const reads: Record<DType, (view: DataView, at: number) => number> = {
  f32: (view, at) => view.getFloat32(at, true),
  f16: (view, at) => fromHalf(view.getUint16(at, true)),
  i32: (view, at) => view.getInt32(at, true),
  u32: (view, at) => view.getUint32(at, true),
  bool: (view, at) => (view.getUint32(at, true) === 0 ? 0 : 1),
};

const writes: Record<DType, (view: DataView, at: number, value: number) => void> = {
  f32: (view, at, value) => view.setFloat32(at, value, true),
  f16: (view, at, value) => view.setUint16(at, toHalf(value), true),
  i32: (view, at, value) => view.setInt32(at, value, true),
  u32: (view, at, value) => view.setUint32(at, value, true),
  bool: (view, at, value) => view.setUint32(at, value === 0 ? 0 : 1, true),
};

/** IEEE 754 binary16: 1 sign bit, 5 of exponent (bias 15), 10 of fraction. */
function fromHalf(bits: number): number {
  const sign = bits >= 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** `value` is a binary16 value already. */
function toHalf(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude === Infinity) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | Math.round(magnitude * 2 ** 24);
  const exponent = Math.floor(Math.log2(magnitude));
  return sign | ((exponent + 15) << 10) | (Math.round(magnitude * 2 ** (10 - exponent)) - 1024);
}
