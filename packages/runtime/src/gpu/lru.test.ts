import { describe, expect, test } from "vitest";
import { Lru } from "./lru.ts";

describe("Lru", () => {
  test("[C1] makes a value once and forgets the longest unused one", () => {
    const cache = new Lru<string, string>(2);
    const made: string[] = [];
    const get = (key: string): string =>
      cache.get(key, () => {
        made.push(key);
        return key.toUpperCase();
      });
    ["a", "b", "a", "c", "a", "b"].forEach(get);
    expect(made).toEqual(["a", "b", "c", "b"]);
    expect(cache.size).toBe(2);
  });

  test("[C2] a deleted key is made again", () => {
    const cache = new Lru<string, number>(4);
    cache.get("a", () => 1);
    cache.delete("a");
    expect(cache.get("a", () => 2)).toBe(2);
  });
});
