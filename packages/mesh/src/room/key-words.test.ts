import { describe, expect, test } from "vitest";
import { toBase64Url } from "./base64url.ts";
import { keyWords } from "./key-words.ts";

describe("a key in words", () => {
  test("[KW1] the words of the paper's examples", () => {
    const addresses = Uint8Array.of(127, 0, 0, 1, 63, 84, 220, 193, 0, 0, 0, 0, 0, 0, 0, 0);
    expect(keyWords(toBase64Url(addresses))).toBe("lusab-babad-gutih-tugad");
  });

  test("[KW2] each of the first 64 bits changes a word, and nothing behind them does", () => {
    const plain = keyWords(toBase64Url(new Uint8Array(16)));
    const seen = new Set([plain]);
    for (let bit = 0; bit < 128; bit += 1) {
      const bytes = new Uint8Array(16);
      bytes[bit >> 3] = 1 << (bit & 7);
      const words = keyWords(toBase64Url(bytes));
      if (bit >= 64) expect(words).toBe(plain);
      else seen.add(words);
    }
    expect(seen.size).toBe(65);
  });
});
