import { Fault } from "@tilebook/base";
import { sayGiven, sayKind } from "../output/say.ts";
import { Tensor } from "../tensor.ts";
import type { Bounds } from "./model.ts";

/** The tokens of a prompt. Fault `serving/prompt`. */
export function tokensOf(prompt: unknown): readonly number[] {
  if (typeof prompt !== "object" || prompt === null || prompt instanceof Tensor)
    throw noPrompt(sayKind(prompt), promptHint(prompt));
  const tokens = Array.from(prompt as ArrayLike<number>);
  if (tokens.length === 0) throw noPrompt("one without tokens", promptHint(undefined));
  const stray = tokens.find((token) => !Number.isSafeInteger(token) || token < 0);
  if (stray === undefined) return tokens;
  throw noPrompt(
    `one with ${sayGiven(stray)}`,
    "tokens are whole numbers from 0 on, as a tokenizer gives them",
  );
}

function promptHint(prompt: unknown): string {
  if (prompt instanceof Tensor) return "writer.write(await x.data())";
  if (typeof prompt === "number")
    return `writer.write([${prompt}]); writer.all([[1, 2]]) takes a list of prompts`;
  return 'words.encode("Call me ") of its tokenizer, or of bytes [...new TextEncoder().encode("Call me ")]';
}

function noPrompt(given: string, hint: string): Fault {
  return new Fault("serving/prompt", `a prompt is a list of tokens, not ${given}`, { hint });
}

/** Tokens that the model knows: a row is looked up for each, or it has a score for each. */
export function knownOf({ tokens, words }: Bounds): number {
  return Number.isFinite(tokens) ? tokens : words;
}

/** Fault `serving/prompt` for a token that the model does not know. */
export function needKnown(prompt: readonly number[], bounds: Bounds): void {
  const known = knownOf(bounds);
  const stray = prompt.findIndex((token) => token >= known);
  if (stray < 0) return;
  throw new Fault(
    "serving/prompt",
    `token ${prompt[stray]} of a prompt, at place ${stray}, is none of the model's ${known}`,
    {
      hint: `its tokens are 0 to ${known - 1}: is the tokenizer that of this model?`,
    },
  );
}

export function noPlaces(prompt: number, most: number, places: number): Fault {
  return new Fault(
    "serving/room",
    `a prompt of ${prompt} tokens and ${most} more do not fit into the ${places} places that the model has rows for`,
    { hint: `give a shorter prompt, say { most }, or make the writer with length: ${places}` },
  );
}

export function noRoom(prompt: number, most: number, length: number): Fault {
  return new Fault(
    "serving/room",
    `a prompt of ${prompt} tokens and ${most} more do not fit into ${length}`,
    {
      hint: "give the writer a greater length or more pages, a shorter prompt, or say { most }",
    },
  );
}
