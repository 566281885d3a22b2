import type { Pages } from "./pages.ts";
import type { Request, RequestReport } from "./request.ts";

/** Requests that wait in a queue, and those that have a sequence and pages: who is at the head gets both as soon as they are free. */
export class Seats {
  /** By sequence. */
  readonly writing: (Request | undefined)[];
  readonly #pages: Pages;
  readonly #ended: (report: RequestReport) => void;
  #queue: Request[] = [];

  /** `ended` hears of each that leaves its sequence. */
  constructor(pages: Pages, sequences: number, ended: (report: RequestReport) => void) {
    this.#pages = pages;
    this.#ended = ended;
    this.writing = Array.from({ length: sequences }, () => undefined);
  }

  get waiting(): number {
    return this.#queue.filter(({ isOver }) => !isOver).length;
  }

  get active(): readonly Request[] {
    return this.writing.filter((request) => request !== undefined);
  }

  get isEmpty(): boolean {
    return this.waiting === 0 && this.active.length === 0;
  }

  enter(request: Request): void {
    this.#queue.push(request);
  }

  /** Those at the head of the queue, as far as there are sequences and pages. */
  letIn(now: number): void {
    this.#queue = this.#queue.filter(({ isOver }) => !isOver);
    for (let [next] = this.#queue; next !== undefined; [next] = this.#queue) {
      const sequence = this.writing.indexOf(undefined);
      if (sequence < 0 || !this.#pages.has(next.room)) return;
      this.#queue.shift();
      this.#pages.take(sequence, next.room);
      next.join(sequence, now);
      this.writing[sequence] = next;
    }
  }

  letOut(): void {
    for (const request of this.active) {
      if (!request.isOver) continue;
      this.writing[request.sequence] = undefined;
      this.#pages.leave(request.sequence);
      this.#ended(request.report);
    }
  }

  /** All hear of it, and go. */
  fail(error: unknown): void {
    for (const request of [...this.active, ...this.#queue.splice(0)]) request.fail(error);
    this.letOut();
  }
}
