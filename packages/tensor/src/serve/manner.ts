import { Fault } from "@tilebook/base";
import { refuseAlone } from "../options.ts";
import { sayGiven } from "../output/say.ts";
import type { Choosing } from "./rows.ts";

/** How a text goes on. */
export interface Manner extends Choosing {
  /** Most tokens to write; by default as many as its sequence has room for. */
  readonly most?: number;
  /** Tokens that end it; they are given, too. */
  readonly stop?: number | readonly number[];
  /** Ends it, with the signal's reason as its fault; by default that of the run that asks. */
  readonly signal?: AbortSignal;
}

export const mannerNames = ["temperature", "topK", "topP", "minP", "seed", "most", "stop", "signal"] as const;

/** Faults `serving/manner`, `tensor/option`. */
export function checkManner(manner: Manner): void {
  const { temperature = 0, topK = 0, topP = 1, minP = 0, seed = 0, most = 1, stop = [] } = manner;
  need("temperature", temperature, {
    fits: isNumber(temperature) && temperature >= 0,
    form: "a number from 0 on",
    like: 0.8,
  });
  for (const [name, share] of Object.entries({ topP, minP }))
    need(name, share, {
      fits: isNumber(share) && share >= 0 && share <= 1,
      form: "a number from 0 to 1",
      like: 0.9,
    });
  need("topK", topK, { fits: isWhole(topK) && topK >= 0, form: "a whole number from 0 on", like: 40 });
  need("seed", seed, { fits: isWhole(seed), form: "a whole number", like: 1 });
  need("most", most, { fits: isWhole(most) && most > 0, form: "a whole number from 1 on", like: 5 });
  need("stop", stop, {
    fits: [stop].flat().every(isWhole),
    form: "a token, or a list of them",
    like: 'words.idOf("<|im_end|>"), or words.end, of its tokenizer',
  });
  for (const name of ["topK", "topP", "minP"] as const)
    refuseAlone(
      manner,
      name,
      "temperature",
      `{ temperature: 0.8, ${name}: ... }; without one, the likeliest token is taken`,
    );
  const { signal } = manner;
  need("signal", signal, {
    fits: signal === undefined || signal instanceof AbortSignal,
    form: "an AbortSignal",
    like: "controller.signal",
  });
}

const isNumber = (value: unknown): boolean => typeof value === "number";
const isWhole = (value: number): boolean => Number.isSafeInteger(value);

function need(
  name: string,
  value: unknown,
  { fits, form, like }: { readonly fits: boolean; readonly form: string; readonly like: number | string },
): void {
  if (!fits)
    throw new Fault("serving/manner", `${name} is ${form}, not ${sayGiven(value)}`, {
      hint: `for example { ${name}: ${like} }`,
    });
}
