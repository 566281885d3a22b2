/** A small tokenizer for text that no editor shows: cells far from the view, phones, and the kernel panel. */

export type Language = "ts" | "wgsl" | "prose";

export type TokenKind =
  | "plain"
  | "keyword"
  | "string"
  | "number"
  | "comment"
  | "type"
  | "call"
  | "heading"
  | "mark";

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

type Rule = readonly [kind: TokenKind, pattern: RegExp];

const number = /(?:0x[\da-f_]+|\d[\d_]*(?:\.\d*)?(?:e[+-]?\d+)?)[a-z]?\b/iy;
const comment: readonly Rule[] = [
  ["comment", /\/\/[^\n]*/y],
  ["comment", /\/\*[\s\S]*?(?:\*\/|$)/y],
];

const tsWords =
  /\b(?:abstract|as|async|await|break|case|catch|class|const|continue|default|delete|do|else|export|extends|false|finally|for|from|function|if|import|in|instanceof|interface|let|new|null|of|return|satisfies|static|super|switch|this|throw|true|try|type|typeof|undefined|var|void|while|yield)\b/y;
const wgslWords =
  /\b(?:alias|array|atomic|bitcast|break|case|const|continue|continuing|default|diagnostic|discard|else|enable|false|fn|for|if|let|loop|override|ptr|requires|return|struct|switch|true|var|while|workgroup|storage|uniform|function|private|read|write|read_write)\b/y;
const wgslTypes = /\b(?:bool|f16|f32|i32|u32|vec[234][fhiu]?|mat[234]x[234][fh]?)\b|@[a-z_]+/y;

const rules: Record<Language, readonly Rule[]> = {
  ts: [
    ...comment,
    ["string", /"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|`(?:\\[\s\S]|[^`\\])*`?/y],
    ["keyword", tsWords],
    ["type", /\b[A-Z]\w*\b/y],
    ["call", /[\p{L}_$][\p{L}\p{N}_$]*(?=\s*\()/uy],
    ["plain", /[\p{L}_$][\p{L}\p{N}_$]*/uy],
    ["number", number],
  ],
  wgsl: [
    ...comment,
    ["type", wgslTypes],
    ["keyword", wgslWords],
    ["call", /[A-Za-z_]\w*(?=\s*\()/y],
    ["plain", /[A-Za-z_]\w*/y],
    ["number", number],
  ],
  prose: [
    ["heading", /(?<=^|\n)#{1,6} [^\n]*/y],
    ["string", /\$\$[\s\S]*?\$\$|\$[^$\n]+\$|`[^`\n]*`/y],
    ["mark", /\*\*[^*\n]+\*\*|(?<=^|\n)(?:[-*+]|\d+\.|>) /y],
  ],
};

/** The text in pieces; joined they are the text again. */
export function tokenize(text: string, language: Language): Token[] {
  const tokens: Token[] = [];
  let plainFrom = 0;
  let at = 0;
  const flush = () => {
    if (plainFrom < at) tokens.push({ kind: "plain", text: text.slice(plainFrom, at) });
  };
  while (at < text.length) {
    const found = firstMatch(rules[language], text, at);
    if (found === undefined || found.kind === "plain") {
      at += found?.text.length ?? 1;
      continue;
    }
    flush();
    tokens.push(found);
    at += found.text.length;
    plainFrom = at;
  }
  flush();
  return tokens;
}

/** The tokens line by line; a token that spans lines is cut at each of them. */
export function tokenLines(text: string, language: Language): Token[][] {
  const lines: Token[][] = [[]];
  for (const token of tokenize(text, language)) {
    token.text.split("\n").forEach((part, index) => {
      if (index > 0) lines.push([]);
      if (part !== "") lines.at(-1)?.push({ kind: token.kind, text: part });
    });
  }
  return lines;
}

function firstMatch(list: readonly Rule[], text: string, at: number): Token | undefined {
  for (const [kind, pattern] of list) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null && match[0] !== "") return { kind, text: match[0] };
  }
  return undefined;
}
