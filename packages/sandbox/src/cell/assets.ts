import { Fault, type FaultData, faultFrom, type Span } from "@tilebook/base";
import { chosenName } from "../chosen.ts";
import { Asset } from "./asset.ts";

/** Whoever waits for a file: where it asked, and how it shows how far the file is. */
export interface Asker {
  readonly here: () => Span | undefined;
  readonly progress: (label: string, done: number, total: number) => void;
}

interface Waiting {
  readonly name: string;
  readonly since: number;
  readonly asker: Asker;
  readonly resolve: (asset: Asset) => void;
  readonly reject: (fault: Fault) => void;
  /** It has a bar. */
  shown: boolean;
}

/** A wait longer than this shows how far it is. */
const PATIENCE_MS = 300;

/** Asks the app page for files: those that ship with Tilebook, each fetched once, and those that the person chose. */
export class Assets {
  readonly #ask: (id: number, name: string) => void;
  readonly #now: () => number;
  readonly #known = new Map<string, Promise<Asset>>();
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;

  constructor(ask: (id: number, name: string) => void, now: () => number) {
    this.#ask = ask;
    this.#now = now;
  }

  /** Faults stand where the file was asked for. */
  get(wanted: unknown, asker: Asker): Promise<Asset> {
    const name = String(wanted);
    const span = asker.here();
    const found = this.#known.get(name) ?? this.#fetch(name, asker);
    // What was chosen may be large, and is seldom read twice.
    if (chosenName(name) === undefined) this.#known.set(name, found);
    return found.catch((fault: unknown) => {
      this.#known.delete(name);
      throw fault instanceof Fault ? new Fault(fault.code, fault.message, { span, hint: fault.hint }) : fault;
    });
  }

  arrived(id: number, bytes: Uint8Array): void {
    const waiting = this.#take(id);
    if (waiting === undefined) return;
    const { name, asker, shown, resolve } = waiting;
    if (shown) asker.progress(labelOf(name), bytes.byteLength, bytes.byteLength);
    resolve(new Asset(chosenName(name) ?? name, bytes));
  }

  refused(id: number, fault: FaultData): void {
    this.#take(id)?.reject(faultFrom(fault));
  }

  progressed(id: number, done: number, total: number): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined || this.#now() - waiting.since < PATIENCE_MS) return;
    waiting.shown = true;
    waiting.asker.progress(labelOf(waiting.name), done, total);
  }

  #fetch(name: string, asker: Asker): Promise<Asset> {
    const id = this.#next;
    this.#next += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { name, since: this.#now(), shown: false, asker, resolve, reject });
      this.#ask(id, name);
    });
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }
}

function labelOf(name: string): string {
  return `reading ${chosenName(name) ?? name}`;
}
