import { assert, constantFrom, oneof, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import { type Language, tokenize, tokenLines } from "./highlight.ts";

const shown = (text: string, language: Language) =>
  tokenize(text, language)
    .filter((token) => token.kind !== "plain")
    .map((token) => `${token.kind}:${token.text}`);

describe("highlight", () => {
  test("[H1] names are not cut: no keyword or number inside them", () => {
    expect(shown("const format4 = inform(for4, 4.5e-3)", "ts")).toEqual([
      "keyword:const",
      "call:inform",
      "number:4.5e-3",
    ]);
  });
  test("[H2] comments and strings swallow what looks like code", () => {
    expect(shown('// const x\n"if" /* 1 */ `a ${b}`', "ts")).toEqual([
      "comment:// const x",
      'string:"if"',
      "comment:/* 1 */",
      "string:`a ${b}`",
    ]);
  });
  test("[H3] WGSL types and attributes are known", () => {
    expect(shown("@compute fn main(x: vec4f) { let y = 1u; }", "wgsl")).toEqual([
      "type:@compute",
      "keyword:fn",
      "call:main",
      "type:vec4f",
      "keyword:let",
      "number:1u",
    ]);
  });
  test("[H4] the pieces joined are the text, for any text", () => {
    const language = constantFrom<Language>("ts", "wgsl", "prose");
    const text = oneof(
      string({ unit: "grapheme" }),
      string({ unit: constantFrom("`", '"', "/", "*", "\n", "$", "#", " ", "a", "1", "\\") }),
    );
    assert(
      property(text, language, (source, lang) => {
        expect(
          tokenize(source, lang)
            .map((token) => token.text)
            .join(""),
        ).toBe(source);
        expect(tokenLines(source, lang).length).toBe(source.split("\n").length);
      }),
    );
  });
});
