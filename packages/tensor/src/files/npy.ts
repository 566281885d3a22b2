import { Fault } from "@tilebook/base";
import type { Expr } from "../expr.ts";
import { permute } from "../nodes.ts";
import { type Shape, sizeOf } from "../shape.ts";
import { broken, type FileDType, fileNumbers, fileShape, fromFile } from "./elements.ts";

/*
 * An .npy file (numpy.lib.format):
 *
 *   byte  size  field
 *      0     6  "\x93NUMPY"
 *      6     2  version   1.0; 2.0 and 3.0 have a longer length
 *      8   2|4  n         u16 or u32, little-endian: bytes of the header
 *     10|12  n  header    {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
 *               numbers   row-major, or column-major with fortran_order
 */

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const mostHeader = 65_536;

const kinds: Readonly<Record<string, FileDType>> = {
  f8: "F64",
  f4: "F32",
  f2: "F16",
  i8: "I64",
  i4: "I32",
  i2: "I16",
  i1: "I8",
  u8: "U64",
  u4: "U32",
  u2: "U16",
  u1: "U8",
  b1: "BOOL",
};

/** The tensor of a file. Complex numbers become a last axis of 2. Faults `file/broken`, `file/dtype`, `file/shape`, `file/range`. */
export function readNpy(bytes: Uint8Array): Expr {
  const { text, start } = headerOf(bytes);
  const { descr, turned, shape } = fieldsOf(text);
  const { dtype, little, pair } = numbersOf(descr);
  // Column-major memory is row-major memory of the axes the other way round.
  const sizes = [...(turned ? shape.toReversed() : shape), ...(pair ? [2] : [])];
  const needed = sizeOf(fileShape(sizes, "the array")) * fileNumbers[dtype].bytes;
  const there = bytes.byteLength - start;
  if (there !== needed) {
    const hint = there < needed ? "the file was cut off" : undefined;
    throw broken(`the array needs ${needed} bytes, but ${there} follow its header`, hint);
  }
  const made = fromFile(bytes.subarray(start), { dtype, shape: sizes, little });
  if (!turned) return made;
  const axes = shape.map((_, axis) => shape.length - 1 - axis);
  return permute(made, pair ? [...axes, shape.length] : axes);
}

function headerOf(bytes: Uint8Array): { readonly text: string; readonly start: number } {
  if (bytes.byteLength < 12 || magic.some((byte, at) => bytes[at] !== byte))
    throw broken("this is no .npy file", "it begins with \\x93NUMPY; a .npz is a zip of such files");
  const [version = 0] = bytes.subarray(6);
  if (version < 1 || version > 3) throw broken(`version ${version} of .npy is not known`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > Math.min(bytes.byteLength - first, mostHeader))
    throw broken(`the header should have ${length} bytes, but ${bytes.byteLength - first} follow`);
  return { text: new TextDecoder().decode(bytes.subarray(first, first + length)), start: first + length };
}

interface Fields {
  readonly descr: string;
  readonly turned: boolean;
  readonly shape: readonly number[];
}

/** The header is a Python dict, always written with these three keys; nothing else is taken. */
function fieldsOf(text: string): Fields {
  const descr = /'descr'\s*:\s*'([^']{1,20})'/.exec(text)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape'\s*:\s*\(([\d\s,]{0,400})\)/.exec(text)?.[1];
  if (descr === undefined || order === undefined || shape === undefined) {
    const hint = "structured arrays and Python objects are not read";
    throw broken(`the header does not say descr, fortran_order and shape: ${text.slice(0, 120)}`, hint);
  }
  const sizes = shape.split(",").flatMap((part) => (part.trim() === "" ? [] : [Number(part)]));
  return { descr, turned: order === "True", shape: sizes };
}

function numbersOf(descr: string): { dtype: FileDType; little: boolean; pair: boolean } {
  const pair = /^[<>]c(?:8|16)$/.test(descr);
  const name = pair ? (descr.endsWith("16") ? "f8" : "f4") : descr.slice(1);
  const dtype = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  const order = descr[0] ?? "";
  if (dtype !== undefined && "<>|=".includes(order)) return { dtype, little: order !== ">", pair };
  throw new Fault("file/dtype", `an array of ${descr} is not read`, {
    hint: "save it as float32: np.save(path, a.astype('f4'))",
  });
}

/** A file of one tensor, version 1.0. */
export function writeNpy({
  dtype,
  shape,
  bytes,
}: {
  dtype: FileDType;
  shape: Shape;
  bytes: Uint8Array;
}): Uint8Array {
  const kind = Object.keys(kinds).find((name) => kinds[name] === dtype) ?? "f4";
  const order = fileNumbers[dtype].bytes === 1 ? "|" : "<";
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${order}${kind}', 'fortran_order': False, 'shape': (${sizes}), }`;
  // The numbers begin at a multiple of 64, and the header ends with a line feed.
  const start = Math.ceil((10 + text.length + 1) / 64) * 64;
  const file = new Uint8Array(start + bytes.byteLength).fill(32, 10, start);
  file.set([...magic, 1, 0, (start - 10) & 255, (start - 10) >> 8]);
  file.set(new TextEncoder().encode(text), 10);
  file[start - 1] = 10;
  file.set(bytes, start);
  return file;
}
