import { describe, expect, test } from "vitest";
import { Shelved } from "./shelved.ts";

function stored(first = "{}"): () => Pick<Storage, "getItem" | "setItem"> {
  let text = first;
  const storage = { getItem: () => text, setItem: (_: string, next: string) => void (text = next) };
  return () => storage;
}

describe("what is kept of a host", () => {
  test("[SH1] the longest unused goes first, and only as much as has to", () => {
    const index = new Shelved("k", stored());
    for (const name of ["a", "b", "c"]) index.add(name, 10);
    index.use("a");
    expect(index.toMakeRoom(30)).toEqual([]);
    expect(index.toMakeRoom(25)).toEqual(["b"]);
    expect(index.toMakeRoom(5)).toEqual(["b", "c", "a"]);
    index.drop("b");
    expect([index.has("a"), index.has("b")]).toEqual([true, false]);
  });

  test("[SH2] is seen before the second time, also by the next page, and the oldest are forgotten", () => {
    const storage = stored();
    expect(new Shelved("k", storage).seen("x")).toBe(false);
    expect(new Shelved("k", storage).seen("x")).toBe(true);
    for (let at = 0; at < 500; at += 1) new Shelved("k", storage).seen(`n${at}`);
    expect(new Shelved("k", storage).seen("x")).toBe(false);
  });

  test("[SH3] what was written by something else, and storage that is forbidden, are an empty shelf", () => {
    for (const text of ["", "null", "7", '{"kept":5}']) {
      const index = new Shelved("k", stored(text));
      expect(index.has("a")).toBe(false);
      expect(index.seen("a")).toBe(false);
    }
    const forbidden = new Shelved("k", () => {
      throw new Error("no storage");
    });
    expect(forbidden.seen("a")).toBe(false);
    expect(forbidden.toMakeRoom(0)).toEqual([]);
  });
});
