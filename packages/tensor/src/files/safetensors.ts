import { Fault } from "@tilebook/base";
import { type Shape, sizeOf } from "../shape.ts";
import { broken, type FileDType, fileNumbers, fileShape } from "./elements.ts";
import type { Entry } from "./opened.ts";
import { MoreNeeded } from "./source.ts";

/*
 * A safetensors file (https://github.com/huggingface/safetensors, "Format"):
 *
 *   byte  size  field
 *      0     8  n       u64, little-endian: bytes of the header
 *      8     n  header  JSON in UTF-8: { name: { dtype, shape, data_offsets: [begin, end] }, __metadata__?: { text: text } }
 *  8 + n        data    the numbers, little-endian, row-major; offsets count from here, without gaps and overlaps
 */

/** The header's bound in the reference implementation. */
export const mostHeader = 100_000_000;
const mostTensors = 10_000;

export interface SafetensorsEntry extends Entry {
  readonly dtype: FileDType;
  readonly shape: Shape;
}

export interface SafetensorsParts {
  readonly metadata: Readonly<Record<string, string>>;
  readonly entries: ReadonlyMap<string, SafetensorsEntry>;
}

/**
 * All of the header, held against the file's size, of which at least the beginning is there. Faults `file/broken`, `file/dtype`,
 * `file/shape`, and `MoreNeeded` where the header goes on behind it.
 */
export function readSafetensors(
  beginning: Uint8Array,
  size: number = beginning.byteLength,
): SafetensorsParts {
  const { header, start } = headerOf(beginning, size);
  const found = Object.entries(header).flatMap(([name, value]) =>
    name === "__metadata__" ? [] : [entryFrom(name, value)],
  );
  if (found.length > mostTensors)
    throw broken(`the header names ${found.length} tensors; at most ${mostTensors} are read`);
  checkPlaces(found, size - start);
  const entries = found.map((entry): [string, SafetensorsEntry] => [
    entry.name,
    { ...entry, begin: start + entry.begin, end: start + entry.end },
  ]);
  return { metadata: metadataOf(header), entries: new Map(entries) };
}

function headerOf(beginning: Uint8Array, size: number): { readonly header: object; readonly start: number } {
  if (size < 8) throw broken(`a safetensors file has at least 8 bytes, not ${size}`);
  const length = Number(new DataView(beginning.buffer, beginning.byteOffset).getBigUint64(0, true));
  const there = size - 8;
  if (length > Math.min(there, mostHeader)) {
    const hint = "is it a safetensors file, and all of it?";
    throw broken(`the header should have ${length} bytes, but ${there} follow`, hint);
  }
  const start = 8 + length;
  if (start > beginning.byteLength) throw new MoreNeeded(start);
  return { header: parsed(beginning.subarray(8, start)), start };
}

/** Texts by name: the format allows nothing else. */
function metadataOf(header: object): Readonly<Record<string, string>> {
  const said: unknown = Object.hasOwn(header, "__metadata__") ? Reflect.get(header, "__metadata__") : {};
  return Object.fromEntries(Object.entries(said ?? {}).filter(([, text]) => typeof text === "string"));
}

function parsed(text: Uint8Array): object {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(text));
  } catch (error) {
    throw broken(`the header is no JSON: ${error instanceof Error ? error.message.slice(0, 120) : ""}`);
  }
  if (typeof header === "object" && header !== null && !Array.isArray(header)) return header;
  throw broken("the header is no object with names of tensors");
}

/** `begin` and `end` count from the data. */
function entryFrom(name: string, value: unknown): SafetensorsEntry {
  const what = `tensor ${JSON.stringify(name.slice(0, 100))}`;
  if (typeof value !== "object" || value === null) throw broken(`${what} is no object in the header`);
  const { dtype, shape, data_offsets: offsets } = value as Readonly<Record<string, unknown>>;
  if (!Array.isArray(shape) || !Array.isArray(offsets) || offsets.length !== 2)
    throw broken(`${what} lacks its shape or its two data_offsets`);
  const known = knownDType(dtype, what);
  const sizes = fileShape(shape, what);
  const [begin, end] = offsets as readonly unknown[];
  const needed = sizeOf(sizes) * fileNumbers[known].bytes;
  if (!Number.isSafeInteger(begin) || !Number.isSafeInteger(end) || Number(end) - Number(begin) !== needed)
    throw broken(`${what} needs ${needed} bytes, but lies from ${String(begin)} to ${String(end)}`);
  return { name, dtype: known, shape: sizes, begin: Number(begin), end: Number(end) };
}

function knownDType(dtype: unknown, what: string): FileDType {
  const names = Object.keys(fileNumbers) as FileDType[];
  const found = names.find((name) => name === dtype);
  if (found !== undefined) return found;
  throw new Fault("file/dtype", `${what} has the dtype ${String(dtype).slice(0, 40)}, which is not read`, {
    hint: `the dtypes are ${names.join(", ")}`,
  });
}

/** The format allows neither gaps nor overlaps. */
function checkPlaces(entries: readonly SafetensorsEntry[], length: number): void {
  let reached = 0;
  for (const { name, begin, end } of entries.toSorted((a, b) => a.begin - b.begin)) {
    if (begin !== reached)
      throw broken(`tensor ${JSON.stringify(name.slice(0, 100))} begins at ${begin}, not at ${reached}`);
    reached = end;
  }
  if (reached !== length) {
    const hint = reached > length ? "the file was cut off" : undefined;
    throw broken(`the tensors need ${reached} bytes, but ${length} are there`, hint);
  }
}

export interface FileTensor {
  readonly name: string;
  readonly dtype: FileDType;
  readonly shape: Shape;
  readonly bytes: Uint8Array;
}

/** A file of these tensors, in this order. Fault `file/name`: two of one name, or the name of the metadata. */
export function writeSafetensors(
  tensors: readonly FileTensor[],
  metadata?: Readonly<Record<string, string>> | null,
): Uint8Array {
  let end = 0;
  const taken = new Set(["__metadata__"]);
  const entries = tensors.map(({ name, dtype, shape, bytes }) => {
    if (taken.has(name))
      throw new Fault("file/name", `the name ${JSON.stringify(name.slice(0, 100))} is taken in the file`, {
        hint: "parts of weights of codes have names, too: up.scales of up.weight",
      });
    taken.add(name);
    const begin = end;
    end += bytes.byteLength;
    return [name, { dtype, shape, data_offsets: [begin, end] }] as const;
  });
  const said = Object.keys(metadata ?? {}).length === 0 ? [] : [["__metadata__", metadata] as const];
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries([...said, ...entries])));
  // Spaces, so that the numbers begin at a multiple of 8.
  const length = Math.ceil(text.byteLength / 8) * 8;
  const file = new Uint8Array(8 + length + end).fill(32, 8, 8 + length);
  new DataView(file.buffer).setBigUint64(0, BigInt(length), true);
  file.set(text, 8);
  let at = 8 + length;
  for (const { bytes } of tensors) {
    file.set(bytes, at);
    at += bytes.byteLength;
  }
  return file;
}
