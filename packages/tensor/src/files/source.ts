import { Fault } from "@tilebook/base";
import { sayGiven, sayKind } from "../output/say.ts";
import { broken } from "./elements.ts";

/** A part that is read among others: how many bytes came before it, and how many it will be. */
export interface Within {
  readonly before: number;
  readonly all: number;
}

/** Something whose bytes are read part by part: a file of a page, which may lie on a disk or at an address. */
export interface ByteSource {
  readonly size: number;
  slice(from: number, to: number, within?: Within): Promise<Uint8Array>;
}

/** What a cell gave `what` to open: a file, or bytes that it has. Faults `file/bytes`, `file/broken`. */
export function sourceOf(what: string, given: unknown): ByteSource {
  const source = ownSource(given) ?? given;
  if (!isSource(source)) {
    const hint =
      typeof given === "string"
        ? `a name is no file: await ${what}(await asset(${sayGiven(given)}))`
        : `for example await ${what}(await fileInput("model")), once a file is chosen`;
    throw new Fault("file/bytes", `a file is opened, not ${sayKind(given)}`, { hint });
  }
  if (source.size === 0) throw emptyFile();
  return source;
}

/** Of what a cell has itself. */
function ownSource(given: unknown): ByteSource | undefined {
  if (given instanceof Uint8Array)
    return { size: given.byteLength, slice: (from, to) => Promise.resolve(given.subarray(from, to)) };
  if (!(given instanceof Blob)) return undefined;
  const slice: ByteSource["slice"] = async (from, to) =>
    new Uint8Array(await given.slice(from, to).arrayBuffer());
  return { size: given.size, slice };
}

export function emptyFile(): Fault {
  return broken("the file is empty", "it has 0 bytes: was it saved, or loaded, to its end?");
}

function isSource(given: unknown): given is ByteSource {
  if (typeof given !== "object" || given === null) return false;
  return (
    Number.isSafeInteger(Reflect.get(given, "size")) && typeof Reflect.get(given, "slice") === "function"
  );
}

/** The bytes from `from` up to `to`, exactly. Fault `file/broken`, and those of the source. */
export async function bytesFrom(
  source: ByteSource,
  [from, to]: readonly [number, number],
  within?: Within,
): Promise<Uint8Array> {
  const bytes = await source.slice(from, to, within);
  if (bytes instanceof Uint8Array && bytes.byteLength === to - from) return bytes;
  throw broken(`the bytes from ${from} to ${to} did not come`);
}

/** What the reader of a header throws when there is more of it in the file: it needs so many bytes of the beginning. */
export class MoreNeeded extends Error {
  readonly bytes: number;

  constructor(bytes: number) {
    super(`the header goes on to byte ${bytes} at least`);
    this.bytes = bytes;
  }
}

const firstRead = 2 ** 18;

/**
 * What `read` makes of the beginning of a file, of which it gets four times more each time that it needs more, up to `most` bytes.
 * Fault `file/broken`, and those of `read`.
 */
export async function readHeader<T>(
  source: ByteSource,
  most: number,
  read: (beginning: Uint8Array, size: number) => T,
): Promise<T> {
  const { size } = source;
  for (let beginning = await bytesFrom(source, [0, Math.min(size, firstRead)]); ;) {
    const needed = neededBy(() => read(beginning, size));
    if ("header" in needed) return needed.header;
    if (needed.bytes > most) throw broken(`the header has more than ${most} bytes, which are not read`);
    const there = beginning.byteLength;
    const longer = new Uint8Array(Math.min(size, most, Math.max(needed.bytes, 4 * there)));
    longer.set(beginning);
    longer.set(await bytesFrom(source, [there, longer.byteLength]), there);
    beginning = longer;
  }
}

function neededBy<T>(read: () => T): { readonly header: T } | { readonly bytes: number } {
  try {
    return { header: read() };
  } catch (error) {
    if (error instanceof MoreNeeded) return error;
    throw error;
  }
}
