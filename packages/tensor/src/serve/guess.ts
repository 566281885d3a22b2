import { Fault } from "@tilebook/base";
import { sayKind } from "../output/say.ts";
import type { Request } from "./request.ts";

/** Tokens that may follow a text: at most `count`, or none. */
export type Guess = (
  text: readonly number[],
  count: number,
) => readonly number[] | Promise<readonly number[]>;

/** Tokens that a guess looks back at: the more that match, the better. */
const longestMatch = 4;

/** What followed the last tokens of the text where they stood before: of the longest match the latest (prompt lookup, Saxena 2023). */
export function guessByLookup(text: readonly number[], count: number): readonly number[] {
  for (let size = Math.min(longestMatch, text.length - 1); size > 0; size--) {
    const end = text.slice(-size);
    for (let at = text.length - size - 1; at >= 0; at--)
      if (end.every((token, k) => text[at + k] === token)) return text.slice(at + size, at + size + count);
  }
  return [];
}

/** Tokens that may follow each of the texts that are written, by sequence. */
export type Guesser = (writing: readonly (Request | undefined)[]) => Promise<readonly (readonly number[])[]>;

/** Guesses for each text by itself, tokens below `known()`. Fault `serving/guess`. */
export function guesserBy(guess: Guess, guesses: number, known: () => number): Guesser {
  const forOne = async (request: Request | undefined): Promise<readonly number[]> => {
    const count = request?.mostGuesses(guesses) ?? 0;
    if (request === undefined || count < 1) return [];
    const found = await guess([...request.prompt, ...request.written], count);
    if (!Array.isArray(found))
      throw new Fault("serving/guess", `a guess is a list of tokens, not ${sayKind(found)}`, {
        hint: "an empty list guesses nothing",
      });
    const guessed = found.slice(0, count);
    const words = known();
    const stray = guessed.find((token) => !Number.isSafeInteger(token) || token < 0 || token >= words);
    if (stray === undefined) return guessed;
    throw new Fault(
      "serving/guess",
      `${String(stray)} is guessed, and is none of the model's ${words} tokens`,
    );
  };
  return (writing) => Promise.all(writing.map(forOne));
}
