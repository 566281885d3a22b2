import { type Fault, type FaultData, faultFrom } from "@tilebook/base";
import { Asset } from "./asset.ts";

interface Waiting {
  readonly name: string;
  readonly resolve: (asset: Asset) => void;
  readonly reject: (fault: Fault) => void;
}

/** Asks the app page for files that ship with Tilebook. Each is fetched once. */
export class Assets {
  readonly #ask: (id: number, name: string) => void;
  readonly #known = new Map<string, Promise<Asset>>();
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;

  constructor(ask: (id: number, name: string) => void) {
    this.#ask = ask;
  }

  readonly get = (wanted: unknown): Promise<Asset> => {
    const name = String(wanted);
    const known = this.#known.get(name) ?? this.#fetch(name);
    this.#known.set(name, known);
    known.catch(() => this.#known.delete(name));
    return known;
  };

  arrived(id: number, bytes: Uint8Array): void {
    const waiting = this.#take(id);
    waiting?.resolve(new Asset(waiting.name, bytes));
  }

  refused(id: number, fault: FaultData): void {
    this.#take(id)?.reject(faultFrom(fault));
  }

  #fetch(name: string): Promise<Asset> {
    const id = this.#next;
    this.#next += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { name, resolve, reject });
      this.#ask(id, name);
    });
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }
}
