/*
 * Code without what cannot change its meaning: comments, and white space except where it keeps two tokens apart.
 * Two texts with the same canonical form do the same; the other way round need not hold. Text this scanner cannot
 * follow (an open string, a stray quote) comes back as it is, so that a doubt means "changed".
 */

const token = {
  space: /[\s\uFEFF]+/y,
  lineComment: /\/\/[^\n]*/y,
  blockComment: /\/\*[^]*?\*\//y,
  string: /"(?:[^"\\\n]|\\[^])*"|'(?:[^'\\\n]|\\[^])*'/y,
  regex: /\/(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y,
  word: /[\p{L}\p{N}\p{M}_$#@\\]+/uy,
} as const;

/** JavaScript or TypeScript. */
export function canonicalScript(text: string): string {
  const result: string[] = [];
  return walk(text, 0, result, false) === text.length ? result.join("") : text;
}

/** WGSL: line breaks mean nothing, block comments nest. */
export function canonicalWgsl(text: string): string {
  let depth = 0;
  let code = "";
  for (let at = 0; at < text.length;) {
    const pair = text.slice(at, at + 2);
    const line = depth === 0 ? match(token.lineComment, text, at) : undefined;
    const step = line?.length ?? (pair === "/*" || (pair === "*/" && depth > 0) ? 2 : 1);
    code += step === 1 && depth === 0 ? (text[at] ?? "") : " ";
    if (step === 2 && line === undefined) depth += pair === "/*" ? 1 : -1;
    at += step;
  }
  if (depth > 0) return text;
  return code
    .replaceAll(/\s+/g, " ")
    .replaceAll(/ ?([^\w ]) ?/g, "$1")
    .trim();
}

/** Copies tokens from `at` on, up to the end or (in a template) the closing brace. Returns where it stopped, or -1. */
function walk(text: string, start: number, result: string[], inTemplate: boolean): number {
  let at = start;
  let depth = 0;
  let space = "";
  let previous = inTemplate ? "${" : "";
  while (at < text.length) {
    const blank = blankAt(text, at);
    if (blank !== undefined) {
      space = blank.includes("\n") || space === "\n" ? "\n" : " ";
      at += blank.length;
      continue;
    }
    const char = text[at] ?? "";
    if (inTemplate && char === "}" && depth === 0) return at;
    if (char === "{" || char === "}") depth += char === "{" ? 1 : -1;
    const next: string[] = [];
    const end = copyToken(text, at, next, previous);
    if (end < 0) return -1;
    result.push(keepsApart(previous, space, char) && space !== "" ? space : "", ...next);
    previous = next.join("");
    at = end;
    space = "";
  }
  return inTemplate ? -1 : at;
}

function blankAt(text: string, at: number): string | undefined {
  return (
    match(token.space, text, at) ?? match(token.lineComment, text, at) ?? match(token.blockComment, text, at)
  );
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function copyToken(text: string, at: number, result: string[], previous: string): number {
  const char = text[at] ?? "";
  if (char === "`") return copyTemplate(text, at, result);
  const found =
    char === '"' || char === "'"
      ? match(token.string, text, at)
      : char === "/" && startsRegex(previous)
        ? match(token.regex, text, at)
        : (match(token.word, text, at) ?? char);
  if (found === undefined) return -1;
  result.push(found);
  return at + found.length;
}

function copyTemplate(text: string, start: number, result: string[]): number {
  let at = start + 1;
  let from = start;
  while (at < text.length) {
    const char = text[at];
    if (char === "`") {
      result.push(text.slice(from, at + 1));
      return at + 1;
    }
    if (char === "$" && text[at + 1] === "{") {
      result.push(text.slice(from, at + 2));
      from = walk(text, at + 2, result, true);
      if (from < 0) return -1;
      at = from;
    }
    at += char === "\\" ? 2 : 1;
  }
  return -1;
}

/** After an operator or such a word a slash begins a regular expression; after a value it divides. */
function startsRegex(previous: string): boolean {
  if (previous === "" || previous.endsWith("${") || /^[([{,;:?=+\-*/%&|^<>!~]$/.test(previous)) return true;
  return /^(?:return|typeof|case|in|of|do|else|delete|void|throw|new|await|yield|instanceof)$/.test(previous);
}

/** Whether the white space between two tokens may mean something: words would merge, or a statement may end. */
function keepsApart(previous: string, space: string, next: string): boolean {
  if (previous === "") return false;
  if (wouldMerge(previous.at(-1) ?? "", next)) return true;
  const goesOn = /^[([{,;:?.=*/%&|^<>!~]$/.test(previous) || /^[.,;:?)}\]*%&|^=<>]/.test(next);
  return space === "\n" && !goesOn;
}

function wouldMerge(last: string, next: string): boolean {
  const word = /[\p{L}\p{N}\p{M}_$#@"'`\\/]/u;
  const operator = /[+\-*/%&|^<>=!~?:.]/;
  const first = next.charAt(0);
  if (word.test(last) && word.test(first)) return true;
  return (operator.test(last) && operator.test(first)) || (/\d/.test(last) && first === ".");
}
