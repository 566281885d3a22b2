import { type FenceAttributes, readAttributes } from "./attributes.ts";
import type { Line } from "./lines.ts";

/** The line that opens a fenced block: `indent` spaces or a list marker, `length` times `mark`, then `info`. */
export interface Fence {
  readonly mark: "`" | "~";
  readonly length: number;
  readonly info: string;
  /** Columns before the mark. Cells have 0. */
  readonly indent: number;
  /** The fence stands on the line of a list marker; it also ends where the list item ends. */
  readonly inList: boolean;
}

/** A fence that is a cell: its kind, its attributes, and what follows the braces. */
export interface CellFence extends FenceAttributes {
  readonly kind: "ts" | "wgsl";
  readonly extra: string;
}

const opening = /^( {0,3}|(?: {0,3}(?:[-*+]|\d{1,9}[.)]) {1,4}))(`{3,}|~{3,})(.*)$/s;

/** What opens a fenced block by CommonMark, or undefined. */
export function openFence(line: string): Fence | undefined {
  const match = opening.exec(line);
  const [, before = "", marks = "", info = ""] = match ?? [];
  if (match === null || (marks.startsWith("`") && info.includes("`"))) return undefined;
  const mark = marks.startsWith("`") ? "`" : "~";
  return { mark, length: marks.length, info, indent: before.length, inList: /\S/.test(before) };
}

/** The index of the line that closes the fence opened on line `at`, or of the first line after it when nothing closes it. */
export function closeFence(
  lines: readonly Line[],
  at: number,
  fence: Fence,
): { readonly at: number; readonly closed: boolean } {
  for (let index = at + 1; index < lines.length; index++) {
    const line = lines[index]?.text ?? "";
    if (closes(line, fence)) return { at: index, closed: true };
    if (fence.inList && /\S/.test(line) && indentOf(line) < fence.indent) return { at: index, closed: false };
  }
  return { at: lines.length, closed: false };
}

function closes(line: string, fence: Fence): boolean {
  const match = /^( *)(`{3,}|~{3,})[ \t]*$/.exec(line);
  const [, indent = "", marks = ""] = match ?? [];
  if (match === null || !marks.startsWith(fence.mark) || marks.length < fence.length) return false;
  return indent.length <= (fence.inList ? fence.indent + 3 : 3);
}

function indentOf(line: string): number {
  return /^ */.exec(line)?.[0].length ?? 0;
}

/** A fence at column 0 whose first word is `ts` or `wgsl` is a cell, unless it is `.static`. */
export function cellFence(fence: Fence): CellFence | undefined {
  const parts = fenceInfo(fence);
  return parts === undefined || parts.isStatic ? undefined : parts;
}

/** The same for `.static` fences too. */
export function fenceInfo(fence: Fence): CellFence | undefined {
  if (fence.indent !== 0) return undefined;
  const match = /^[ \t]*(ts|wgsl)(?=[\s{]|$)(?:[ \t]*\{([^{}]*)\})?(.*)$/s.exec(fence.info);
  const [, kind, inner = "", extra = ""] = match ?? [];
  if (kind !== "ts" && kind !== "wgsl") return undefined;
  return { kind, extra, ...readAttributes(inner) };
}

/** How many marks a fence around `text` needs, at least `least`: more than any line of it starts with. */
export function fenceLength(text: string, mark: "`" | "~", least: number): number {
  let length = least;
  for (const match of text.matchAll(mark === "`" ? /^ {0,3}(`{3,})/gm : /^ {0,3}(~{3,})/gm)) {
    length = Math.max(length, (match[1]?.length ?? 0) + 1);
  }
  return length;
}
