import { describe, expect, test } from "vitest";
import { open } from "../testing/cell.ts";

const { tokenizer } = open();

const isOwn = (n: number): boolean => (n >= 33 && n <= 126) || (n >= 161 && n <= 172) || n >= 174;

/** GPT-2's letters for bytes: printable ones are themselves, the others follow from 256 on. */
function letterOf(byte: number): string {
  if (isOwn(byte)) return String.fromCodePoint(byte);
  const before = Array.from({ length: byte }, (_, n) => n).filter((n) => !isOwn(n)).length;
  return String.fromCodePoint(256 + before);
}

const letters = Array.from({ length: 256 }, (_, byte) => letterOf(byte));
const merges = ["Ġ t", "h e", "Ġt he", "i n", "Ġ w", "Ġw h", "a l", "Ġwh al", "Ġwhal e"];
const byBytes = {
  "tokenizer.ggml.model": "gpt2",
  "tokenizer.ggml.pre": "gpt-2",
  "tokenizer.ggml.tokens": [...letters, ...merges.map((one) => one.replace(" ", "")), "<|end|>"],
  "tokenizer.ggml.token_type": Int32Array.from([...letters, ...merges, ""], (one) => (one === "" ? 3 : 1)),
  "tokenizer.ggml.merges": merges,
  "tokenizer.ggml.eos_token_id": 256 + merges.length,
};

const pieces = [
  "<unk>",
  "<s>",
  "</s>",
  ...Array.from({ length: 256 }, (_, n) => `<0x${n.toString(16).toUpperCase().padStart(2, "0")}>`),
];
const joined = ["▁t", "he", "▁the", "in", "▁w", "▁wh", "al", "▁whal", "▁whale"];
const single = ["▁", ...Array.from("thewinalcs")];
const byPieces = {
  "tokenizer.ggml.model": "llama",
  "tokenizer.ggml.tokens": [...pieces, ...joined, ...single],
  "tokenizer.ggml.scores": Float32Array.from(
    [...pieces, ...joined, ...single],
    (_, at) => pieces.length - at,
  ),
  "tokenizer.ggml.token_type": Int32Array.from([...pieces, ...joined, ...single], (_, at) =>
    at === 0 ? 2 : at < 3 ? 3 : at < pieces.length ? 6 : 1,
  ),
  "tokenizer.ggml.bos_token_id": 1,
};

/** As llama.cpp: of all neighbours whose text is a piece, those of the greatest score join, of equal ones the first. */
function joinedPieces(text: string): readonly string[] {
  const known = new Map([...pieces, ...joined, ...single].map((piece, at) => [piece, pieces.length - at]));
  const parts = Array.from(`▁${text.replaceAll(" ", "▁")}`);
  for (;;) {
    const scores = parts.slice(1).map((part, at) => known.get(`${parts[at]}${part}`) ?? -Infinity);
    const best = Math.max(...scores);
    if (scores.length === 0 || best === -Infinity) return parts;
    const at = scores.indexOf(best);
    parts.splice(at, 2, `${parts[at]}${parts[at + 1]}`);
  }
}

describe("tokenizers of GGUF files", () => {
  test("[TK1] byte pairs join in the order of their merges, within words", () => {
    const made = tokenizer.fromGguf(byBytes);
    const text = (id: number): string => String(byBytes["tokenizer.ggml.tokens"][id]);
    expect(made.encode("in the whale").map(text)).toEqual(["in", "Ġthe", "Ġwhale"]);
    expect(made.encode("the  whale<|end|>").map(text)).toEqual(["t", "he", "Ġ", "Ġwhale", "<|end|>"]);
    expect([made.end, made.begin, made.size, made.idOf("Ġthe")]).toEqual([265, undefined, 266, 258]);
  });

  test.each(["the whale", "Ünï \n\t¿ 鯨 🐋!", "  spaces   here  ", "", "can't won't 1234"])(
    "[TK2] of %j comes back what went in",
    (text) => {
      for (const pre of ["gpt-2", "llama-bpe", "qwen2", "smollm"])
        expect(
          tokenizer
            .fromGguf({ ...byBytes, "tokenizer.ggml.pre": pre })
            .decode(tokenizer.fromGguf({ ...byBytes, "tokenizer.ggml.pre": pre }).encode(text)),
        ).toBe(text);
      expect(tokenizer.fromGguf(byPieces).decode(tokenizer.fromGguf(byPieces).encode(text))).toBe(text);
    },
  );

  test("[TK3] pieces join by their scores, as in llama.cpp, and what is none goes by its bytes", () => {
    const made = tokenizer.fromGguf(byPieces);
    for (const text of ["the whale", "in the while these whales all", "this  is the tea", "hehehe thethe"]) {
      const wanted = joinedPieces(text).filter((part) => made.idOf(part) !== undefined);
      const found = made.encode(text).filter((id) => id >= pieces.length);
      expect(found).toEqual(wanted.map((part) => made.idOf(part)));
    }
    expect(made.encode("é").slice(1)).toEqual([3 + 0xc3, 3 + 0xa9]);
    expect([made.begin, made.idOf("<s>")]).toEqual([1, 1]);
  });
});

describe("tokenizer.json", () => {
  test("[TK4] the text of one is read; its control tokens leave no text", () => {
    const form = {
      version: "1.0",
      added_tokens: [
        {
          id: 3,
          content: "<end>",
          single_word: false,
          lstrip: false,
          rstrip: false,
          normalized: false,
          special: true,
        },
      ],
      normalizer: { type: "Lowercase" },
      pre_tokenizer: { type: "Whitespace" },
      post_processor: null,
      decoder: null,
      model: { type: "WordLevel", vocab: { the: 0, whale: 1, "?": 2 }, unk_token: "?" },
    };
    const made = tokenizer.fromJson(JSON.stringify(form));
    expect(made.encode("The whale<end>")).toEqual([0, 1, 3]);
    expect(made.decode([0, 1, 3])).toBe("the whale");
  });

  test.each([
    ["tokenizer/form", () => tokenizer.fromJson("{")],
    ["tokenizer/form", () => tokenizer.fromJson('{"model":{"type":"Nothing"}}')],
    ["tokenizer/metadata", () => tokenizer.fromGguf({})],
    ["tokenizer/kind", () => tokenizer.fromGguf({ ...byBytes, "tokenizer.ggml.model": "bert" })],
    ["tokenizer/kind", () => tokenizer.fromGguf({ ...byBytes, "tokenizer.ggml.pre": "unheard-of" })],
    [
      "tokenizer/metadata",
      () => tokenizer.fromGguf({ ...byPieces, "tokenizer.ggml.scores": new Float32Array(3) }),
    ],
  ])("[TK5] %s", (code, call) => {
    expect(call).toThrow(expect.objectContaining({ code }));
  });
});
