import type { ContentShelf } from "@tilebook/mesh";
import type { KeyId } from "@tilebook/mesh/link";
import { Shelved } from "./shelved.ts";

const mebibyte = 2 ** 20;
/** Smaller tensors are sent soon enough. */
const leastKept = mebibyte;
/** Of all hosts together. */
const mostKept = 512 * mebibyte;

/**
 * Large tensors that a host has sent twice, weights as a rule, kept in this browser's private files. Each host has its own, so that none can find out what another has
 * sent. Where the browser keeps no files, nothing is kept.
 */
export class TensorShelf implements ContentShelf {
  readonly #host: KeyId;
  readonly #index: Shelved = new Shelved("tilebook.tensors");
  /** One file is written after the other. */
  #last: Promise<void> = Promise.resolve();

  constructor(host: KeyId) {
    this.#host = host;
  }

  async get(hash: string): Promise<Uint8Array | undefined> {
    const name = this.#nameOf(hash);
    if (!this.#index.has(name)) return undefined;
    try {
      const file = await (await folder()).getFileHandle(name).then((handle) => handle.getFile());
      const bytes = new Uint8Array(await file.arrayBuffer());
      this.#index.use(name);
      return bytes;
    } catch {
      this.#index.drop(name);
      return undefined;
    }
  }

  offer(hash: string, bytes: Uint8Array): void {
    const name = this.#nameOf(hash);
    if (bytes.length < leastKept || bytes.length > mostKept / 2 || this.#index.has(name)) return;
    if (!this.#index.seen(name)) return;
    this.#last = this.#last.then(() => this.#keep(name, bytes)).catch(() => undefined);
  }

  async #keep(name: string, bytes: Uint8Array): Promise<void> {
    const files = await folder();
    for (const old of this.#index.toMakeRoom(mostKept - bytes.length)) {
      this.#index.drop(old);
      await files.removeEntry(old).catch(() => undefined);
    }
    const handle = await files.getFileHandle(name, { create: true });
    const writing = await handle.createWritable();
    await writing.write(bytes as Uint8Array<ArrayBuffer>);
    await writing.close();
    this.#index.add(name, bytes.length);
  }

  /** Letters, digits, `-` and `_` only: both are base64url. */
  #nameOf(hash: string): string {
    return `${this.#host}.${hash.replaceAll(/[^\w-]/g, "")}`;
  }
}

async function folder(): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle("tensors", { create: true });
}
