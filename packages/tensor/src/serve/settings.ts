import { Fault } from "@tilebook/base";
import { needFunction, needOptions } from "../options.ts";
import { type Guess, guessByLookup } from "./guess.ts";
import type { Model } from "./model.ts";
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

/** The same, checked, with nothing left open. */
export interface WriterSettings {
  readonly sizes: MemorySizes;
  readonly model: Model;
  readonly chunk: number;
  readonly guesses: number;
  readonly guess: Guess;
}

const like = "serving.writer({ model, layers: 2, heads: 4, headSize: 32, length: 128 })";

/** Faults `serving/sizes`, `tensor/option`, `tensor/argument`. */
export function settingsOf(options: WriterOptions): WriterSettings {
  needOptions("serving.writer", options, {
    names: [...memoryNames, "model", "chunk", "guesses", "guess"],
    like,
  });
  const { model, chunk = 32, guesses = 0, guess = guessByLookup, ...memory } = options;
  needFunction("serving.writer", model, like);
  needFunction("guess", guess, "guess: (text, count) => text.slice(-count)");
  needCount("chunk", chunk, 1);
  needCount("guesses", guesses, 0);
  const sizes = memorySizes("serving.writer", memory, Math.max(chunk, 1 + guesses));
  return { sizes, model, chunk, guesses, guess };
}

function needCount(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least)
    throw new Fault("serving/sizes", `${name} is a whole number from ${least} on, not ${String(value)}`);
}
