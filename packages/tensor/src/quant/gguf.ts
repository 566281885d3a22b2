import { broken, fileShape } from "../files/elements.ts";
import { type Shape, sizeOf } from "../shape.ts";
import { Cursor } from "./cursor.ts";
import { type Format, formatOf } from "./formats.ts";
import { readValue, type TypedValue } from "./metadata.ts";

/*
 * A GGUF file, versions 2 and 3 (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md). All numbers are little-endian; a text is
 * its length (u64), then UTF-8.
 *
 *   size  field
 *      4  "GGUF"
 *      4  version
 *      8  tensors   how many
 *      8  values    how many
 *         values    each: name (text), type (u32), value; a list: type (u32), count (u64), its values
 *         tensors   each: name (text), axes (u32), sizes (u64 each, the innermost first), type (u32), offset (u64)
 *         padding   to a multiple of general.alignment, 32 if that is not there
 *         data      offsets count from here, each a multiple of the alignment
 */

/** Of one value: its name, its type and a byte. Of one tensor: its name, axes, type and offset. */
const [leastValue, leastTensor] = [13, 24];
const mostAxes = 8;
/** Values and tensors: what is kept of a short one is longer than it is in the file. */
const mostNamed = 65_536;
const defaultAlignment = 32;

/** A tensor as the file names it. */
export interface GgufEntry {
  readonly name: string;
  readonly format: Format;
  readonly shape: Shape;
  /** Bytes of the file. */
  readonly begin: number;
  readonly end: number;
}

export interface GgufParts {
  readonly metadata: ReadonlyMap<string, TypedValue>;
  readonly entries: ReadonlyMap<string, GgufEntry>;
}

/**
 * All of the header, held against the file's size, of which at least the beginning is there. Faults `file/broken`, `file/shape`, and
 * `MoreNeeded` where the header goes on behind it.
 */
export function readGguf(beginning: Uint8Array, size: number = beginning.byteLength): GgufParts {
  const cursor = new Cursor(beginning, size);
  checkBeginning(cursor);
  const tensors = cursor.u64("the number of tensors");
  const values = cursor.u64("the number of values");
  if (Math.max(tensors, values) > mostNamed)
    throw broken(`the header names ${tensors} tensors and ${values} values; at most ${mostNamed} are read`);
  cursor.need(
    tensors * leastTensor + values * leastValue,
    `a header of ${tensors} tensors and ${values} values`,
  );
  const metadata = readMetadata(cursor, values);
  const infos = Array.from({ length: tensors }, (_, at) => readInfo(cursor, at));
  const alignment = alignmentOf(metadata);
  const start = Math.ceil(cursor.at / alignment) * alignment;
  checkPlaces(infos, alignment, Math.max(0, size - start));
  const entries = infos.map((info): [string, GgufEntry] => [
    info.name,
    { ...info, begin: start + info.begin, end: start + info.end },
  ]);
  return { metadata, entries: new Map(entries) };
}

function checkBeginning(cursor: Cursor): void {
  const magic = String.fromCodePoint(...cursor.bytes(4, "a GGUF file"));
  if (magic !== "GGUF") throw broken("this is no GGUF file", 'it begins with the letters "GGUF"');
  const version = cursor.u32("the version");
  if (version === 2 || version === 3) return;
  const hint = version % 65_536 === 0 ? "it is big-endian" : "versions 2 and 3 are read";
  throw broken(`version ${version} of GGUF is not read`, hint);
}

function readMetadata(cursor: Cursor, count: number): ReadonlyMap<string, TypedValue> {
  const metadata = new Map<string, TypedValue>();
  for (let at = 0; at < count; at++) {
    const name = cursor.text(`the name of value ${at}`);
    const what = `value ${quoted(name)}`;
    if (metadata.has(name)) throw broken(`${what} is there twice`);
    metadata.set(name, readValue(cursor, cursor.u32(what), what));
  }
  return metadata;
}

function alignmentOf(metadata: ReadonlyMap<string, TypedValue>): number {
  const alignment = metadata.get("general.alignment")?.value ?? defaultAlignment;
  if (typeof alignment === "number" && alignment >= 1 && Number.isInteger(Math.log2(alignment)))
    return alignment;
  throw broken(
    `general.alignment is ${typeof alignment === "number" ? alignment : "no number"}, and no power of two`,
  );
}

/** `begin` and `end` count from the data. */
function readInfo(cursor: Cursor, at: number): GgufEntry {
  const name = cursor.text(`the name of tensor ${at}`);
  const what = `tensor ${quoted(name)}`;
  const axes = cursor.u32(what);
  if (axes > mostAxes) throw broken(`${what} has ${axes} axes; at most ${mostAxes} are read`);
  const sizes = Array.from({ length: axes }, () => cursor.u64(what));
  const shape = fileShape(sizes.toReversed(), what);
  const format = formatOf(cursor.u32(what));
  const begin = cursor.u64(what);
  return { name, shape, format, begin, end: begin + bytesOf(format, shape, what) };
}

/** Names are there once, and no tensor lies over another, or outside the data. */
function checkPlaces(infos: readonly GgufEntry[], alignment: number, length: number): void {
  const names = new Set<string>();
  let reached = 0;
  for (const { name, begin, end } of infos.toSorted((a, b) => a.begin - b.begin)) {
    const what = `tensor ${quoted(name)}`;
    if (names.has(name)) throw broken(`${what} is there twice`);
    if (begin % alignment !== 0) throw broken(`${what} begins at ${begin}, no multiple of ${alignment}`);
    if (begin < reached) throw broken(`${what} begins at ${begin}, inside the one before it`);
    if (end > length) {
      const hint = "is it all of the file?";
      throw broken(`${what} lies from ${begin} to ${end}, but ${length} bytes are there`, hint);
    }
    names.add(name);
    reached = end;
  }
}

/** Blocks lie along the last axis. Of a type without known blocks nothing is known. */
function bytesOf({ name, block, bytes }: Format, shape: Shape, what: string): number {
  const inner = shape.at(-1) ?? 1;
  if (inner % block !== 0)
    throw broken(`${what} has rows of ${inner} numbers; those of ${name} are a multiple of ${block}`);
  return (sizeOf(shape) / block) * bytes;
}

function quoted(name: string): string {
  return JSON.stringify(name.slice(0, 100));
}
