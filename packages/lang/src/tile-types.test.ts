import { describe, expect, test } from "vitest";
import { parseCell } from "./parse.ts";
import { tileFunction } from "./tile/functions.ts";
import { tileLanguageTypes } from "./tile-types.ts";
import { tileGlobals } from "./vocabulary.ts";

const documented = [
  ...tileLanguageTypes.matchAll(/@example [^\n]+\n?(?: \*\/|\*\/)?\ndeclare function (\w+)\(/gu),
].map(([, name]) => name);

describe("the tile language's types", () => {
  test("[T1] the text is TypeScript", () => {
    expect(() => parseCell("types", tileLanguageTypes)).not.toThrow();
  });

  test("[T2] every tile function is implemented, and documented with an example", () => {
    expect(tileGlobals.filter((name) => tileFunction(name) === undefined)).toEqual([]);
    expect(new Set(documented)).toEqual(new Set(tileGlobals));
  });
});
