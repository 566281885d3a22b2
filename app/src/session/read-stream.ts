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

/**
 * All bytes of a stream. Nothing is read of what announces itself as too large, and no more than announced is ever held.
 * Faults `asset/large`, `asset/cut`.
 */
export async function readStream(
  stream: ReadableStream<Uint8Array>,
  { name, bytes, most }: Announced,
  progress: Progress = () => undefined,
): Promise<Uint8Array> {
  if (bytes !== undefined && bytes > most) {
    await stream.cancel();
    throw tooLarge(name, most);
  }
  const chunks: Uint8Array[] = [];
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
    chunks.push(value);
    if (done - told < mebibyte) continue;
    told = done;
    progress(done, bytes ?? 0);
  }
  if (bytes !== undefined && done < bytes) throw cut(name, bytes, `${done}`);
  return joinBytes(chunks, done);
}

/** Fault `asset/large`. */
export function tooLarge(name: string, most: number): Fault {
  return new Fault(
    "asset/large",
    `${name} is larger than ${most / mebibyte} MiB, the most that a cell may have`,
  );
}

function cut(name: string, bytes: number, found: string): Fault {
  return new Fault("asset/cut", `${name} should have ${bytes} bytes, but ${found} came`, {
    hint: "it was cut off, or changed while it was read: try again",
  });
}
