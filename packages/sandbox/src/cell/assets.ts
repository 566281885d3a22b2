import { Fault, type FaultData, faultFrom, type Span } from "@tilebook/base";
import { chosenName } from "../chosen.ts";
import type { FilePart, FromCell } from "../protocol/cell.ts";
import type { ChosenFile } from "../sandbox.ts";
import { Asset, type AssetBytes } from "./asset.ts";
import { Bar } from "./bar.ts";
import { interrupted } from "./tick.ts";

/** Whoever waits for a file: where it asked, how it shows how far the file is, and until when it waits. */
export interface Asker {
  readonly here: () => Span | undefined;
  readonly progress: (label: string, done: number, total: number) => void;
  readonly signal: AbortSignal;
}

export interface AssetsParts {
  readonly send: (message: FromCell) => void;
  readonly now: () => number;
  /** The run under way, if any: parts of a file are also read by cells that did not ask for the file. */
  readonly asker: () => Asker | undefined;
}

type Asked = Omit<Extract<FromCell, { readonly type: "asset" }>, "id"> | Omit<FilePart, "id">;
type Found = Uint8Array | ChosenFile;

interface Waiting {
  readonly far: (done: number, total: number) => void;
  readonly resolve: (found: Found) => void;
  readonly reject: (fault: Fault) => void;
}

/** Of workers: reads at once. */
declare const FileReaderSync: new () => { readAsArrayBuffer(blob: Blob): ArrayBuffer };

/** Most bytes that the page reads at once for a part. */
const mostAsked = 2 ** 26;

/** Asks the app page for files: those that ship with Tilebook, each fetched once, and those that the person chose. */
export class Assets {
  readonly #parts: AssetsParts;
  readonly #known = new Map<string, Promise<Asset>>();
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;

  constructor(parts: AssetsParts) {
    this.#parts = parts;
  }

  /** Faults stand where the file was asked for. */
  get(wanted: unknown, asker: Asker): Promise<Asset> {
    const name = String(wanted);
    const found = this.#known.get(name) ?? this.#open(name, asker);
    // Each choice is a file of its own.
    if (chosenName(name) === undefined) this.#known.set(name, found);
    return placed(asker.here(), found).catch((fault: unknown) => {
      this.#known.delete(name);
      throw fault;
    });
  }

  arrived(id: number, found: Found): void {
    this.#take(id)?.resolve(found);
  }

  refused(id: number, fault: FaultData): void {
    this.#take(id)?.reject(faultFrom(fault));
  }

  progressed(id: number, done: number, total: number): void {
    this.#waiting.get(id)?.far(done, total);
  }

  async #open(token: string, asker: Asker): Promise<Asset> {
    const name = chosenName(token) ?? token;
    const bar = this.#bar(name, asker);
    const far = (done: number, total: number): void => bar.far(done, total);
    const found = await this.#ask({ type: "asset", name: token }, { far, signal: asker.signal });
    if (!(found instanceof Uint8Array)) return new Asset(this.#chosen(token, found, asker));
    bar.end(found.byteLength);
    return new Asset(wholeFile(name, found));
  }

  #chosen(token: string, { size, blob }: ChosenFile, opener: Asker): AssetBytes {
    const name = chosenName(token) ?? token;
    const asking = (): Asker => this.#parts.asker() ?? opener;
    let bar: Bar | undefined;
    return {
      name,
      size,
      all: () => allOf(name, blob, asking().here()),
      part: (from, to, within = { before: 0, all: to - from }) => {
        const asker = asking();
        if (bar === undefined || within.before === 0) bar = this.#bar(name, asker);
        const far = bar.farWithin.bind(bar, within);
        const bytes =
          blob === undefined
            ? this.#asked(token, [from, to], { far, signal: asker.signal })
            : partOf(name, blob.slice(from, to)).finally(() => far(to - from));
        return placed(asker.here(), bytes);
      },
    };
  }

  /** In pieces: the page never holds more than one of them. */
  async #asked(
    name: string,
    [from, to]: readonly [number, number],
    { far, signal }: { readonly far: (done: number) => void; readonly signal: AbortSignal },
  ): Promise<Uint8Array> {
    const bytes = new Uint8Array(to - from);
    for (let at = from; at < to; at += mostAsked) {
      const end = Math.min(to, at + mostAsked);
      const here = (done: number): void => far(at - from + done);
      const found = await this.#ask({ type: "part", name, from: at, to: end }, { far: here, signal });
      if (found instanceof Uint8Array) bytes.set(found, at - from);
      here(end - at);
    }
    return bytes;
  }

  /** Waits as long as the signal allows. */
  #ask(
    asked: Asked,
    { far, signal }: { readonly far: Waiting["far"]; readonly signal: AbortSignal },
  ): Promise<Found> {
    const id = this.#next;
    this.#next += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { far, resolve, reject });
      this.#parts.send({ ...asked, id });
      const stop = (): void => {
        if (this.#take(id) === undefined) return;
        this.#parts.send({ type: "endAsset", id });
        reject(interrupted());
      };
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
    });
  }

  #bar(name: string, { progress }: Asker): Bar {
    return new Bar(name, progress, this.#parts.now);
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }
}

function wholeFile(name: string, bytes: Uint8Array): AssetBytes {
  const part = (from: number, to: number): Promise<Uint8Array> => Promise.resolve(bytes.slice(from, to));
  return { name, size: bytes.byteLength, all: () => bytes, part };
}

async function partOf(name: string, blob: Blob): Promise<Uint8Array> {
  return new Uint8Array(
    await blob.arrayBuffer().catch(() => {
      throw changed(name);
    }),
  );
}

/** At once: a worker may wait for a disk. */
function allOf(name: string, blob: Blob | undefined, span: Span | undefined): Uint8Array {
  try {
    return new Uint8Array(new FileReaderSync().readAsArrayBuffer(blob ?? new Blob()));
  } catch {
    throw faultAt(span, changed(name));
  }
}

function changed(name: string): Fault {
  return new Fault("asset/cut", `${name} cannot be read any more`, {
    hint: "it was changed, moved or deleted since it was chosen: choose it again",
  });
}

function placed<T>(span: Span | undefined, found: Promise<T>): Promise<T> {
  return found.catch((fault: unknown) => {
    throw faultAt(span, fault);
  });
}

function faultAt(span: Span | undefined, fault: unknown): unknown {
  return fault instanceof Fault ? new Fault(fault.code, fault.message, { span, hint: fault.hint }) : fault;
}
