import { type CellFence, cellFence, closeFence, type Fence, openFence } from "./fence.ts";
import type { Line } from "./lines.ts";

/** Lines [from, to) of a file that belong together. */
export type Region =
  | {
      readonly kind: "cell";
      readonly from: number;
      readonly to: number;
      readonly fence: Fence;
      readonly cell: CellFence;
      readonly closed: boolean;
    }
  | { readonly kind: "marker"; readonly from: number; readonly to: number }
  | { readonly kind: "prose"; readonly from: number; readonly to: number };

/** Divides lines into cells, markers and prose. Markers and fences inside of other fences and of comments are prose. */
export function scan(lines: readonly Line[]): readonly Region[] {
  const regions: Region[] = [];
  let at = 0;
  while (at < lines.length) {
    const region = regionAt(lines, at);
    const last = regions.at(-1);
    if (region.kind === "prose" && last?.kind === "prose")
      regions[regions.length - 1] = { ...last, to: region.to };
    else regions.push(region);
    at = region.to;
  }
  return regions;
}

function regionAt(lines: readonly Line[], at: number): Region {
  const text = lines[at]?.text ?? "";
  const fence = openFence(text);
  if (fence !== undefined) return fenceRegion(lines, at, fence);
  if (isMarker(text)) return { kind: "marker", from: at, to: at + 1 };
  return { kind: "prose", from: at, to: opensComment(text) ? commentEnd(lines, at) : at + 1 };
}

function fenceRegion(lines: readonly Line[], at: number, fence: Fence): Region {
  const end = closeFence(lines, at, fence);
  const cell = cellFence(fence);
  const to = end.closed ? end.at + 1 : end.at;
  if (cell === undefined) return { kind: "prose", from: at, to };
  return { kind: "cell", from: at, to, fence, cell, closed: end.closed };
}

function isMarker(line: string): boolean {
  return /^<!--[ \t]*cell[ \t]*-->[ \t]*$/.test(line);
}

function opensComment(line: string): boolean {
  return /^ {0,3}<!--(?!>|->)/.test(line) && !line.includes("-->");
}

function commentEnd(lines: readonly Line[], at: number): number {
  const end = lines.findIndex((line, index) => index > at && line.text.includes("-->"));
  return end < 0 ? lines.length : end + 1;
}

/** What must follow prose so that it does not swallow what stands after it: the end of an open fence or comment, or "". */
export function closerOf(lines: readonly Line[]): string {
  let last = { from: 0, to: 0 };
  while (last.to < lines.length) last = { from: last.to, to: regionAt(lines, last.to).to };
  const opener = lines[last.from]?.text ?? "";
  const fence = openFence(opener);
  if (fence !== undefined) {
    return fence.inList || closeFence(lines, last.from, fence).closed ? "" : fence.mark.repeat(fence.length);
  }
  return opensComment(opener) && !lines[last.to - 1]?.text.includes("-->") ? "-->" : "";
}
