/** Time as something that can be injected: the real one in the page, a hand-turned one in tests. */
export interface Clock {
  /** Milliseconds since an arbitrary start. */
  now(): number;
  /** Calls `then` once, `ms` from now. Returns the function that cancels it. */
  after(ms: number, then: () => void): () => void;
}

export const realClock: Clock = {
  now: () => performance.now(),
  after: (ms, then) => {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
};

/** A clock that stands still until `advance` is called; due callbacks run in order of their time. */
export class ManualClock implements Clock {
  #now = 0;
  #waiting: { readonly at: number; readonly call: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, then: () => void): () => void {
    const entry = { at: this.#now + ms, call: then };
    this.#waiting.push(entry);
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== entry);
    };
  }

  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#due(end); next !== undefined; next = this.#due(end)) {
      const entry = next;
      this.#waiting = this.#waiting.filter((other) => other !== entry);
      this.#now = Math.max(this.#now, entry.at);
      entry.call();
    }
    this.#now = end;
  }

  #due(end: number): { readonly at: number; readonly call: () => void } | undefined {
    return this.#waiting.filter((entry) => entry.at <= end).toSorted((a, b) => a.at - b.at)[0];
  }
}
