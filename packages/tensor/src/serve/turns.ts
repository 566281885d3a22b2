import type { StepWish } from "./memory.ts";
import type { Request } from "./request.ts";
import type { Choosing, Row } from "./rows.ts";

/** One step, and who gets what is drawn in it. */
export interface Turn {
  readonly wish: StepWish;
  readonly handOut: (drawn: Int32Array, now: number) => HandedOut;
}

export interface HandedOut {
  readonly tokens: number;
  readonly guessed: number;
  readonly right: number;
}

export interface TurnSizes {
  /** Tokens of prompts that a step reads. */
  readonly chunk: number;
  readonly sequences: number;
}

/** A step that reads nothing, of the form of those that read. */
export function wishToRead({ chunk, sequences }: TurnSizes): StepWish {
  const most = Math.min(chunk, sequences);
  return { count: chunk, rows: [], results: [], most, isEach: false, draws: false };
}

/** Reads as many tokens of prompts as a step has rows. Those whose prompt ends draw their first token. */
export function readOn(reading: readonly Request[], { chunk, sequences }: TurnSizes): Turn {
  const rows: Row[] = [];
  const ending: { readonly request: Request; readonly row: number }[] = [];
  const read = new Map<Request, number>();
  for (const request of reading) {
    const { prompt, sequence } = request;
    const end = Math.min(prompt.length, request.read + chunk - rows.length);
    for (let place = request.read; place < end; place++)
      rows.push({ token: prompt[place] ?? 0, sequence, place });
    read.set(request, end);
    if (end === prompt.length) ending.push({ request, row: rows.length - 1 });
    if (rows.length === chunk) break;
  }
  const results = ending.map(({ request: { choosing }, row }) => ({ row, choosing }));
  return {
    wish: { ...wishToRead({ chunk, sequences }), rows, results, draws: results.some(hasHeat) },
    handOut: (drawn, now) => {
      for (const [request, end] of read) request.read = end;
      ending.forEach(({ request }, at) => request.add(drawn[at] ?? 0, now));
      return { tokens: ending.length, guessed: 0, right: 0 };
    },
  };
}

/** A text that is written on, and what is guessed behind its last token. */
export interface Text {
  readonly request: Request;
  readonly guess: readonly number[];
}

/**
 * Those that take part in a step, by place: as many places as there are sequences, or `few`, where no more take part. `guesses` are by
 * sequence, too.
 */
export function together(
  ready: readonly (Request | undefined)[],
  guesses: readonly (readonly number[])[],
  few: number,
): readonly (Text | undefined)[] {
  const all = ready.map((request, at) => request && { request, guess: guesses[at] ?? [] });
  const there = all.filter((text) => text !== undefined);
  if (few === 0 || there.length > few) return all;
  return Array.from({ length: few }, (_, at) => there[at]);
}

/**
 * One token for each, and as many more as its guess was right: behind each guessed token, too, a token is drawn. What is drawn behind a right
 * one is what the next step would have drawn, with the same noise; what stands behind a wrong one is thrown away.
 */
export function writeOn(texts: readonly (Text | undefined)[], each: number): Turn {
  const table = texts.flatMap((text) => rowsOf(text, each));
  return {
    wish: {
      count: table.length,
      rows: table.map(({ row }) => row),
      results: table.map(({ choosing }, row) => ({ row, choosing })),
      most: table.length,
      isEach: true,
      draws: table.some(hasHeat),
    },
    handOut: (drawn, now) => {
      const handed = { tokens: 0, guessed: 0, right: 0 };
      texts.forEach((text, at) => {
        if (text === undefined) return;
        const { request, guess } = text;
        const tokens = drawn.subarray(at * each, at * each + guess.length + 1);
        const right = giveWhileRight(request, { tokens, guess, now });
        handed.guessed += guess.length;
        handed.tokens += right + 1;
        handed.right += right;
      });
      return handed;
    },
  };
}

/** How many tokens of the guess were right, as far as they were wanted: one token more is given. */
function giveWhileRight(
  request: Request,
  {
    tokens,
    guess,
    now,
  }: { readonly tokens: Int32Array; readonly guess: readonly number[]; readonly now: number },
): number {
  for (const [row, token] of tokens.entries()) {
    request.add(token, now);
    if (request.isOver || token !== guess[row]) return row;
  }
  return guess.length;
}

const emptyRow = { row: { token: 0, sequence: -1, place: 0 }, choosing: {} };

/** A text's last token and what is guessed behind it, and empty rows up to `each`. */
function rowsOf(
  text: Text | undefined,
  each: number,
): readonly { readonly row: Row; readonly choosing: Choosing }[] {
  return Array.from({ length: each }, (_, at) => {
    if (text === undefined || at > text.guess.length) return emptyRow;
    const { prompt, written, sequence, choosing } = text.request;
    const token = at === 0 ? (written.at(-1) ?? 0) : (text.guess[at - 1] ?? 0);
    return { row: { token, sequence, place: prompt.length + written.length - 1 + at }, choosing };
  });
}

function hasHeat({ choosing: { temperature = 0 } }: { readonly choosing: Choosing }): boolean {
  return temperature > 0;
}

/** Steps of all forms that steps have, in which nobody takes part. */
export function emptySteps(sizes: TurnSizes, each: number, few: number): readonly StepWish[] {
  const places = few > 0 ? [few, sizes.sequences] : [sizes.sequences];
  const nobody = places.map((length) => Array.from({ length }, () => undefined));
  const forms = [wishToRead(sizes), ...nobody.map((texts) => writeOn(texts, each).wish)];
  return [false, true].flatMap((draws) => forms.map((wish) => ({ ...wish, draws })));
}
