import { type Position, positionAt } from "@tilebook/base";
import type { CellAnalysis, Edit } from "./cell.ts";

/** The text with every edit made. The edits are in the text's order and do not overlap. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const parts: string[] = [];
  let done = 0;
  for (const edit of edits) {
    parts.push(text.slice(done, edit.at), edit.inserted);
    done = edit.at + edit.removed;
  }
  return parts.join("") + text.slice(done);
}

/**
 * The place in the cell's text that `offset` of the code came from. Inside inserted text it is the place of the
 * edit; where text of the same length was written over, it is the place underneath.
 */
export function mapBack(edits: readonly Edit[], offset: number): number {
  let shift = 0;
  for (const edit of edits) {
    const start = edit.at + shift;
    if (offset < start) break;
    const inside = offset - start;
    if (inside < edit.inserted.length) {
      return edit.inserted.length === edit.removed ? edit.at + inside : edit.at;
    }
    shift += edit.inserted.length - edit.removed;
  }
  return Math.max(0, offset - shift);
}

/** Where a line and column of the code (both 1-based) stand in the cell's text. */
export function mapPosition(
  analysis: Pick<CellAnalysis, "code" | "edits">,
  text: string,
  line: number,
  column: number,
): Position {
  return positionAt(text, mapBack(analysis.edits, offsetAt(analysis.code, line, column)));
}

/** The inverse of `positionAt`; positions outside are clamped to the text and to their line. */
export function offsetAt(text: string, line: number, column: number): number {
  let start = 0;
  for (let seen = 1; seen < line; seen++) {
    const end = text.indexOf("\n", start);
    if (end < 0) return text.length;
    start = end + 1;
  }
  const end = text.indexOf("\n", start);
  return Math.max(start, Math.min(start + column - 1, end < 0 ? text.length : end));
}
