import { describe, expect, test } from "vitest";
import { wordsOf } from "./words.ts";

describe("the bench's words", () => {
  test("[W1] those of the harness go on to it as they came", () => {
    const words = wordsOf(["--cases", "attn", "--rounds", "3", "--warm-only", "--out", "x.json"]);
    expect(words).toMatchObject({ firefox: false, engine: "tilebook", cases: "attn", out: "x.json" });
    expect(words?.rest).toEqual(["--rounds", "3", "--warm-only"]);
  });

  test("[W2] --second measures the other forms", () => {
    expect(wordsOf(["firefox", "--second"])).toMatchObject({ firefox: true, engine: "second" });
  });

  test.each([[["--case", "attn"]], [["firefox", "--rounds", "3"]], [["chrome"]]])(
    "[W3] what nobody knows is refused: %s",
    (words) => {
      expect(wordsOf(words)).toBeUndefined();
    },
  );
});
