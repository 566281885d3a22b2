import type { Workspace } from "../workspace.ts";
import { Memory, type StepWish } from "./memory.ts";
import type { Model } from "./model.ts";
import type { Request } from "./request.ts";
import type { Choosing, Row } from "./rows.ts";
import type { MemoryDType, MemorySizes } from "./sizes.ts";
import { type TurnSizes, wishToRead } from "./turns.ts";

/** A smaller model that guesses, with keys and values of its own for the same texts. */
export interface DraftOptions {
  readonly model: Model;
  readonly layers: number;
  readonly heads: number;
  readonly headSize: number;
  /** How keys and values are kept; by default as the writer's are. */
  readonly dtype?: MemoryDType;
}

interface Wanted {
  readonly tokens: readonly number[];
  readonly choosing: Choosing;
  /** How many tokens are guessed. */
  readonly count: number;
}

/**
 * Guesses what follows each text by a smaller model. It reads of a text only what it has not read yet: what stands behind a wrong guess is read anew, and
 * written over. All guesses of all texts are one run: what is drawn in one step is read in the next, and stays on the device.
 * They are drawn as the writer draws, with the same noise, so that a model that is nearly the same guesses nearly all.
 */
export class Draft {
  readonly #memory: Memory;
  readonly #sizes: TurnSizes;
  readonly #guesses: number;
  /** By sequence: the tokens that stand in the memory. */
  readonly #read: number[][];

  constructor(
    workspace: Workspace,
    { memory, model }: { readonly memory: MemorySizes; readonly model: Model },
    { chunk, guesses }: { readonly chunk: number; readonly guesses: number },
  ) {
    const { sequences, length } = memory;
    this.#memory = new Memory(workspace, memory, model);
    this.#sizes = { chunk, sequences };
    this.#guesses = guesses;
    this.#read = Array.from({ length: sequences }, () => []);
    for (let sequence = 0; sequence < sequences; sequence++) this.#memory.pages.take(sequence, length);
  }

  get bytes(): number {
    return this.#memory.bytes;
  }

  /** Tokens that may follow each of the texts, all of them below `known`. */
  async guess(
    writing: readonly (Request | undefined)[],
    known: number,
  ): Promise<readonly (readonly number[])[]> {
    const texts = writing.map((request) => wantedOf(request, this.#guesses));
    if (texts.every((text) => text === undefined)) return texts.map(() => []);
    texts.forEach((text, sequence) => this.#forgetOthers(sequence, text));
    try {
      for (let rows = this.#unread(texts); rows.length > 0; rows = this.#unread(texts))
        await this.#memory.steps([{ ...wishToRead(this.#sizes), rows }]);
      const guesses = await this.#guessOn(texts);
      return guesses.map((guess) => upTo(guess, (token) => token >= known));
    } catch (error) {
      // Who knows what was written.
      for (const read of this.#read) read.length = 0;
      throw error;
    }
  }

  /** Runs a step of each form, for nobody. */
  async prepare(draws: boolean): Promise<void> {
    const nobody = this.#read.map(() => undefined);
    await this.#memory.steps([wishToRead(this.#sizes)]);
    await this.#memory.steps(this.#wishes(nobody, draws));
  }

  /** What stands there of another text, or of wrong guesses. The last token is read in any case: a token is drawn of it. */
  #forgetOthers(sequence: number, text: Wanted | undefined): void {
    const read = this.#read[sequence];
    if (read === undefined || text === undefined) return;
    let same = 0;
    while (same < text.tokens.length - 1 && read[same] === text.tokens[same]) same++;
    // With a window, what another text had there may be written over.
    const { window, length } = this.#memory.sizes;
    read.length = window < length && read.length - same > this.#guesses ? 0 : same;
  }

  /** As many rows as a step reads, of texts of which more than two tokens were not read. Notes them as read. */
  #unread(texts: readonly (Wanted | undefined)[]): readonly Row[] {
    const rows: Row[] = [];
    texts.forEach((text, sequence) => {
      const read = this.#read[sequence] ?? [];
      const { tokens = [] } = text ?? {};
      while (tokens.length - read.length > 2 && rows.length < this.#sizes.chunk)
        rows.push(readNext(read, tokens, sequence));
    });
    return rows;
  }

  async #guessOn(texts: readonly (Wanted | undefined)[]): Promise<readonly (readonly number[])[]> {
    const draws = texts.some((text) => (text?.choosing.temperature ?? 0) > 0);
    const drawn = await this.#memory.steps(this.#wishes(texts, draws));
    return texts.map((text, sequence) => {
      const guess = drawn.slice(0, text?.count ?? 0).map((tokens) => Math.max(tokens[sequence] ?? 0, 0));
      this.#read[sequence]?.push(...guess.slice(0, -1));
      return guess;
    });
  }

  /** The first step reads up to two tokens of each text: the last one, and where all guesses were right, the last guess, too. */
  #wishes(texts: readonly (Wanted | undefined)[], draws: boolean): readonly StepWish[] {
    const { sequences } = this.#sizes;
    const rows: Row[] = [];
    const results = texts.map((text, sequence) => {
      const read = this.#read[sequence] ?? [];
      const { tokens, choosing } = text ?? { tokens: [], choosing: {} };
      while (read.length < tokens.length) rows.push(readNext(read, tokens, sequence));
      return { row: text === undefined ? -1 : rows.length - 1, choosing };
    });
    const first = { count: 2 * sequences, rows, results, most: sequences, isEach: false, draws };
    const others = Array.from({ length: this.#guesses - 1 }, (_, at) => followingWish(texts, at + 1, draws));
    return [first, ...others];
  }
}

function upTo<T>(list: readonly T[], isEnd: (one: T) => boolean): readonly T[] {
  const end = list.findIndex(isEnd);
  return end < 0 ? list : list.slice(0, end);
}

function wantedOf(request: Request | undefined, guesses: number): Wanted | undefined {
  const count = request?.mostGuesses(guesses) ?? 0;
  if (request === undefined || count < 1) return undefined;
  return { tokens: [...request.prompt, ...request.written], choosing: request.choosing, count };
}

function readNext(read: number[], tokens: readonly number[], sequence: number): Row {
  const place = read.length;
  const token = tokens[place] ?? 0;
  read.push(token);
  return { token, sequence, place };
}

/** One token of each text: what was drawn in the step before. */
function followingWish(texts: readonly (Wanted | undefined)[], at: number, draws: boolean): StepWish {
  const table = texts.map((text, sequence) => {
    const isIn = text !== undefined && at < text.count;
    const place = isIn ? text.tokens.length - 1 + at : 0;
    return { token: 0, sequence: isIn ? sequence : -1, place };
  });
  const results = texts.map((text, row) => ({ row, choosing: text?.choosing ?? {} }));
  return { count: texts.length, rows: table, results, most: texts.length, isEach: true, draws };
}
