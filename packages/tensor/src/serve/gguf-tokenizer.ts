import { Fault } from "@tilebook/base";
import type { GgufValue } from "../quant/metadata.ts";

/** As llama.cpp names the kinds of tokens: control tokens and those that users added are never split. */
const addedKinds: ReadonlySet<number> = new Set([3, 4]);

/** How words are found before bytes are joined, by `tokenizer.ggml.pre`. */
const words: Readonly<Record<string, readonly object[]>> = {
  "gpt-2": [byteLevel(true)],
  default: [byteLevel(true)],
  smollm: [{ type: "Digits", individual_digits: true }, byteLevel(true)],
  "llama-bpe": [splitBy(wordsWith("{1,3}")), byteLevel(false)],
  "llama-v3": [splitBy(wordsWith("{1,3}")), byteLevel(false)],
  llama3: [splitBy(wordsWith("{1,3}")), byteLevel(false)],
  qwen2: [splitBy(wordsWith("")), byteLevel(false)],
};

function byteLevel(isByWords: boolean): object {
  return { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: isByWords };
}

function splitBy(pattern: string): object {
  return { type: "Split", pattern: { Regex: pattern }, behavior: "Isolated", invert: false };
}

/** The expression of cl100k, with so many digits in a row. */
function wordsWith(digits: string): string {
  const endings = "'(?:[sStTmMdD]|[rR][eE]|[vV][eE]|[lL][lL])";
  return `${endings}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;
}

/** The tokenizer of a GGUF file in the form of a tokenizer.json. Faults `tokenizer/metadata`, `tokenizer/kind`. */
export function ggufTokenizer(metadata: Readonly<Record<string, GgufValue>>): object {
  if (!isRecord(metadata)) throw noTokenizer();
  const kind = metadata["tokenizer.ggml.model"];
  const tokens = textsOf(metadata["tokenizer.ggml.tokens"]);
  if (typeof kind !== "string" || tokens === undefined || tokens.length === 0) throw noTokenizer();
  const kinds = numbersOf(metadata["tokenizer.ggml.token_type"]) ?? [];
  const common = { version: "1.0", added_tokens: addedTokens(tokens, kinds), post_processor: null };
  if (kind === "gpt2") return { ...common, ...byBytes(metadata, tokens) };
  if (kind === "llama") return { ...common, ...byPieces(metadata, tokens) };
  throw new Fault("tokenizer/kind", `a tokenizer of kind ${kind.slice(0, 40)} is not read`, {
    hint: "gpt2 (byte pairs) and llama (SentencePiece) are",
  });
}

/** Byte pairs of GPT-2 and those after it. */
function byBytes(metadata: Readonly<Record<string, GgufValue>>, tokens: readonly string[]): object {
  const said = metadata["tokenizer.ggml.pre"] ?? "default";
  const pre = typeof said === "string" ? said : "something else";
  const steps = Object.hasOwn(words, pre) ? words[pre] : undefined;
  if (steps === undefined)
    throw new Fault("tokenizer/kind", `words as of ${pre.slice(0, 40)} are not known`, {
      hint: `those of ${Object.keys(words).join(", ")} are`,
    });
  const merges = textsOf(metadata["tokenizer.ggml.merges"]) ?? [];
  return {
    normalizer: null,
    pre_tokenizer: { type: "Sequence", pretokenizers: steps },
    model: { ...pairs, vocab: vocabulary(tokens), merges },
    decoder: byteLevel(true),
  };
}

/** Pieces of SentencePiece: two neighbours join where their text is a piece, of all such pairs the one with the greatest score first. */
function byPieces(metadata: Readonly<Record<string, GgufValue>>, tokens: readonly string[]): object {
  const scores = numbersOf(metadata["tokenizer.ggml.scores"]);
  if (scores === undefined || scores.length !== tokens.length) throw noTokenizer();
  const isPrefixed = metadata["tokenizer.ggml.add_space_prefix"] !== false;
  const space = { type: "Replace", pattern: { String: " " }, content: "▁" };
  const back = { type: "Replace", pattern: { String: "▁" }, content: " " };
  const front = isPrefixed ? [{ type: "Prepend", prepend: "▁" }] : [];
  const strip = isPrefixed ? [{ type: "Strip", content: " ", start: 1, stop: 0 }] : [];
  const unknown = Number(metadata["tokenizer.ggml.unknown_token_id"] ?? 0);
  return {
    normalizer: { type: "Sequence", normalizers: [...front, space] },
    pre_tokenizer: null,
    model: {
      ...pairs,
      unk_token: tokens[unknown] ?? null,
      fuse_unk: true,
      byte_fallback: true,
      vocab: vocabulary(tokens),
      merges: mergesOf(tokens, scores),
    },
    decoder: { type: "Sequence", decoders: [back, { type: "ByteFallback" }, { type: "Fuse" }, ...strip] },
  };
}

const pairs = {
  type: "BPE",
  dropout: null,
  unk_token: null,
  continuing_subword_prefix: null,
  end_of_word_suffix: null,
};

/** Every way to make a piece of two, those of greater scores first. */
function mergesOf(
  tokens: readonly string[],
  scores: ArrayLike<number>,
): readonly (readonly [string, string])[] {
  const known = new Set(tokens);
  const found = tokens.flatMap((token, at) => {
    const letters = Array.from(token);
    const ways = letters
      .slice(1)
      .map((_, k): readonly [string, string] => [
        letters.slice(0, k + 1).join(""),
        letters.slice(k + 1).join(""),
      ]);
    return ways
      .filter((way) => way.every((part) => known.has(part)))
      .map((way) => ({ way, score: scores[at] ?? 0 }));
  });
  return found.toSorted((a, b) => b.score - a.score).map(({ way }) => way);
}

function vocabulary(tokens: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(tokens.map((token, id) => [token, id]));
}

function addedTokens(tokens: readonly string[], kinds: ArrayLike<number>): readonly object[] {
  return tokens.flatMap((content, id) =>
    addedKinds.has(kinds[id] ?? 1)
      ? [
          {
            id,
            content,
            single_word: false,
            lstrip: false,
            rstrip: false,
            normalized: false,
            special: kinds[id] === 3,
          },
        ]
      : [],
  );
}

function textsOf(value: GgufValue | undefined): readonly string[] | undefined {
  const isTexts = Array.isArray(value) && value.every((one) => typeof one === "string");
  return isTexts ? value : undefined;
}

function numbersOf(value: GgufValue | undefined): ArrayLike<number> | undefined {
  return ArrayBuffer.isView(value) ? (value as unknown as ArrayLike<number>) : undefined;
}

function noTokenizer(): Fault {
  return new Fault("tokenizer/metadata", "this file has no tokenizer", {
    hint: "tokenizer.fromGguf(gguf.read(bytes).metadata): it needs tokenizer.ggml.model, tokens, and merges or scores",
  });
}

function isRecord(metadata: unknown): boolean {
  return typeof metadata === "object" && metadata !== null;
}
