import { Fault } from "@tilebook/base";
import { checkOptions, needFunction, needOptions } from "../options.ts";
import type { Workspace } from "../workspace.ts";
import { type Guess, guessByLookup } from "./guess.ts";
import { Memory } from "./memory.ts";
import type { Model } from "./model.ts";
import { type Manner, mannerNames, Request, type RequestReport, rowsOf } from "./request.ts";
import type { Row } from "./rows.ts";
import { memoryNames, type MemoryOptions, memorySizes, type MemorySizes } from "./sizes.ts";

export interface WriterOptions extends MemoryOptions {
  readonly model: Model;
  /** Tokens of prompts that one step reads; 32 by default. */
  readonly chunk?: number;
  /** Tokens that are guessed for each text and looked at in the same step; 0 by default. */
  readonly guesses?: number;
  /** Guesses what follows; by default what followed the last tokens of the text where they stood before. */
  readonly guess?: Guess;
}

const writerLike = "serving.writer({ model, layers: 2, heads: 4, headSize: 32, length: 128 })";

/** What a writer is doing, and has done. */
export interface WriterReport {
  /** Requests in the queue. */
  readonly waiting: number;
  /** Requests that have a sequence. */
  readonly writing: number;
  readonly freePages: number;
  readonly steps: number;
  /** Tokens that were guessed, and those of them that the model wrote, too. */
  readonly guessed: number;
  readonly right: number;
  /** Tokens written. */
  readonly tokens: number;
  /** While steps ran. */
  readonly tokensPerSecond: number;
  /** Of requests that are done, in the order in which they ended. */
  readonly requests: readonly RequestReport[];
}

/**
 * Writes texts on by a model, several at once: those that wait join as soon as a sequence and pages are free, all that write take part in one
 * step each token, and who is done leaves. Every step has the same shape, so the tokens of a request do not depend on the others.
 */
export class Writer {
  readonly #workspace: Workspace;
  readonly #memory: Memory;
  readonly #chunk: number;
  readonly #guesses: number;
  readonly #guess: Guess;
  readonly #queue: Request[] = [];
  /** By sequence. */
  readonly #writing: (Request | undefined)[];
  readonly #done: RequestReport[] = [];
  #isRunning = false;
  #steps = 0;
  #tokens = 0;
  #busy = 0;
  #guessed = 0;
  #right = 0;

  constructor(workspace: Workspace, options: WriterOptions) {
    needOptions("serving.writer", options, {
      names: [...memoryNames, "model", "chunk", "guesses", "guess"],
      like: writerLike,
    });
    const { model, chunk = 32, guesses = 0, guess = guessByLookup, ...memory } = options;
    needFunction("serving.writer", model, writerLike);
    const sizes = memorySizes("serving.writer", memory);
    if (!Number.isSafeInteger(chunk) || chunk < 1)
      throw new Fault("serving/sizes", `chunk is a whole number from 1 on, not ${String(chunk)}`);
    if (!Number.isSafeInteger(guesses) || guesses < 0)
      throw new Fault("serving/sizes", `guesses is a whole number from 0 on, not ${String(guesses)}`);
    needFunction("guess", guess, "guess: (text, count) => text.slice(-count)");
    this.#workspace = workspace;
    this.#memory = new Memory(workspace, sizes, model);
    this.#chunk = chunk;
    this.#guesses = guesses;
    this.#guess = guess;
    this.#writing = Array.from({ length: sizes.sequences }, () => undefined);
  }

  /** Bytes of keys and values on the device. */
  get bytes(): number {
    return this.#memory.bytes;
  }

  get sizes(): MemorySizes {
    return this.#memory.sizes;
  }

  get report(): WriterReport {
    return {
      waiting: this.#queue.length,
      writing: this.#active().length,
      freePages: this.#memory.pages.free,
      steps: this.#steps,
      guessed: this.#guessed,
      right: this.#right,
      tokens: this.#tokens,
      tokensPerSecond: this.#busy === 0 ? 0 : (this.#tokens / this.#busy) * 1000,
      requests: [...this.#done],
    };
  }

  /**
   * Goes on from a prompt, token by token. Several at once share their steps. Breaking off ends the request. Faults: `serving/prompt`,
   * `serving/room`, those of the model.
   */
  async *write(prompt: ArrayLike<number>, manner: Manner = {}): AsyncGenerator<number, void, undefined> {
    const request = this.#ask(prompt, manner);
    try {
      for (let token = await request.next(); token !== undefined; token = await request.next()) yield token;
    } finally {
      request.isLeft = true;
    }
  }

  /** All tokens that go on from each of several prompts. `manner` may say it for each prompt. */
  async all(
    prompts: readonly ArrayLike<number>[],
    manner: Manner | ((at: number) => Manner) = {},
  ): Promise<number[][]> {
    const requests = prompts.map((prompt, at) =>
      this.#ask(prompt, typeof manner === "function" ? manner(at) : manner),
    );
    return Promise.all(requests.map((request) => finished(request)));
  }

  #ask(prompt: ArrayLike<number>, manner: Manner): Request {
    checkOptions("write", manner, mannerNames);
    const { length } = this.#memory.sizes;
    const tokens = Array.from(prompt);
    if (tokens.length === 0) throw noPrompt();
    const { most = length - tokens.length } = manner;
    if (tokens.length + most > length || most < 1) throw noRoom(tokens.length, most, length);
    const request = new Request(tokens, { ...manner, most }, this.#workspace.clock.now());
    if (!this.#memory.pages.fits(request.room)) throw noRoom(tokens.length, most, length);
    this.#queue.push(request);
    if (!this.#isRunning) void this.#run();
    return request;
  }

  #active(): readonly Request[] {
    return this.#writing.filter((request) => request !== undefined);
  }

  /** Steps, as long as there is something to do. Never rejects: who waits for tokens hears what went wrong. */
  async #run(): Promise<void> {
    this.#isRunning = true;
    // Requests that are made in one go begin together.
    await Promise.resolve();
    try {
      while (this.#queue.length > 0 || this.#active().length > 0) {
        this.#letIn();
        const start = this.#workspace.clock.now();
        await this.#step();
        this.#busy += this.#workspace.clock.now() - start;
        this.#letOut();
      }
    } catch (error) {
      for (const request of [...this.#active(), ...this.#queue.splice(0)]) request.fail(error);
      this.#letOut();
    } finally {
      this.#isRunning = false;
    }
  }

  /** Those at the head of the queue, as far as there are sequences and pages. */
  #letIn(): void {
    const { pages } = this.#memory;
    for (let [next] = this.#queue; next !== undefined; [next] = this.#queue) {
      const sequence = this.#writing.indexOf(undefined);
      if (!next.isLeft && (sequence < 0 || !pages.has(next.room))) return;
      this.#queue.shift();
      if (next.isLeft) continue;
      pages.take(sequence, next.room);
      next.join(sequence, this.#workspace.clock.now());
      this.#writing[sequence] = next;
    }
  }

  #letOut(): void {
    for (const request of this.#active()) {
      if (!request.isOver && !request.isLeft) continue;
      this.#writing[request.sequence] = undefined;
      this.#memory.pages.leave(request.sequence);
      this.#done.push(request.report);
    }
  }

  /** Prompts come first: whoever has joined takes part in the next step of all. */
  async #step(): Promise<void> {
    const active = this.#active();
    if (active.length === 0) return;
    const reading = active.filter(({ read, prompt }) => read < prompt.length);
    if (reading.length > 0) await this.#readOn(reading);
    else await this.#writeOn();
    this.#steps += 1;
  }

  /** Reads as many tokens of prompts as a step has rows. Those whose prompt ends draw their first token. */
  async #readOn(reading: readonly Request[]): Promise<void> {
    const rows: Row[] = [];
    const ending: { readonly request: Request; readonly row: number }[] = [];
    const read = new Map<Request, number>();
    for (const request of reading) {
      const { prompt, sequence } = request;
      const end = Math.min(prompt.length, request.read + this.#chunk - rows.length);
      for (let place = request.read; place < end; place++)
        rows.push({ token: prompt[place] ?? 0, sequence, place });
      read.set(request, end);
      if (end === prompt.length) ending.push({ request, row: rows.length - 1 });
      if (rows.length === this.#chunk) break;
    }
    const drawn = await this.#memory.step({
      count: this.#chunk,
      rows,
      results: ending.map(({ request: { choosing }, row }) => ({ row, choosing })),
      most: Math.min(this.#chunk, this.#memory.sizes.sequences),
      isEach: false,
    });
    for (const [request, end] of read) request.read = end;
    const now = this.#workspace.clock.now();
    ending.forEach(({ request }, at) => this.#add(request, drawn[at] ?? 0, now));
  }

  /**
   * One token for each, and as many more as its guess was right: behind each guessed token, too, a token is drawn. What is drawn behind a right
   * one is what the next step would have drawn, with the same noise; what stands behind a wrong one is thrown away.
   */
  async #writeOn(): Promise<void> {
    const each = 1 + this.#guesses;
    const guesses = await Promise.all(this.#writing.map((request) => this.#guessFor(request)));
    const table = this.#writing.flatMap((request, at) => rowsOf(request, guesses[at] ?? [], each));
    const drawn = await this.#memory.step({
      count: table.length,
      rows: table.map(({ row }) => row),
      results: table.map(({ choosing }, row) => ({ row, choosing })),
      most: table.length,
      isEach: true,
    });
    const now = this.#workspace.clock.now();
    this.#writing.forEach((request, at) => {
      if (request === undefined) return;
      const guess = guesses[at] ?? [];
      this.#guessed += guess.length;
      for (let row = 0; row <= guess.length && !request.isOver; row++) {
        const token = drawn[at * each + row] ?? 0;
        this.#add(request, token, now);
        if (token !== guess[row]) break;
        this.#right += 1;
      }
    });
  }

  async #guessFor(request: Request | undefined): Promise<readonly number[]> {
    if (request === undefined || this.#guesses === 0) return [];
    const { prompt, written, most } = request;
    // Its last token is drawn, and never read.
    const count = Math.min(this.#guesses, most - written.length - 1);
    if (count < 1) return [];
    const guess = await this.#guess([...prompt, ...written], count);
    return guess.slice(0, count);
  }

  #add(request: Request, token: number, now: number): void {
    request.add(token, now);
    this.#tokens += 1;
  }
}

async function finished(request: Request): Promise<number[]> {
  for (let token = await request.next(); token !== undefined;) token = await request.next();
  return request.written;
}

function noPrompt(): Fault {
  return new Fault("serving/prompt", "a prompt has at least one token", {
    hint: 'writer.write([...new TextEncoder().encode("Call me ")])',
  });
}

function noRoom(prompt: number, most: number, length: number): Fault {
  return new Fault(
    "serving/room",
    `a prompt of ${prompt} tokens and ${most} more do not fit into ${length}`,
    {
      hint: "give the writer a greater length or more pages, a shorter prompt, or say { most }",
    },
  );
}
