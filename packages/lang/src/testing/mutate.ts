import { array, type Arbitrary, constantFrom, integer, oneof, record, tuple } from "fast-check";

/** The words of a text and what is between them. */
function wordsOf(text: string): string[] {
  return text.match(/[\p{ID_Continue}$]+|\s+|[^\p{ID_Continue}$\s]/gu) ?? [];
}

const strays: readonly string[] = [
  ..."(){}[]<>,;:?.=+-*/%!&|^~`'\"\\#@$\n".split(""),
  ..."=> ** ?. ... as satisfies const let var function class async await yield return import export".split(
    " ",
  ),
  ..."enum namespace declare abstract readonly private static get set type interface with new this super".split(
    " ",
  ),
  ..."for while do if else switch break continue try throw delete typeof in of instanceof debugger".split(
    " ",
  ),
  ..."0 1 -1 3 1e30 0.5 Infinity NaN true null arguments eval kernel load store dot where range sum x y".split(
    " ",
  ),
  "\u2028",
  "😀",
  "<any>",
  ": number",
  " as any",
];

interface Change {
  readonly kind: "drop" | "insert" | "replace" | "copy" | "swap";
  readonly at: number;
  readonly other: number;
  readonly stray: string;
}

const change: Arbitrary<Change> = record({
  kind: constantFrom("drop", "insert", "replace", "copy", "swap"),
  at: integer({ min: 0, max: 10_000 }),
  other: integer({ min: 0, max: 10_000 }),
  stray: constantFrom(...strays),
});

/** One of the texts with one to four of its words dropped, added, exchanged or repeated. */
export function mutated(texts: readonly string[]): Arbitrary<string> {
  const base = oneof(...texts.map((text) => constantFrom(text)));
  return tuple(base, array(change, { minLength: 1, maxLength: 4 })).map(([text, changes]) => {
    const words = wordsOf(text);
    for (const { kind, at, other, stray } of changes) {
      const place = at % Math.max(words.length, 1);
      const from = words[other % Math.max(words.length, 1)] ?? "";
      if (kind === "drop") words.splice(place, 1);
      if (kind === "insert") words.splice(place, 0, ` ${stray} `);
      if (kind === "replace") words[place] = stray;
      if (kind === "copy") words.splice(place, 0, from);
      if (kind === "swap") {
        words[other % Math.max(words.length, 1)] = words[place] ?? "";
        words[place] = from;
      }
    }
    return words.join("");
  });
}
