import { Fault } from "@tilebook/base";
import type { BufferDType } from "@tilebook/ir";
import { bytesFor, halfBits, halfValue, toBytes } from "../bytes.ts";
import { Expr } from "../expr.ts";
import { sayShape, type Shape, sizeOf } from "../shape.ts";

/** Numbers as they lie in files, by the names of safetensors. */
export type FileDType =
  | "F64"
  | "F32"
  | "F16"
  | "BF16"
  | "I64"
  | "I32"
  | "I16"
  | "I8"
  | "U64"
  | "U32"
  | "U16"
  | "U8"
  | "BOOL";

interface FileNumbers {
  readonly bytes: number;
  /** The tensor's dtype; numbers that it cannot hold are a fault. */
  readonly dtype: BufferDType;
  readonly read: (view: DataView, at: number, little: boolean) => number;
}

/** 64 bits are read as f32, i32, u32: no GPU of a page has them. */
export const fileNumbers: Readonly<Record<FileDType, FileNumbers>> = {
  F64: { bytes: 8, dtype: "f32", read: (view, at, little) => view.getFloat64(at, little) },
  F32: { bytes: 4, dtype: "f32", read: (view, at, little) => view.getFloat32(at, little) },
  F16: { bytes: 2, dtype: "f16", read: (view, at, little) => halfValue(view.getUint16(at, little)) },
  BF16: { bytes: 2, dtype: "f32", read: (view, at, little) => upperHalf(view.getUint16(at, little)) },
  I64: { bytes: 8, dtype: "i32", read: (view, at, little) => Number(view.getBigInt64(at, little)) },
  I32: { bytes: 4, dtype: "i32", read: (view, at, little) => view.getInt32(at, little) },
  I16: { bytes: 2, dtype: "i32", read: (view, at, little) => view.getInt16(at, little) },
  I8: { bytes: 1, dtype: "i8", read: (view, at) => view.getInt8(at) },
  U64: { bytes: 8, dtype: "u32", read: (view, at, little) => Number(view.getBigUint64(at, little)) },
  U32: { bytes: 4, dtype: "u32", read: (view, at, little) => view.getUint32(at, little) },
  U16: { bytes: 2, dtype: "i32", read: (view, at, little) => view.getUint16(at, little) },
  U8: { bytes: 1, dtype: "u8", read: (view, at) => view.getUint8(at) },
  BOOL: { bytes: 1, dtype: "bool", read: (view, at) => Number(view.getUint8(at) !== 0) },
};

/** bfloat16 is the upper half of an f32. */
function upperHalf(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, bits * 65536);
  return view.getFloat32(0);
}

/** What a file calls a tensor's numbers. Fault `file/dtype` for halves of bytes. */
export function fileDTypeOf(dtype: BufferDType): FileDType {
  const found = (["F32", "F16", "I32", "U32", "I8", "U8", "BOOL"] as const).find(
    (name) => fileNumbers[name].dtype === dtype,
  );
  if (found !== undefined) return found;
  throw new Fault("file/dtype", `files have no ${dtype}`, { hint: 'cast to "i8" or "u8" first' });
}

/** A tensor of numbers that lie in a file; `bytes` are exactly as many as the shape needs. Fault `file/range`. */
export function fromFile(
  bytes: Uint8Array,
  { dtype: name, shape, little = true }: { dtype: FileDType; shape: Shape; little?: boolean },
): Expr {
  const { bytes: width, dtype, read } = fileNumbers[name];
  const size = sizeOf(shape);
  if (little && width * size === bytesFor(size, dtype) && name !== "BF16")
    return Expr.data(bytes.slice(), { dtype, shape });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = Float64Array.from({ length: size }, (_, at) => read(view, at * width, little));
  checkRange(values, name, dtype);
  return Expr.data(toBytes(values, dtype), { dtype, shape });
}

function checkRange(values: Float64Array, name: FileDType, dtype: BufferDType): void {
  const [least, most] = dtype === "u32" ? [0, 2 ** 32 - 1] : [-(2 ** 31), 2 ** 31 - 1];
  if (name !== "I64" && name !== "U64") return;
  const wrong = values.find((value) => value < least || value > most);
  if (wrong === undefined) return;
  throw new Fault("file/range", `${wrong} is no ${dtype}: 64-bit whole numbers are read as 32-bit ones`, {
    hint: "save it as float32, or as a smaller number",
  });
}

/** The numbers of a tensor as they lie in a file, little-endian. */
export function toFile(values: ArrayLike<number>, name: FileDType): Uint8Array {
  const { bytes: width } = fileNumbers[name];
  const bytes = new Uint8Array(values.length * width);
  const view = new DataView(bytes.buffer);
  const write = writers[name];
  for (let at = 0; at < values.length; at++) write?.(view, at * width, values[at] ?? 0);
  return bytes;
}

const writers: Readonly<Partial<Record<FileDType, (view: DataView, at: number, value: number) => void>>> = {
  F32: (view, at, value) => view.setFloat32(at, value, true),
  F16: (view, at, value) => view.setUint16(at, halfBits(value), true),
  BF16: (view, at, value) => view.setUint16(at, upperBits(value), true),
  I32: (view, at, value) => view.setInt32(at, value, true),
  U32: (view, at, value) => view.setUint32(at, value, true),
  I8: (view, at, value) => view.setInt8(at, value),
  U8: (view, at, value) => view.setUint8(at, value),
  BOOL: (view, at, value) => view.setUint8(at, value),
};

const word = new DataView(new ArrayBuffer(4));

/** The nearest bfloat16, ties to even. */
function upperBits(value: number): number {
  word.setFloat32(0, value);
  const [upper, rest] = [word.getUint16(0), word.getUint16(2)];
  if (Number.isNaN(value)) return upper | 0x40;
  return upper + (rest > 0x8000 || (rest === 0x8000 && upper % 2 === 1) ? 1 : 0);
}

/** A shape out of a file: at most 8 axes, none of them empty. Fault `file/shape`. */
export function fileShape(sizes: readonly unknown[], what: string): Shape {
  const good = sizes.every((size): size is number => Number.isSafeInteger(size) && Number(size) > 0);
  if (good && sizes.length <= 8 && sizeOf(sizes) < 2 ** 31) return sizes;
  const said = sizes.length > 8 ? `${sizes.length} axes` : sayShape(sizes.map(Number));
  throw new Fault("file/shape", `${what} has the shape ${said}`, {
    hint: "tensors have at most 8 axes and 2^31 - 1 elements, and no axis is empty",
  });
}

export function broken(message: string, hint?: string): Fault {
  return new Fault("file/broken", message, { hint });
}
