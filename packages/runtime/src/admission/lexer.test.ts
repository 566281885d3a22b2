import { describe, expect, test } from "vitest";
import { tokenize } from "./lexer.ts";

function words(text: string): string[] {
  return tokenize({ name: "c1", text }).map((token) => token.text);
}

describe("tokenize", () => {
  test("[T1] comments vanish, block comments nest", () => {
    expect(words("a /* b /* c */ d */ e // f\ng /**/ h /*/*/**/*/*/ i")).toEqual(["a", "e", "g", "h", "i"]);
  });

  test("[T2] a loop hidden behind comment tricks is seen", () => {
    expect(words("/* // */ loop { } /* /* */ loop */ //*\nwhile")).toEqual(["loop", "{", "}", "while"]);
  });

  test("[T3] an endless comment and characters WGSL does not know fail closed, with their place", () => {
    expect(() => words("a /* /* */")).toThrow(
      expect.objectContaining({ code: "admission/syntax", span: { source: "c1", start: 2, end: 4 } }),
    );
    for (const text of ["a # b", "'x'", "\u0000", "`", '"'])
      expect(() => words(text)).toThrow(expect.objectContaining({ code: "admission/syntax" }));
  });

  test("[T4] template ends stay single, other symbols are longest first", () => {
    expect(words("array<vec2<f32>>=1 a<<=2 b>>c i++ x->y")).toEqual(
      "array < vec2 < f32 > > = 1 a <<= 2 b > > c i ++ x -> y".split(" "),
    );
  });

  test("[T5] numbers in all forms are one token", () => {
    const numbers = ["0", "12u", "0x1Fu", "1.5f", ".5", "1e-3h", "0x1.8p3f", "7."];
    expect(words(numbers.join(" "))).toEqual(numbers);
  });
});
