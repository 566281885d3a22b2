import { type BufferDType, isPacked, packValues, unpackValues } from "@tilebook/ir";

import type { CompiledKernel } from "../program.ts";

type Numbers = readonly number[] | Float32Array;

/** Numbers as the bytes of a storage buffer: a bool is a u32, a half has two bytes. */
export function encodeElements(values: Numbers, dtype: BufferDType): ArrayBuffer {
  if (isPacked(dtype)) return packValues(values, dtype).buffer;
  const bytes = new ArrayBuffer(Math.ceil((values.length * (dtype === "f16" ? 2 : 4)) / 4) * 4);
  const view = new DataView(bytes);
  Array.from(values).forEach((value, index) => {
    if (dtype === "f16") view.setUint16(2 * index, halfBits(value), true);
    else if (dtype === "f32") view.setFloat32(4 * index, value, true);
    else if (dtype === "i32") view.setInt32(4 * index, value, true);
    else view.setUint32(4 * index, value, true);
  });
  return bytes;
}

export function decodeElements(bytes: ArrayBuffer, dtype: BufferDType, length: number): readonly number[] {
  if (isPacked(dtype)) return unpackValues(new Uint8Array(bytes), dtype, length);
  const view = new DataView(bytes);
  return Array.from({ length }, (_, index) => {
    if (dtype === "f16") return halfValue(view.getUint16(2 * index, true));
    if (dtype === "f32") return view.getFloat32(4 * index, true);
    return dtype === "i32" ? view.getInt32(4 * index, true) : view.getUint32(4 * index, true);
  });
}

/** The bits of a number that is a binary16 value. */
function halfBits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size > 65504) return sign | 0x7c00;
  if (size < 2 ** -14) return sign | Math.round(size * 2 ** 24);
  const exponent = Math.floor(Math.log2(size));
  return sign | ((exponent + 15) << 10) | Math.round((size / 2 ** exponent - 1) * 1024);
}

function halfValue(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

/** The uniform block of a dispatch of the programs from `base` to `count`. */
export function uniformBytes(
  compiled: CompiledKernel,
  grid: readonly [number, number, number],
  range: { readonly base: number; readonly count: number },
  scalars: readonly number[],
): ArrayBuffer {
  const bytes = new ArrayBuffer(compiled.uniformBytes);
  const view = new DataView(bytes);
  const values = [...grid, range.base, range.count, ...scalars];
  for (const [place, field] of compiled.uniforms.entries()) {
    const value = values[place] ?? 0;
    if (field.dtype === "f32") view.setFloat32(field.offset, value, true);
    else if (field.dtype === "i32") view.setInt32(field.offset, value, true);
    else view.setUint32(field.offset, value, true);
  }
  return bytes;
}
