/** What somebody who writes Python may have meant where a text cannot be read. */
export function syntaxHint(text: string, position: number): string | undefined {
  const lineStart = text.lastIndexOf("\n", position - 1) + 1;
  const before = text.slice(lineStart, position);
  const rest = text.slice(position);
  if (/^(and|or)\b/.test(rest)) return "write && and ||";
  if (rest.startsWith("@")) return "the product of two matrices is dot(a, b)";
  if (/\[[^\]]*$/.test(before) && rest.startsWith(":")) return "x[:, None] is written expand(x, 1)";
  if (/\bfor\s+(\w+\s+)?$/.test(before) && /^\w+\s+in\b|^in\b/.test(rest.trimStart())) {
    return "a loop is written for (const k of range(start, end, step)) { ... }";
  }
  if (/(^|\s)#$/.test(text.slice(lineStart, position)) || rest.startsWith("#"))
    return "a comment begins with //";
  return hidesCode(before) || hidesCode(lineBefore(text, lineStart)) ? floorHint : undefined;
}

const floorHint = "// begins a comment: the whole part of a / b is idiv(a, b)";

function lineBefore(text: string, lineStart: number): string {
  return text.slice(text.lastIndexOf("\n", lineStart - 2) + 1, Math.max(0, lineStart - 1));
}

/** Whether a line ends in `a // b;` or `(a // b)`, as in Python, where `//` divides. */
export function hidesCode(line: string): boolean {
  const [, hidden] = /[\w)\]]\s*\/\/\s*([\w.(][\w.()\s+*%,-]*[;)])\s*$/.exec(line) ?? [];
  // Two words side by side are no expression.
  return hidden !== undefined && !/\w\s+\w/.test(hidden);
}
