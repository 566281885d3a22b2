import { checkOptions, needList } from "../options.ts";
import { Shown } from "../output/shown.ts";
import type { Workspace } from "../workspace.ts";
import { Draft } from "./draft.ts";
import { type Guesser, guesserBy } from "./guess.ts";
import { Memory } from "./memory.ts";
import { checkManner, type Manner, mannerNames } from "./manner.ts";
import { knownOf, needKnown, noPlaces, noRoom, tokensOf } from "./prompt.ts";
import { Request, type RequestReport } from "./request.ts";
import { Seats } from "./seats.ts";
import { settingsOf, type WriterOptions, type WriterSettings } from "./settings.ts";
import type { MemorySizes } from "./sizes.ts";
import { emptySteps, readOn, together, type Turn, type TurnSizes, wishToRead, writeOn } from "./turns.ts";

/** Of so many requests that are done, a writer knows what became of each. */
const mostReports = 1000;

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
  /** Tokens of all texts that nobody looks at any more: they are in no window, and their memory is written over. */
  readonly forgotten: number;
  /** While steps ran. */
  readonly tokensPerSecond: number;
  /** Requests that are done. */
  readonly done: number;
  /** Of the last 1,000 of them that have a token, in the order in which they ended. */
  readonly requests: readonly RequestReport[];
}

/**
 * Writes texts on by a model, several at once: those that wait join as soon as a sequence and pages are free, all that write take part in one
 * step each token, and who is done leaves. Every step has the same shape, so the tokens of a request do not depend on the others.
 */
export class Writer extends Shown {
  readonly #workspace: Workspace;
  readonly #settings: WriterSettings;
  readonly #memory: Memory;
  readonly #seats: Seats;
  readonly #draft: Draft | undefined;
  readonly #guess: Guesser;
  readonly #prepared: Promise<void>;
  #isRunning = false;
  /** Steps that prompts have waited since one was read: those of each of them, together. */
  #waited = 0;
  #busy = 0;
  readonly #count = { steps: 0, tokens: 0, guessed: 0, right: 0, done: 0, forgotten: 0 };
  readonly #reports: RequestReport[] = [];

  constructor(workspace: Workspace, options: WriterOptions) {
    super();
    const settings = settingsOf(options);
    this.#workspace = workspace;
    this.#settings = settings;
    this.#memory = new Memory(workspace, settings.sizes, settings.model);
    this.#seats = new Seats(this.#memory.pages, settings.sizes.sequences, (report) => this.#note(report));
    const { draft, guess, guesses } = settings;
    const drafting = draft && new Draft(workspace, draft, settings);
    this.#draft = drafting;
    const known = (): number => knownOf(this.#memory.boundsBy(wishToRead(this.#turns)));
    this.#guess = drafting ? (writing) => drafting.guess(writing, known()) : guesserBy(guess, guesses, known);
    this.#prepared = this.#prepare();
  }

  /** Bytes of keys and values on the device, those of a draft included. */
  get bytes(): number {
    return this.#memory.bytes + (this.#draft?.bytes ?? 0);
  }

  get sizes(): MemorySizes {
    return this.#settings.sizes;
  }

  get #turns(): TurnSizes {
    const { chunk, sizes } = this.#settings;
    return { chunk, sequences: sizes.sequences };
  }

  get report(): WriterReport {
    const { waiting, active } = this.#seats;
    const { forgotten, ...count } = this.#count;
    return {
      waiting,
      writing: active.length,
      freePages: this.#memory.pages.free,
      ...count,
      forgotten: active.reduce((sum, { report }) => sum + forgottenOf(report, this.sizes), forgotten),
      tokensPerSecond: this.#busy === 0 ? 0 : (this.#count.tokens / this.#busy) * 1000,
      requests: [...this.#reports],
    };
  }

  said(): Readonly<Record<string, unknown>> {
    const { sequences, pages } = this.sizes;
    const { writing, waiting, done, tokens, tokensPerSecond, guessed, right, freePages } = this.report;
    return {
      "texts under way": `${writing} of ${sequences}`,
      waiting,
      done,
      "tokens written": tokens,
      "tokens a second": Math.round(tokensPerSecond),
      ...(guessed > 0 && { "right guesses": `${right} of ${guessed}` }),
      "pages used": `${pages - freePages} of ${pages}`,
      "bytes of keys and values": this.bytes,
    };
  }

  /**
   * Goes on from a prompt, token by token. Several at once share their steps. Breaking off ends the request, and so does its signal. Faults:
   * `serving/prompt`, `serving/manner`, `serving/room`, those of the model.
   */
  async *write(prompt: ArrayLike<number>, manner: Manner = {}): AsyncGenerator<number, void, undefined> {
    const request = this.#ask(prompt, manner);
    try {
      for (let token = await request.next(); token !== undefined; token = await request.next()) yield token;
    } finally {
      request.end();
    }
  }

  /** All tokens that go on from each of several prompts. `manner` may say it for each prompt. What fails of one ends all. */
  async all(
    prompts: readonly ArrayLike<number>[],
    manner: Manner | ((at: number) => Manner | undefined) = {},
  ): Promise<number[][]> {
    needList("writer.all", prompts, "writer.all([[3, 1, 4], [1, 5]])");
    const requests: Request[] = [];
    try {
      for (const [at, prompt] of prompts.entries())
        requests.push(this.#ask(prompt, typeof manner === "function" ? (manner(at) ?? {}) : manner));
      return await Promise.all(requests.map((request) => finished(request)));
    } finally {
      for (const request of requests) request.end();
    }
  }

  #note(report: RequestReport): void {
    this.#count.done += 1;
    this.#count.forgotten += forgottenOf(report, this.sizes);
    if (report.tokens > 0) this.#reports.push(report);
    if (this.#reports.length > mostReports) this.#reports.shift();
  }

  #ask(prompt: ArrayLike<number>, manner: Manner): Request {
    checkOptions("write", manner, mannerNames);
    const { length } = this.sizes;
    checkManner(manner);
    const tokens = tokensOf(prompt);
    const { most = Math.max(1, length - tokens.length), signal = this.#workspace.host.signal() } = manner;
    signal?.throwIfAborted();
    if (tokens.length + most > length) throw noRoom(tokens.length, most, length);
    const bounds = this.#memory.boundsBy(wishToRead(this.#turns));
    // The last token is written, and never read.
    if (tokens.length + most - 1 > bounds.places) throw noPlaces(tokens.length, most, bounds.places);
    needKnown(tokens, bounds);
    const request = new Request(tokens, { ...manner, most, signal }, this.#workspace.clock.now());
    if (!this.#memory.pages.fits(request.room)) throw noRoom(tokens.length, most, length);
    this.#seats.enter(request);
    if (!this.#isRunning) void this.#run();
    return request;
  }

  /**
   * Runs a step of each form, in which nobody takes part, as long as nobody asks for something: so what there is to compile is there when
   * somebody does. What goes wrong is told to whoever asks.
   */
  async #prepare(): Promise<void> {
    const { guesses } = this.#settings;
    // Who asks at once is not kept waiting for steps of nobody.
    await Promise.resolve();
    try {
      for (const wish of emptySteps(this.#turns, 1 + guesses, this.#settings.few))
        if (this.#seats.isEmpty) await this.#memory.step(wish);
      for (const draws of [false, true]) if (this.#seats.isEmpty) await this.#draft?.prepare(draws);
    } catch {
      // It comes again.
    }
  }

  /** Steps, as long as there is something to do. Never rejects: who waits for tokens hears what went wrong. */
  async #run(): Promise<void> {
    this.#isRunning = true;
    // Requests that are made in one go begin together.
    await this.#prepared;
    const { clock } = this.#workspace;
    try {
      while (!this.#seats.isEmpty) {
        this.#seats.letIn(clock.now());
        const start = clock.now();
        await this.#step();
        this.#busy += clock.now() - start;
        this.#seats.letOut();
      }
    } catch (error) {
      this.#seats.fail(error);
    } finally {
      this.#isRunning = false;
    }
  }

  async #step(): Promise<void> {
    if (this.#seats.active.length === 0) return;
    const { wish, handOut } = await this.#turn();
    const drawn = await this.#memory.step(wish);
    const { tokens, guessed, right } = handOut(drawn, this.#workspace.clock.now());
    this.#count.steps += 1;
    this.#count.tokens += tokens;
    this.#count.guessed += guessed;
    this.#count.right += right;
  }

  async #turn(): Promise<Turn> {
    const { guesses } = this.#settings;
    const { active, writing } = this.#seats;
    const reading = active.filter(({ unread }) => unread > 0);
    if (this.#isTimeToRead(reading, active.length - reading.length)) {
      this.#waited = 0;
      return readOn(reading, this.#turns);
    }
    this.#waited += reading.length;
    const ready = writing.map((request) => (request?.unread === 0 ? request : undefined));
    const texts = together(ready, guesses > 0 ? await this.#guess(ready) : [], this.#settings.few);
    return writeOn(texts, 1 + guesses);
  }

  /**
   * While prompts are read, all who write wait for a step. So prompts wait until there are enough for a whole step, or until they have waited as
   * many steps, all together, as those who write would then.
   */
  #isTimeToRead(reading: readonly Request[], writing: number): boolean {
    const unread = reading.reduce((sum, request) => sum + request.unread, 0);
    const isBegun = reading.some(({ read }) => read > 0);
    const isLongEnough = this.#waited + reading.length >= writing;
    return unread > 0 && (isBegun || unread >= this.#settings.chunk || isLongEnough);
  }
}

async function finished(request: Request): Promise<number[]> {
  for (let token = await request.next(); token !== undefined;) token = await request.next();
  return request.written;
}

function forgottenOf({ prompt, tokens }: RequestReport, { window, sinks }: MemorySizes): number {
  return Math.max(0, prompt + tokens - window - sinks);
}
