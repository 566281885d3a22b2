/*
 * Code without what cannot change its meaning: comments, and white space except where it keeps two tokens apart.
 * Two texts with the same canonical form do the same; the other way round need not hold. Text this scanner cannot
 * follow (an open string, a stray quote) comes back as it is, so that a doubt means "changed".
 */

const pattern = {
  blank: /(?:[\s\uFEFF]|\/\/[^\n]*|\/\*[^]*?\*\/)+/y,
  string: /"(?:[^"\\\n]|\\[^])*"|'(?:[^'\\\n]|\\[^])*'/y,
  /** From a backtick, or from the brace that ends a placeholder, to the next backtick or placeholder. */
  template: /[`}](?:[^`\\$]|\\[^]|\$(?!\{))*(?:`|\$\{)/y,
  regex: /\/(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y,
  word: /[\p{L}\p{N}\p{M}_$#@\\]+/uy,
  lineComment: /\/\/[^\n]*/y,
} as const;

interface Token {
  /** What stood before it: nothing, blanks, or a line break. */
  readonly space: "" | " " | "\n";
  readonly text: string;
}

/** JavaScript or TypeScript. */
export function canonicalScript(text: string): string {
  const tokens = tokensOf(text);
  if (tokens === undefined) return text;
  return tokens
    .map((token, index) => (keepsApart(tokens[index - 1], token) ? token.space : "") + token.text)
    .join("");
}

function tokensOf(text: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  /** For each placeholder we are in: how many braces are open in it. */
  const placeholders: number[] = [];
  for (let at = 0; at < text.length;) {
    const blank = match(pattern.blank, text, at) ?? "";
    at += blank.length;
    if (at === text.length) break;
    const token = tokenAt(text, at, tokens.at(-1)?.text ?? "", placeholders);
    if (token === undefined) return undefined;
    tokens.push({ space: blank === "" ? "" : blank.includes("\n") ? "\n" : " ", text: token });
    at += token.length;
  }
  return placeholders.length === 0 ? tokens : undefined;
}

function match(sticky: RegExp, text: string, at: number): string | undefined {
  sticky.lastIndex = at;
  return sticky.exec(text)?.[0];
}

function tokenAt(text: string, at: number, previous: string, placeholders: number[]): string | undefined {
  const char = text[at] ?? "";
  const depth = placeholders.at(-1);
  if (char === "`" || (char === "}" && depth === 0)) return templateAt(text, at, placeholders);
  if (depth !== undefined && (char === "{" || char === "}")) {
    placeholders[placeholders.length - 1] = depth + (char === "{" ? 1 : -1);
  }
  if (char === '"' || char === "'") return match(pattern.string, text, at);
  if (char === "/" && startsRegex(previous)) return match(pattern.regex, text, at);
  return match(pattern.word, text, at) ?? char;
}

function templateAt(text: string, at: number, placeholders: number[]): string | undefined {
  if (text[at] === "}") placeholders.pop();
  const piece = match(pattern.template, text, at);
  if (piece?.endsWith("${") === true) placeholders.push(0);
  return piece;
}

/** After an operator or such a word a slash begins a regular expression; after a value it divides. */
function startsRegex(previous: string): boolean {
  if (previous === "" || previous.endsWith("${") || /^[([{,;:?=+\-*/%&|^<>!~]$/.test(previous)) return true;
  return /^(?:return|typeof|case|in|of|do|else|delete|void|throw|new|await|yield|instanceof)$/.test(previous);
}

/** Whether the white space between two tokens may mean something: they would merge, or a statement may end. */
function keepsApart(previous: Token | undefined, next: Token): boolean {
  if (previous === undefined) return false;
  if (wouldMerge(previous.text.at(-1) ?? "", next.text.charAt(0))) return true;
  const goesOn = /^[([{,;:?.=*/%&|^<>!~]$/.test(previous.text) || /^[.,;:?)}\]*%&|^=<>]$/.test(next.text);
  return next.space === "\n" && !goesOn;
}

function wouldMerge(last: string, first: string): boolean {
  const word = /[\p{L}\p{N}\p{M}_$#@"'`\\/]/u;
  const operator = /[+\-*/%&|^<>=!~?:.]/;
  if (word.test(last) && word.test(first)) return true;
  return (operator.test(last) && operator.test(first)) || (/\d/.test(last) && first === ".");
}

/** WGSL: line breaks mean nothing, block comments nest. */
export function canonicalWgsl(text: string): string {
  let code = "";
  for (let at = 0; at < text.length;) {
    const comment = match(pattern.lineComment, text, at) ?? nestedComment(text, at);
    if (comment === undefined) return text;
    code += comment === "" ? text.charAt(at) : " ";
    at += comment.length || 1;
  }
  return code
    .replaceAll(/\s+/g, " ")
    .replaceAll(/ ?([^\w ]) ?/g, "$1")
    .trim();
}

/** The block comment that begins here, "" when none does, undefined when it does not end. */
function nestedComment(text: string, start: number): string | undefined {
  if (!text.startsWith("/*", start)) return "";
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const pair = text.slice(at, at + 2);
    if (pair !== "/*" && pair !== "*/") continue;
    depth += pair === "/*" ? 1 : -1;
    at += 1;
    if (depth === 0) return text.slice(start, at + 1);
  }
  return undefined;
}
