import type { StateBlock } from "markdown-it";
import { lineText } from "./lines.ts";

const opening = /^<details><summary>(.*)<\/summary>$/;
const closing = "</details>";

/**
 * A part that is folded away, as GitHub has it: a line `<details><summary>Hint</summary>`, Markdown, a line `</details>`.
 * Other HTML stays text.
 */
export function details(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  const summary = opening.exec(lineText(state, startLine).trim())?.[1];
  const end = summary === undefined ? undefined : closingLine(state, startLine + 1, endLine);
  if (summary === undefined || end === undefined) return false;
  if (silent) return true;
  state.push("details_open", "details", 1).block = true;
  state.push("summary_open", "summary", 1);
  const token = state.push("inline", "", 0);
  token.content = summary;
  token.children = [];
  state.push("summary_close", "summary", -1);
  const { lineMax } = state;
  state.lineMax = end;
  state.md.block.tokenize(state, startLine + 1, end);
  state.lineMax = lineMax;
  state.push("details_close", "details", -1).block = true;
  state.line = end + 1;
  return true;
}

/** The line that closes what was opened above `from`; parts inside have closing lines of their own. */
function closingLine(state: StateBlock, from: number, endLine: number): number | undefined {
  let depth = 1;
  for (let line = from; line < endLine; line += 1) {
    const text = lineText(state, line).trim();
    if (opening.test(text)) depth += 1;
    if (text === closing) depth -= 1;
    if (depth === 0) return line;
  }
  return undefined;
}
