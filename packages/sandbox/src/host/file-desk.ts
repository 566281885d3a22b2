import { faultData } from "@tilebook/base";
import type { FilePart, FromCell, ToCell } from "../protocol/cell.ts";
import type { FileSource } from "../sandbox.ts";

type Asked = FilePart | Extract<FromCell, { readonly type: "asset" }>;

type Send = (message: ToCell, transfer?: Transferable[]) => void;

/** Whoever asks for many parts at once has so many of them in this page's memory; one that never comes holds up no other. */
const mostAtOnce = 4;

/** Reads files for the cell worker. */
export class FileDesk {
  readonly #files: FileSource;
  readonly #send: Send;
  readonly #asked = new Map<number, AbortController>();
  readonly #queue: (() => Promise<void>)[] = [];
  #underWay = 0;

  constructor(files: FileSource, send: Send) {
    this.#files = files;
    this.#send = send;
  }

  /** Answers what the cell worker asks. Who is not waiting any more gets no answer. */
  serve(asked: Asked): void {
    const stop = new AbortController();
    this.#asked.set(asked.id, stop);
    this.#queue.push(() => this.#answer(asked, stop.signal));
    this.#next();
  }

  #next(): void {
    if (this.#underWay >= mostAtOnce) return;
    const answer = this.#queue.shift();
    if (answer === undefined) return;
    this.#underWay += 1;
    void answer().finally(() => {
      this.#underWay -= 1;
      this.#next();
    });
  }

  end(id: number): void {
    this.#asked.get(id)?.abort();
    this.#asked.delete(id);
  }

  /** The worker that asked is gone. The next one counts from the beginning. */
  endAll(): void {
    for (const id of this.#asked.keys()) this.end(id);
  }

  async #answer(asked: Asked, signal: AbortSignal): Promise<void> {
    const { id, name } = asked;
    const send: Send = (...said) => {
      if (!signal.aborted) this.#send(...said);
    };
    const progress = (done: number, total: number): void => send({ type: "assetProgress", id, done, total });
    if (signal.aborted) return;
    try {
      const found =
        asked.type === "asset"
          ? await this.#files.open(name, { signal, progress })
          : await this.#files.part(name, [asked.from, asked.to], { signal, progress });
      if (!(found instanceof Uint8Array)) send({ type: "chosen", id, ...found });
      else
        send({ type: "asset", id, bytes: found }, found.buffer instanceof ArrayBuffer ? [found.buffer] : []);
    } catch (error) {
      send({ type: "noAsset", id, fault: faultData(error) });
    }
    if (!signal.aborted) this.#asked.delete(id);
  }
}
