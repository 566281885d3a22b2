import { broken } from "../files/elements.ts";
import type { Cursor } from "./cursor.ts";

/** 64-bit numbers are bigints where a number cannot hold them. */
type Scalar = number | bigint | boolean | string;

/** What a file says beside its tensors. Lists of numbers are typed arrays, of bools 0 and 1; others are plain lists. */
export type GgufValue = Scalar | ArrayLike<number> | readonly Scalar[];

interface Kind {
  readonly bytes: number;
  readonly read: (view: DataView, at: number) => Scalar;
  /** Absent: a plain list, of 8 bytes an element, as in the file. */
  readonly list?: (bytes: Uint8Array<ArrayBuffer>) => ArrayLike<number>;
}

/** By the number of the type in a file; those of text and list are not here. */
const kinds: Readonly<Record<number, Kind>> = {
  0: { bytes: 1, read: (view, at) => view.getUint8(at), list: (bytes) => bytes },
  1: { bytes: 1, read: (view, at) => view.getInt8(at), list: ({ buffer }) => new Int8Array(buffer) },
  2: {
    bytes: 2,
    read: (view, at) => view.getUint16(at, true),
    list: ({ buffer }) => new Uint16Array(buffer),
  },
  3: { bytes: 2, read: (view, at) => view.getInt16(at, true), list: ({ buffer }) => new Int16Array(buffer) },
  4: {
    bytes: 4,
    read: (view, at) => view.getUint32(at, true),
    list: ({ buffer }) => new Uint32Array(buffer),
  },
  5: { bytes: 4, read: (view, at) => view.getInt32(at, true), list: ({ buffer }) => new Int32Array(buffer) },
  6: {
    bytes: 4,
    read: (view, at) => view.getFloat32(at, true),
    list: ({ buffer }) => new Float32Array(buffer),
  },
  7: {
    bytes: 1,
    read: (view, at) => view.getUint8(at) !== 0,
    list: (bytes) => bytes.map((byte) => (byte === 0 ? 0 : 1)),
  },
  10: { bytes: 8, read: (view, at) => short(view.getBigUint64(at, true)) },
  11: { bytes: 8, read: (view, at) => short(view.getBigInt64(at, true)) },
  12: {
    bytes: 8,
    read: (view, at) => view.getFloat64(at, true),
    list: ({ buffer }) => new Float64Array(buffer),
  },
};

const [textType, listType] = [8, 9];
/** A text begins with its length. */
const leastText = 8;

/** The value of type `type` that comes next. Nothing is made before the bytes for it are known to be there. Fault `file/broken`. */
export function readValue(cursor: Cursor, type: number, what: string): GgufValue {
  if (type === textType) return cursor.text(what);
  if (type === listType) return readList(cursor, what);
  const { bytes, read } = kindOf(type, what);
  return cursor.read(bytes, what, read);
}

/** Lists in lists are none of ggml's own reader either: millions of empty ones would be small in a file alone. */
function readList(cursor: Cursor, what: string): GgufValue {
  const type = cursor.u32(what);
  const count = cursor.u64(what);
  if (type === listType) throw broken(`${what} has lists in a list, which are not read`);
  if (type === textType) {
    cursor.need(count * leastText, what);
    return Array.from({ length: count }, () => cursor.text(what));
  }
  const { bytes, read, list } = kindOf(type, what);
  cursor.need(count * bytes, what);
  if (list !== undefined) return list(new Uint8Array(cursor.bytes(count * bytes, what)));
  return Array.from({ length: count }, () => cursor.read(bytes, what, read));
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
