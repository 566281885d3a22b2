/** What somebody who writes Python may have meant where a text cannot be read. */
export function syntaxHint(text: string, position: number): string | undefined {
  const lineStart = text.lastIndexOf("\n", position - 1) + 1;
  const before = text.slice(lineStart, position);
  const rest = text.slice(position);
  const words = /\bkernel\s*\(/.test(text.slice(0, position)) ? ofKernels : ofCells;
  if (/^(and|or)\b/.test(rest)) return "write && and ||";
  if (rest.startsWith("@")) return words.product;
  if (/\[[^\]]*$/.test(before) && rest.startsWith(":")) return words.index;
  if (/\bfor\s+(\w+\s+)?$/.test(before) && /^\w+\s+in\b|^in\b/.test(rest.trimStart())) return words.loop;
  const python = pythonWords.find(
    ({ before: stands, rest: follows }) => stands.test(before) && follows.test(rest),
  );
  if (python !== undefined) return python.hint;
  if (/(^|\s)#$/.test(text.slice(lineStart, position)) || rest.startsWith("#"))
    return "a comment begins with //";
  return hidesCode(before) || hidesCode(lineBefore(text, lineStart)) ? floorHint : undefined;
}

/** What is written differently in kernels and outside of them. */
const ofKernels = {
  product: "the product of two matrices is dot(a, b)",
  index: "x[:, None] is written expand(x, 1)",
  loop: "a loop is written for (const k of range(start, end, step)) { ... }",
};
const ofCells = {
  product: "the product of two matrices is a.matmul(b)",
  index: 'x[1:5, None] is written x.at("1:5", null)',
  loop: "a loop is written for (let i = 0; i < n; i++) { ... }, over a list for (const item of list) { ... }",
};

/** Words of Python that end what TypeScript can read. */
const pythonWords: readonly { readonly before: RegExp; readonly rest: RegExp; readonly hint: string }[] = [
  {
    before: /^\s*def\s+$/,
    rest: /^\w/,
    hint: "a function is written function f(x) { return x; }, or const f = (x) => x",
  },
  { before: /\blambda\s+$/, rest: /^\w/, hint: "lambda x: x + 1 is written (x) => x + 1" },
  {
    before: /^\s*(import\s+[\w.]+\s+|from\s+)$/,
    rest: /^\w/,
    hint: "cells import nothing: tensor, random, linalg, fft, nn, optimizers and plot are there by name",
  },
  {
    before: /^\s*(if|elif|while)\s+$/,
    rest: /^[\w(]/,
    hint: "write if (x > 0) { ... } else if (...) { ... }, while (x > 0) { ... }",
  },
  { before: /\bnot\s+$/, rest: /^\w/, hint: "write !x, of a mask x.not()" },
  { before: /\[.*\S\s+$/, rest: /^for\b/, hint: "a list of what becomes of each is list.map((x) => x + 1)" },
  { before: /\bf$/, rest: /^["']/, hint: "values stand in a text as `loss ${value}`" },
];

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
