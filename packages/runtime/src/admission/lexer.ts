import { Fault, type Span } from "@tilebook/base";

/** A word, number or symbol of WGSL. Comments and blanks are gone; offsets are those of the text. */
export interface Token {
  readonly kind: "name" | "number" | "symbol";
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** A text and the name that spans into it carry. */
export interface Source {
  readonly name: string;
  readonly text: string;
}

const blank = /[ \t\n\v\f\r\u0085\u200e\u200f\u2028\u2029]+/uy;
const lineComment = /\/\/[^\n\v\f\r\u0085\u2028\u2029]*/uy;
const word = /[\p{XID_Start}_]\p{XID_Continue}*/uy;
const number = /0[xX][0-9a-fA-F.]+(?:[pP][+-]?\d+)?[iufh]?|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[iufh]?/uy;
/** `>` is always one token: two of them may close two template lists. */
const symbol =
  /<<=|->|&&|\|\||==|!=|<=|\+\+|--|\+=|-=|\*=|\/=|%=|&=|\|=|\^=|<<|[-+*/%&|^~!=<>()[\]{};:,.@]/uy;

/** More are refused while reading: looking at them all would take longer than a person should wait for a no. */
const mostTokens = 20_000;

/** Splits WGSL into tokens. Anything that is not WGSL's is a Fault `admission/syntax`: it fails closed. */
export function tokenize(source: Source): readonly Token[] {
  const { text } = source;
  const tokens: Token[] = [];
  let at = skip(source, 0);
  while (at < text.length) {
    if (tokens.length === mostTokens) throw tooLong(source, at);
    const token = tokenAt(source, at);
    tokens.push(token);
    at = skip(source, token.end);
  }
  return tokens;
}

function tooLong(source: Source, at: number): Fault {
  return new Fault("admission/too-long", `the text has more than ${mostTokens} words and signs`, {
    span: spanIn(source, at, at + 1),
    hint: "split the kernel in two",
  });
}

function tokenAt(source: Source, start: number): Token {
  const kind = kindOf(source.text.charCodeAt(start), source.text.charCodeAt(start + 1));
  const end = match(patterns[kind], source.text, start);
  if (end > start) return { kind, text: source.text.slice(start, end), start, end };
  throw new Fault("admission/syntax", `${JSON.stringify(source.text[start])} is no part of WGSL`, {
    span: spanIn(source, start, start + 1),
  });
}

const patterns: Record<Token["kind"], RegExp> = { name: word, number, symbol };

/** What a token that starts with these two characters can be. */
function kindOf(first: number, second: number): Token["kind"] {
  if (isDigit(first) || (first === 46 && isDigit(second))) return "number";
  const isLetter = (first >= 97 && first <= 122) || (first >= 65 && first <= 90) || first === 95;
  return isLetter || first > 127 ? "name" : "symbol";
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** The first offset at or after `from` that is neither blank nor in a comment. Block comments nest. */
function skip(source: Source, from: number): number {
  let at = from;
  for (;;) {
    const code = source.text.charCodeAt(at);
    if (code > 32 && code < 128 && code !== 47) return at;
    const before = at;
    at = match(blank, source.text, at);
    at = match(lineComment, source.text, at);
    if (source.text.startsWith("/*", at)) at = endOfComment(source, at);
    if (at === before) return at;
  }
}

function endOfComment(source: Source, start: number): number {
  let depth = 0;
  for (let at = start; at < source.text.length; at += 2) {
    if (source.text.startsWith("/*", at)) depth += 1;
    else if (source.text.startsWith("*/", at)) depth -= 1;
    else at -= 1;
    if (depth === 0) return at + 2;
  }
  throw new Fault("admission/syntax", "this comment does not end", {
    span: spanIn(source, start, start + 2),
  });
}

/** Where the match of a sticky pattern at `from` ends; `from` itself when there is none. */
function match(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  const found = pattern.exec(text);
  return found === null ? from : from + found[0].length;
}

export function spanIn(source: Source, start: number, end: number): Span {
  return { source: source.name, start, end };
}
