import type { StateBlock, StateInline } from "markdown-it";
import { lineText } from "./lines.ts";

/** Rules for markdown-it that find `$x$` and `$$x$$`; the token's content is the formula. */

/** `$` opens before a character and closes after one, and never right before a digit: "$5 and $6" is money. */
export function inlineMath(state: StateInline, silent: boolean): boolean {
  const { src, pos } = state;
  if (src[pos] !== "$" || /\s|\$|^$/.test(src[pos + 1] ?? "")) return false;
  const end = closingDollar(src, pos + 1, state.posMax);
  if (end === undefined) return false;
  if (!silent) {
    const token = state.push("math_inline", "math", 0);
    token.content = src.slice(pos + 1, end);
  }
  state.pos = end + 1;
  return true;
}

function closingDollar(src: string, from: number, most: number): number | undefined {
  for (let at = from; at < most; at += 1) {
    if (src[at] === "\\") at += 1;
    else if (src[at] === "$")
      return /\s/.test(src[at - 1] ?? "") || /\d/.test(src[at + 1] ?? "") ? undefined : at;
  }
  return undefined;
}

/** A block that starts with `$$` and ends with `$$` at the end of a line. */
export function blockMath(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  if (!lineText(state, startLine).startsWith("$$")) return false;
  const lines: string[] = [];
  for (let line = startLine; line < endLine; line += 1) {
    const text = lineText(state, line).trimEnd();
    const body = line === startLine ? text.slice(2) : text;
    lines.push(body);
    if (!body.endsWith("$$")) continue;
    if (silent) return true;
    const token = state.push("math_block", "math", 0);
    token.block = true;
    token.content = lines.join("\n").slice(0, -2).trim();
    token.map = [startLine, line + 1];
    state.line = line + 1;
    return true;
  }
  return false;
}
