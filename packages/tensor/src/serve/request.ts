import { Fault } from "@tilebook/base";
import type { Manner } from "./manner.ts";
import type { Choosing } from "./rows.ts";

/** What became of a request; milliseconds. */
export interface RequestReport {
  readonly prompt: number;
  readonly tokens: number;
  /** From asking until it had a sequence. */
  readonly waited: number;
  /** From asking until its first token. */
  readonly first: number;
  /** From asking until its last token. */
  readonly total: number;
}

/** One text that is written on: from the queue until its last token. Tokens that nobody took yet wait here. */
export class Request {
  readonly prompt: readonly number[];
  readonly choosing: Choosing;
  /** Most tokens to write. */
  readonly most: number;
  readonly written: number[] = [];
  /** Tokens of the prompt that stand in the memory. */
  read = 0;
  /** While it has one. */
  sequence = -1;
  /** It has its last token, has failed, or nobody wants its tokens any more. */
  isOver = false;
  readonly #stop: ReadonlySet<number>;
  readonly #signal: AbortSignal | undefined;
  readonly #giveUp = (): void => this.fail(this.#signal?.reason);
  readonly #asked: number;
  #joined = 0;
  #first = 0;
  #last = 0;
  #taken = 0;
  #fault: { readonly error: unknown } | undefined;
  #wake: () => void = () => undefined;

  constructor(
    prompt: readonly number[],
    manner: Omit<Manner, "signal"> & { readonly most: number; readonly signal: AbortSignal | undefined },
    now: number,
  ) {
    const { stop = [], most, signal, ...choosing } = manner;
    this.prompt = prompt;
    this.choosing = choosing;
    this.most = most;
    this.#stop = new Set(typeof stop === "number" ? [stop] : stop);
    this.#asked = now;
    this.#signal = signal;
    signal?.addEventListener("abort", this.#giveUp);
  }

  /** Tokens of which keys and values stand in the memory when it is done, and one. */
  get room(): number {
    return this.prompt.length + this.most;
  }

  /** Tokens of its prompt that still have to be read. */
  get unread(): number {
    return this.prompt.length - this.read;
  }

  get report(): RequestReport {
    const { prompt, written } = this;
    const since = (when: number): number => Math.max(0, when - this.#asked);
    return {
      prompt: prompt.length,
      tokens: written.length,
      waited: since(this.#joined),
      first: since(this.#first),
      total: since(this.#last),
    };
  }

  /** How many tokens behind the next one may be guessed: its last token is drawn, and never read. */
  mostGuesses(guesses: number): number {
    return Math.min(guesses, this.most - this.written.length - 1);
  }

  join(sequence: number, now: number): void {
    this.sequence = sequence;
    this.#joined = now;
  }

  /** A token below 0 is none: a NaN was among the scores. That ends it, and no other. */
  add(token: number, now: number): void {
    if (token < 0) return this.fail(noNumbers(this.prompt.length + this.written.length));
    if (this.written.length === 0) this.#first = now;
    this.#last = now;
    this.written.push(token);
    if (this.#stop.has(token) || this.written.length >= this.most) this.end();
    this.#wake();
  }

  fail(error: unknown): void {
    this.#fault ??= { error };
    this.end();
    this.#wake();
  }

  end(): void {
    this.isOver = true;
    this.#signal?.removeEventListener("abort", this.#giveUp);
  }

  /** The next token that nobody took yet, once it is there; nothing behind the last one. Of what was given up, no token more. */
  async next(): Promise<number | undefined> {
    this.#signal?.throwIfAborted();
    while (this.#taken >= this.written.length) {
      if (this.#fault !== undefined) throw this.#fault.error;
      if (this.isOver) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.written[this.#taken++];
  }
}

function noNumbers(place: number): Fault {
  return new Fault("serving/model", `scores of the model are NaN behind ${place} tokens`, {
    hint: "is the same so of the whole text, without a writer? Weights, or numbers beyond what halves hold, may be the cause",
  });
}
