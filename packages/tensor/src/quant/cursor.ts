import { broken } from "../files/elements.ts";
import { MoreNeeded } from "../files/source.ts";

/**
 * Numbers and texts of a file of `size` bytes, one after the other, little-endian. Fault `file/broken` where the file ends before, and
 * `MoreNeeded` where only the bytes of its beginning that are there do.
 */
export class Cursor {
  readonly #bytes: Uint8Array;
  readonly #size: number;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array, size: number) {
    this.#bytes = bytes;
    this.#size = size;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes that were read. */
  get at(): number {
    return this.#at;
  }

  /** Looks whether so many bytes are left, and reads none of them. */
  need(count: number, what: string): void {
    const left = this.#size - this.#at;
    if (this.#at + count <= this.#bytes.byteLength) return;
    if (count <= left) throw new MoreNeeded(this.#at + count);
    throw broken(`${what} needs ${count} bytes, but ${left} are left`, "is it all of the file?");
  }

  /** The place of the next `count` bytes, which are then behind. */
  skip(count: number, what: string): number {
    this.need(count, what);
    const start = this.#at;
    this.#at += count;
    return start;
  }

  /** No copy: the file's own bytes. */
  bytes(count: number, what: string): Uint8Array {
    const start = this.skip(count, what);
    return this.#bytes.subarray(start, start + count);
  }

  read<T>(count: number, what: string, number: (view: DataView, at: number) => T): T {
    return number(this.#view, this.skip(count, what));
  }

  u32(what: string): number {
    return this.read(4, what, (view, at) => view.getUint32(at, true));
  }

  /** A count, a length or an offset. From 2^53 on it is rounded, and more than any file has. */
  u64(what: string): number {
    return this.read(8, what, (view, at) => Number(view.getBigUint64(at, true)));
  }

  /** Its length in 8 bytes, then UTF-8. Bytes that are none become U+FFFD, as tokens of one byte do. */
  text(what: string): string {
    return utf8.decode(this.bytes(this.u64(what), what));
  }
}

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
