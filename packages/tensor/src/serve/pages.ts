import type { MemorySizes } from "./sizes.ts";

/** Which pages hold which tokens of which sequence, and which pages are free. What is free last is taken first. */
export class Pages {
  /** i32 [sequences, pagesEach], as the device has it. Of places without a page: 0. */
  readonly table: Int32Array;
  readonly #sizes: MemorySizes;
  readonly #free: number[];
  readonly #held: number[][];

  constructor(sizes: MemorySizes) {
    const { sequences, pagesEach, pages } = sizes;
    this.#sizes = sizes;
    this.table = new Int32Array(sequences * pagesEach);
    this.#free = Array.from({ length: pages }, (_, page) => pages - 1 - page);
    this.#held = Array.from({ length: sequences }, () => []);
  }

  /** Pages that hold nothing. */
  get free(): number {
    return this.#free.length;
  }

  /** Whether so many tokens could ever be held. */
  fits(tokens: number): boolean {
    return this.#need(tokens) <= this.#sizes.pages;
  }

  /** Whether there are pages for so many tokens of a new sequence. */
  has(tokens: number): boolean {
    return this.#free.length >= this.#need(tokens);
  }

  /** Gives the sequence pages for so many tokens, if they are there. */
  take(sequence: number, tokens: number): void {
    const held = this.#held[sequence] ?? [];
    for (let at = held.length; at < this.#need(tokens); at++) {
      const page = this.#free.pop();
      if (page === undefined) throw new RangeError("there is no free page");
      held.push(page);
      this.table[sequence * this.#sizes.pagesEach + at] = page;
    }
  }

  /** A text with a window never needs more than its window does. */
  #need(tokens: number): number {
    const { page, pagesEach } = this.#sizes;
    return Math.min(Math.ceil(tokens / page), pagesEach);
  }

  /** What the sequence held is free. */
  leave(sequence: number): void {
    const held = this.#held[sequence] ?? [];
    this.#free.push(...held.splice(0).toReversed());
  }
}
