import { Fault, joinBytes } from "@tilebook/base";

/** What is known of a file before its bytes are there. */
export interface Announced {
  readonly name: string;
  /** How many bytes it should have, where somebody said so. */
  readonly bytes?: number | undefined;
  /** Most that are taken. */
  readonly most: number;
}

/** Hears how far it is, at most once a MiB. The total is 0 where nobody said it. */
export type Progress = (done: number, total: number) => void;

const mebibyte = 2 ** 20;
/** So much is gathered before the browser gets it as a blob, which it may put on the disk. */
const blobBytes = 8 * mebibyte;

const untold: Progress = () => undefined;

/**
 * All bytes of a stream. Nothing is read of what announces itself as too large, and no more than announced is ever held.
 * Faults `asset/large`, `asset/cut`.
 */
export async function readStream(
  stream: ReadableStream<Uint8Array>,
  announced: Announced,
  progress: Progress = untold,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  const done = await takeChunks(stream, announced, (chunk) => void chunks.push(chunk), progress);
  return joinBytes(chunks, done);
}

/** The same as a blob, of which this page's memory holds a few MiB at a time. */
export async function readBlob(
  stream: ReadableStream<Uint8Array>,
  announced: Announced,
  progress: Progress = untold,
): Promise<Blob> {
  const gathered = new Gathered();
  await gathered.add(stream, announced, progress);
  return gathered.blob();
}

/** What came of a file so far, where the browser keeps blobs. */
export class Gathered {
  size = 0;
  readonly #blobs: Blob[] = [];
  #held: Uint8Array<ArrayBuffer>[] = [];
  #bytes = 0;

  /** All of a stream behind what is there. When it fails, what came of it stays. Faults `asset/large`, `asset/cut`. */
  async add(stream: ReadableStream<Uint8Array>, announced: Announced, progress: Progress): Promise<void> {
    await takeChunks(stream, announced, (chunk) => this.#take(chunk), progress);
  }

  blob(): Blob {
    this.#hand();
    return new Blob(this.#blobs);
  }

  #take(chunk: Uint8Array): void {
    this.size += chunk.byteLength;
    this.#held.push(chunk as Uint8Array<ArrayBuffer>);
    this.#bytes += chunk.byteLength;
    if (this.#bytes >= blobBytes) this.#hand();
  }

  #hand(): void {
    this.#blobs.push(new Blob(this.#held));
    [this.#held, this.#bytes] = [[], 0];
  }
}

/** Gives every chunk to `take`; returns how many bytes there were. */
async function takeChunks(
  stream: ReadableStream<Uint8Array>,
  { name, bytes, most }: Announced,
  take: (chunk: Uint8Array) => void,
  progress: Progress,
): Promise<number> {
  if (bytes !== undefined && bytes > most) {
    await stream.cancel();
    throw tooLarge(name, most);
  }
  let done = 0;
  let told = 0;
  for (const reader = stream.getReader(); ;) {
    const { value } = await reader.read();
    if (value === undefined) break;
    done += value.byteLength;
    if (done > Math.min(most, bytes ?? most)) {
      await reader.cancel();
      throw bytes === undefined ? tooLarge(name, most) : cut(name, bytes, "more");
    }
    take(value);
    if (done - told < mebibyte) continue;
    told = done;
    progress(done, bytes ?? 0);
  }
  if (bytes !== undefined && done < bytes) throw cut(name, bytes, `${done}`);
  return done;
}

/** Fault `asset/large`. */
export function tooLarge(name: string, most: number): Fault {
  return new Fault(
    "asset/large",
    `${name} is larger than ${most / mebibyte} MiB, the most that a notebook may have`,
  );
}

function cut(name: string, bytes: number, found: string): Fault {
  return new Fault("asset/cut", `${name} should have ${bytes} bytes, but ${found} came`, {
    hint: "it was cut off, or changed while it was read: try again",
  });
}
