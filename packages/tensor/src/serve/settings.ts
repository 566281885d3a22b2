import { Fault } from "@tilebook/base";
import { needFunction, needOptions, refuseAlone } from "../options.ts";
import { sayGiven } from "../output/say.ts";
import type { DraftOptions } from "./draft.ts";
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
  /** Steps in which so many texts write, at most, have rows for no more; 0, the default: all steps have rows for all. */
  readonly few?: number;
  /** Guesses by a smaller model. */
  readonly draft?: DraftOptions;
}

/** The same, checked, with nothing left open. */
export interface WriterSettings {
  readonly sizes: MemorySizes;
  readonly model: Model;
  readonly chunk: number;
  readonly guesses: number;
  readonly guess: Guess;
  /** Less than there are sequences; 0 for none. */
  readonly few: number;
  readonly draft: { readonly memory: MemorySizes; readonly model: Model } | undefined;
}

const like = "serving.writer({ model, layers: 2, heads: 4, headSize: 32, length: 128 })";

const draftNames = ["model", "layers", "heads", "headSize", "dtype"] as const;
const draftLike = "draft: { model, layers: 1, heads: 4, headSize: 32 }";

/** Faults `serving/sizes`, `tensor/option`, `tensor/argument`. */
export function settingsOf(options: WriterOptions): WriterSettings {
  needOptions("serving.writer", options, {
    names: [...memoryNames, "model", "chunk", "guesses", "guess", "few", "draft"],
    needs: ["model"],
    like,
  });
  if (options.draft !== undefined && options.guess !== undefined)
    throw new Fault("tensor/option", "a draft guesses by itself, and guess would do nothing", {
      hint: "give one of the two",
    });
  refuseAlone(options, "guess", "guesses", "{ guesses: 3, guess: (text, count) => ... }");
  const { model, chunk = 32, guess = guessByLookup, few = 0, draft, ...rest } = options;
  const { guesses = draft === undefined ? 0 : 3, ...memory } = rest;
  needFunction("model of serving.writer", model, "model: (rows) => scores");
  needFunction("guess", guess, "guess: (text, count) => text.slice(-count)");
  needCount("chunk", chunk, 1);
  needCount("guesses", guesses, 0);
  needCount("few", few, 0);
  const rows = Math.max(chunk, 1 + guesses);
  const sizes = memorySizes("serving.writer", memory, rows);
  const fewer = few < sizes.sequences ? few : 0;
  return { sizes, model, chunk, guesses, guess, few: fewer, draft: draftOf(draft, { sizes, guesses, rows }) };
}

/** Its memory is for the same texts. */
function draftOf(
  draft: DraftOptions | undefined,
  { sizes, guesses, rows }: { readonly sizes: MemorySizes; readonly guesses: number; readonly rows: number },
): WriterSettings["draft"] {
  if (draft === undefined) return undefined;
  needOptions("draft", draft, {
    names: draftNames,
    needs: ["model", "layers", "heads", "headSize"],
    like: draftLike,
  });
  needFunction("model of draft", draft.model, draftLike);
  needCount("guesses", guesses, 1);
  const { sequences, length, page, dtype, window, sinks } = sizes;
  const seen = window < length ? { window, sinks } : {};
  const { model, ...own } = draft;
  return { model, memory: memorySizes("draft", { sequences, length, page, dtype, ...seen, ...own }, rows) };
}

function needCount(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least)
    throw new Fault("serving/sizes", `${name} is a whole number from ${least} on, not ${sayGiven(value)}`, {
      hint: `for example ${name}: ${name === "chunk" ? 32 : 3}`,
    });
}
