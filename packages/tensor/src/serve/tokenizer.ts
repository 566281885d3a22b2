import { Tokenizer as Library } from "@huggingface/tokenizers";
import { Fault } from "@tilebook/base";
import { sayGiven, sayKind } from "../output/say.ts";
import type { GgufValue } from "../quant/metadata.ts";
import { withSpan, type Workspace } from "../workspace.ts";
import { ggufTokenizer } from "./gguf-tokenizer.ts";

/** Text to numbers of tokens and back, as a model was trained with. */
export interface Tokenizer {
  readonly encode: (text: string) => number[];
  /** Control tokens leave no text. */
  readonly decode: (tokens: ArrayLike<number>) => string;
  /** The number of a token, as it is written: "<|im_start|>". */
  readonly idOf: (token: string) => number | undefined;
  /** How many tokens there are. */
  readonly size: number;
  /** What a text begins with and ends in, where the file says so. */
  readonly begin: number | undefined;
  readonly end: number | undefined;
}

/** `tokenizer` as cells see it. */
export interface TokenizerFunctions {
  readonly tokenizer: {
    readonly fromJson: (text: string) => Tokenizer;
    readonly fromGguf: (metadata: Readonly<Record<string, GgufValue>>) => Tokenizer;
  };
}

export function tokenizerFunctions(workspace: Workspace): TokenizerFunctions {
  const here = <T>(make: () => T): T => withSpan(workspace.host.here(), make);
  return {
    tokenizer: {
      fromJson: (text) => here(() => opened(parsed(text))),
      fromGguf: (metadata) =>
        here(() =>
          opened(ggufTokenizer(metadata), { begin: idIn(metadata, "bos"), end: idIn(metadata, "eos") }),
        ),
    },
  };
}

function opened(
  form: object,
  ends: { readonly begin?: number | undefined; readonly end?: number | undefined } = {},
): Tokenizer {
  const library = made(form);
  return {
    encode: (text) => {
      if (typeof text !== "string") throw notThis("encode takes a text", text, 'words.encode("Call me ")');
      return library.encode(text, { add_special_tokens: false }).ids;
    },
    decode: (tokens) => {
      const isList = typeof tokens === "object" && tokens !== null;
      const list = isList ? Array.from(tokens) : [];
      const stray = isList ? list.find((token) => !Number.isSafeInteger(token)) : tokens;
      if (stray !== undefined || !isList)
        throw notThis("decode takes a list of tokens", stray, "words.decode([3, 1, 4])");
      // The library takes no empty list.
      return list.length === 0 ? "" : library.decode(list, { skip_special_tokens: true });
    },
    idOf: (token) => library.token_to_id(token),
    size: library.get_vocab(true).size,
    begin: ends.begin,
    end: ends.end,
  };
}

function notThis(needed: string, given: unknown, like: string): Fault {
  const not = typeof given === "number" ? sayGiven(given) : sayKind(given);
  return new Fault("tokenizer/text", `${needed}, not ${not}`, { hint: `for example ${like}` });
}

/** What the library does not know ends in errors of JavaScript. */
function made(form: object): Library {
  try {
    return new Library(form, {});
  } catch (cause) {
    throw new Fault("tokenizer/form", "this is no tokenizer that can be read", {
      cause,
      hint: "give the text of a tokenizer.json: tokenizer.fromJson(await file.text())",
    });
  }
}

function parsed(text: string): object {
  try {
    const form: unknown = JSON.parse(text);
    if (typeof form === "object" && form !== null) return form;
  } catch {
    // Told below.
  }
  throw new Fault("tokenizer/form", "this is no tokenizer that can be read", {
    hint: "give the text of a tokenizer.json: tokenizer.fromJson(await file.text())",
  });
}

function idIn(metadata: Readonly<Record<string, GgufValue>>, name: string): number | undefined {
  const id = metadata[`tokenizer.ggml.${name}_token_id`];
  return typeof id === "number" ? id : undefined;
}
