import type { Within } from "./asset.ts";

/** A wait longer than this shows how far it is. */
const PATIENCE_MS = 300;

type Show = (label: string, done: number, total: number) => void;

/** How far a reading is, once it takes a while. Parts that are read one after the other have one bar. */
export class Bar {
  readonly #label: string;
  readonly #show: Show;
  readonly #now: () => number;
  readonly #since: number;
  #shown = false;

  constructor(name: string, show: Show, now: () => number) {
    this.#label = `reading ${name}`;
    this.#show = show;
    this.#now = now;
    this.#since = now();
  }

  far(done: number, total: number): void {
    if (this.#now() - this.#since < PATIENCE_MS) return;
    this.#shown = true;
    this.#show(this.#label, done, total);
  }

  /** All is there: a bar that was shown ends full. */
  end(total: number): void {
    if (this.#shown) this.#show(this.#label, total, total);
  }

  /** So much of a part is there. */
  farWithin({ before, all }: Within, done: number): void {
    if (before + done >= all) this.end(all);
    else this.far(before + done, all);
  }
}
