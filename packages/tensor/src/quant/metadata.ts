import { broken } from "../files/elements.ts";
import type { Cursor } from "./cursor.ts";

/** 64-bit numbers are bigints where a number cannot hold them. */
type Scalar = number | bigint | boolean | string;

/** What a file says beside its tensors. Lists of numbers are typed arrays, of bools 0 and 1; others are plain lists. */
export type GgufValue = Scalar | ArrayLike<number> | readonly Scalar[];

/** How a value lies in a file: the number of its type, and for a list that of its elements. */
export interface ValueType {
  readonly type: number;
  readonly of?: number;
}

/** A value and how it lies in its file. */
export interface TypedValue extends ValueType {
  readonly value: GgufValue;
}

export interface Kind {
  readonly name: string;
  readonly bytes: number;
  readonly read: (view: DataView, at: number) => Scalar;
  readonly write: (view: DataView, at: number, value: Scalar) => void;
  /** Absent: a plain list, of 8 bytes an element, as in the file. */
  readonly list?: (bytes: Uint8Array<ArrayBuffer>) => ArrayLike<number>;
}

type Method = "Uint8" | "Int8" | "Uint16" | "Int16" | "Uint32" | "Int32" | "Float32" | "Float64";

function numbers(
  name: string,
  method: Method,
  List: new (buffer: ArrayBuffer) => ArrayLike<number> & { readonly BYTES_PER_ELEMENT: number },
): Kind {
  return {
    name,
    bytes: new List(new ArrayBuffer()).BYTES_PER_ELEMENT,
    read: (view, at) => view[`get${method}`](at, true),
    write: (view, at, value) => view[`set${method}`](at, Number(value), true),
    list: ({ buffer }) => new List(buffer),
  };
}

function longs(name: string, method: "BigUint64" | "BigInt64"): Kind {
  return {
    name,
    bytes: 8,
    read: (view, at) => short(view[`get${method}`](at, true)),
    write: (view, at, value) => view[`set${method}`](at, BigInt(value), true),
  };
}

/** By the number of the type in a file; those of text and list are not here. */
export const kinds: Readonly<Record<number, Kind>> = {
  0: numbers("u8", "Uint8", Uint8Array),
  1: numbers("i8", "Int8", Int8Array),
  2: numbers("u16", "Uint16", Uint16Array),
  3: numbers("i16", "Int16", Int16Array),
  4: numbers("u32", "Uint32", Uint32Array),
  5: numbers("i32", "Int32", Int32Array),
  6: numbers("f32", "Float32", Float32Array),
  7: {
    name: "bool",
    bytes: 1,
    read: (view, at) => view.getUint8(at) !== 0,
    write: (view, at, value) => view.setUint8(at, Number(value)),
    list: (bytes) => bytes.map((byte) => (byte === 0 ? 0 : 1)),
  },
  10: longs("u64", "BigUint64"),
  11: longs("i64", "BigInt64"),
  12: numbers("f64", "Float64", Float64Array),
};

export const textType = 8;
export const listType = 9;
/** A text begins with its length. */
const leastText = 8;

/** The value of type `type` that comes next. Nothing is made before the bytes for it are known to be there. Fault `file/broken`. */
export function readValue(cursor: Cursor, type: number, what: string): TypedValue {
  if (type === textType) return { type, value: cursor.text(what) };
  if (type === listType) return readList(cursor, what);
  const { bytes, read } = kindOf(type, what);
  return { type, value: cursor.read(bytes, what, read) };
}

/** Lists in lists are none of ggml's own reader either: millions of empty ones would be small in a file alone. */
function readList(cursor: Cursor, what: string): TypedValue {
  const of = cursor.u32(what);
  const count = cursor.u64(what);
  const made = (value: GgufValue): TypedValue => ({ type: listType, of, value });
  if (of === listType) throw broken(`${what} has lists in a list, which are not read`);
  if (of === textType) {
    cursor.need(count * leastText, what);
    return made(Array.from({ length: count }, () => cursor.text(what)));
  }
  const { bytes, read, list } = kindOf(of, what);
  cursor.need(count * bytes, what);
  if (list !== undefined) return made(list(new Uint8Array(cursor.bytes(count * bytes, what))));
  return made(Array.from({ length: count }, () => cursor.read(bytes, what, read)));
}

function kindOf(type: number, what: string): Kind {
  const kind = kinds[type];
  if (kind === undefined) throw broken(`${what} has a value of type ${type}, which GGUF does not have`);
  return kind;
}

function short(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
