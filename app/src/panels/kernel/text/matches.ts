import type { Token } from "../../../editor/highlight.ts";

/** Where a word was found: a line (1-based), and columns of it. */
export interface Match {
  readonly line: number;
  readonly start: number;
  readonly end: number;
}

/** More are not told apart. */
export const mostMatches = 2_000;

/** Every place of the words in the text, line by line; capitals do not count. */
export function matchesOf(text: string, words: string): readonly Match[] {
  const wanted = words.toLowerCase();
  const found: Match[] = [];
  if (wanted === "") return found;
  for (const [at, line] of text.toLowerCase().split("\n").entries()) {
    for (let start = line.indexOf(wanted); start >= 0; start = line.indexOf(wanted, start + wanted.length)) {
      found.push({ line: at + 1, start, end: start + wanted.length });
      if (found.length === mostMatches) return found;
    }
  }
  return found;
}

/** A token of which all or nothing was found. */
export interface FoundToken extends Token {
  readonly found?: Match;
}

/** Cuts the tokens of a line where matches of this line begin and end. */
export function cutTokens(tokens: readonly Token[], matches: readonly Match[]): readonly FoundToken[] {
  if (matches.length === 0) return tokens;
  const cuts = matches.flatMap(({ start, end }) => [start, end]);
  let column = 0;
  return tokens.flatMap(({ kind, text }) => {
    const from = column;
    column += text.length;
    const edges = [from, ...cuts.filter((cut) => cut > from && cut < column), column];
    return edges.slice(1).map((end, at): FoundToken => {
      const start = edges[at] ?? from;
      const found = matches.find((match) => match.start <= start && end <= match.end);
      const piece = { kind, text: text.slice(start - from, end - from) };
      return found === undefined ? piece : { ...piece, found };
    });
  });
}
