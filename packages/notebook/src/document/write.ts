import type { CellAttributes, CellKind } from "../state.ts";
import { sameAttributes, writeAttributes } from "./attributes.ts";
import { type Block, cellMarker, type Document, type FenceStyle } from "./document.ts";
import { fenceLength } from "./fence.ts";
import { findFrontMatter } from "./front-matter.ts";
import { isBlank, linesOf, withEnding } from "./lines.ts";
import { closerOf, scan } from "./scan.ts";

/** What a block should say. `text` has LF line endings. */
export interface Wanted {
  readonly id: string;
  readonly named: boolean;
  readonly kind: CellKind;
  readonly text: string;
  readonly attributes: CellAttributes;
}

/**
 * The document that says `wanted`, in that order. Blocks that say the same as before keep their very characters, and
 * so do the gaps between blocks that stay neighbours.
 */
export function rewrite(document: Document, wanted: readonly Wanted[]): Document {
  const old = new Map(document.blocks.map((block) => [block.id, block]));
  const blocks: Block[] = [];
  wanted.forEach((cell, index) => {
    const written = writeBlock(cell, old.get(cell.id), document.ending);
    const block = index < wanted.length - 1 ? closed(written, document.ending) : written;
    blocks.push({ ...block, gap: gapBefore(document, blocks.at(-1), block) });
  });
  const isFirstText = document.blocks.length === 0 && document.tail === "" && blocks.length > 0;
  return { ...document, blocks, tail: isFirstText ? document.ending : document.tail };
}

function writeBlock(cell: Wanted, old: Block | undefined, ending: string): Block {
  if (old !== undefined && saysTheSame(cell, old)) return old;
  const { id, named, kind, text, attributes } = cell;
  const block = { id, named, kind, text, attributes, gap: old?.gap ?? "" };
  if (kind === "prose") return { ...block, slice: withEnding(withStaticFences(text), ending) };
  const style = fenceStyle(cell, old);
  const lines = [
    style.mark.repeat(style.length) + style.info,
    ...(text === "" ? [] : [text]),
    style.close ?? "",
  ];
  return { ...block, style, slice: withEnding(lines.join("\n"), ending) };
}

function saysTheSame(cell: Wanted, old: Block): boolean {
  const sameHead =
    cell.kind === old.kind && cell.named === old.named && sameAttributes(cell.attributes, old.attributes);
  return sameHead && cell.text === old.text;
}

/** The fences of a changed cell: as they were, but longer where the code needs it. */
function fenceStyle(cell: Wanted, old: Block | undefined): FenceStyle {
  const before = old?.style;
  const extra = before?.extra ?? "";
  const info = infoOf(cell, old, extra);
  const mark = before?.mark === "~" || info.includes("`") ? "~" : "`";
  const length = fenceLength(cell.text, mark, before?.length ?? 3);
  const stays = before?.mark === mark && before.length === length;
  return { mark, length, info, extra, close: (stays ? before.close : undefined) ?? mark.repeat(length) };
}

/** What follows the marks: as it was, unless the kind, the id or the attributes changed. */
function infoOf(cell: Wanted, old: Block | undefined, extra: string): string {
  if (old?.style !== undefined && saysTheSame({ ...cell, text: old.text }, old)) return old.style.info;
  const words = writeAttributes(cell.named ? cell.id : undefined, cell.attributes);
  return cell.kind + (words === "" ? "" : ` ${words}`) + extra;
}

/** A cell fence written in prose stays prose when the file is opened again. */
function withStaticFences(text: string): string {
  const lines = linesOf(text);
  let result = "";
  let at = 0;
  for (const region of scan(lines)) {
    const line = lines[region.from];
    if (region.kind !== "cell" || line === undefined) continue;
    const { fence, cell } = region;
    const words = writeAttributes(cell.id, cell.attributes).slice(1, -1);
    const info = `${cell.kind} {.static${words === "" ? "" : ` ${words}`}}${cell.extra}`;
    result += text.slice(at, line.start) + fence.mark.repeat(fence.length) + info;
    at = line.end;
  }
  return result + text.slice(at);
}

/** A block that others follow: an open fence or comment in it must not swallow them. */
function closed(block: Block, ending: string): Block {
  if (block.style !== undefined && block.style.close === undefined) {
    const close = block.style.mark.repeat(block.style.length);
    const slice = /[\r\n]$/.test(block.slice) ? block.slice + close : block.slice + ending + close;
    return { ...block, style: { ...block.style, close }, slice };
  }
  const closer = block.kind === "prose" ? closerOf(linesOf(block.slice)) : "";
  return closer === "" ? block : { ...block, slice: block.slice + ending + closer };
}

/** The old gap where it still fits, else one blank line; a marker where two prose cells would run together. */
function gapBefore(document: Document, previous: Block | undefined, block: Block): string {
  if (previous === undefined) return firstGap(document, block);
  const needsMarker = block.kind === "prose" && (previous.kind === "prose" || isBlank(block.text));
  const index = document.blocks.findIndex((other) => other.id === block.id);
  const own = index > 0 ? document.blocks[index]?.gap : undefined;
  if (own !== undefined && /^[\r\n]/.test(own) && fits(own, block, needsMarker)) return own;
  const blank = document.ending.repeat(2);
  return needsMarker ? blank + markerBefore(block, document.ending) : blank;
}

function firstGap(document: Document, block: Block): string {
  const start = /[^\uFEFF\r\n]$/.test(document.head) ? document.ending : "";
  const gap = document.blocks[0]?.gap ?? start;
  const readsAsHead = document.head.length <= 1 && findFrontMatter(block.slice, 0) !== undefined;
  const isEmpty = block.kind === "prose" && isBlank(block.text);
  if (fits(gap, block, isEmpty) && !(readsAsHead && gap === "")) return gap;
  return isEmpty || readsAsHead ? start + markerBefore(block, document.ending) : start;
}

function fits(gap: string, block: Block, needsMarker: boolean): boolean {
  const hasMarker = gap.includes("<!--");
  if (hasMarker && (block.kind !== "prose" || (block.slice !== "" && !/[\r\n]$/.test(gap)))) return false;
  return hasMarker || !needsMarker;
}

function markerBefore(block: Block, ending: string): string {
  return block.slice === "" ? cellMarker : cellMarker + ending + ending;
}
