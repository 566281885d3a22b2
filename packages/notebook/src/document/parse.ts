import { hashText } from "@tilebook/base";
import { noAttributes } from "./attributes.ts";
import type { Block, Document } from "./document.ts";
import { findFrontMatter } from "./front-matter.ts";
import { isBlank, type Line, lineEnding, linesOf, withLineFeeds } from "./lines.ts";
import { type Region, scan } from "./scan.ts";

/** Reads a `.nb.md` file. Any text is a document: what is no cell is prose, so this never fails. */
export function parse(text: string): Document {
  const mark = text.startsWith("\uFEFF") ? 1 : 0;
  const front = findFrontMatter(text, mark);
  const start = front?.end ?? mark;
  const lines = linesOf(text, start);
  const places = placesOf(scan(lines), lines);
  const blocks: Block[] = [];
  const ids = new Ids(
    places.flatMap((place) => (place.region.kind === "cell" ? (place.region.cell.id ?? []) : [])),
  );
  let at = start;
  for (const place of places) {
    blocks.push({ ...blockOf(text, place, lines, ids), gap: text.slice(at, place.start) });
    at = place.end;
  }
  return {
    head: text.slice(0, start),
    ...(front === undefined ? {} : { frontMatter: front.inner }),
    blocks,
    tail: text.slice(at),
    ending: lineEnding(text),
  };
}

/** A block's place in the text: its slice is [start, end). */
interface Place {
  readonly region: Exclude<Region, { kind: "marker" }>;
  readonly start: number;
  readonly end: number;
}

function placesOf(regions: readonly Region[], lines: readonly Line[]): readonly Place[] {
  const places: Place[] = [];
  regions.forEach((region, index) => {
    const follower = regions[index + 1];
    if (region.kind === "cell") places.push(cellPlace(region, lines));
    else if (region.kind === "prose")
      places.push(...prosePlace(region, lines, regions[index - 1]?.kind === "marker"));
    else if (follower?.kind !== "prose") places.push(emptyProse(region, lines));
  });
  return places;
}

function cellPlace(region: Extract<Region, { kind: "cell" }>, lines: readonly Line[]): Place {
  const last = lines[region.to - 1];
  const end = (region.closed ? last?.end : last?.next) ?? 0;
  return { region, start: lines[region.from]?.start ?? 0, end };
}

/** Prose without the blank lines around it. Blank prose is a cell only after a marker. */
function prosePlace(
  region: Extract<Region, { kind: "prose" }>,
  lines: readonly Line[],
  marked: boolean,
): readonly Place[] {
  const own = lines.slice(region.from, region.to);
  const first = own.find((line) => !isBlank(line.text));
  const last = own.findLast((line) => !isBlank(line.text));
  if (first !== undefined && last !== undefined) return [{ region, start: first.start, end: last.end }];
  return marked ? [emptyProse({ from: region.from - 1 }, lines)] : [];
}

function emptyProse(marker: { readonly from: number }, lines: readonly Line[]): Place {
  const end = lines[marker.from]?.end ?? 0;
  return { region: { kind: "prose", from: marker.from, to: marker.from }, start: end, end };
}

function blockOf(text: string, place: Place, lines: readonly Line[], ids: Ids): Omit<Block, "gap"> {
  const { region } = place;
  const slice = text.slice(place.start, place.end);
  if (region.kind === "prose") {
    const prose = withLineFeeds(slice);
    return { ...ids.give("prose", prose), kind: "prose", text: prose, attributes: noAttributes, slice };
  }
  const { fence, cell, closed } = region;
  const code = codeOf(text, region, lines);
  const { id, named } = ids.give(cell.kind, code, cell.id);
  const lostId = cell.id === undefined || named ? [] : [`#${cell.id}`];
  const attributes = { ...cell.attributes, rest: [...lostId, ...cell.attributes.rest] };
  const close = closed ? { close: lines[region.to - 1]?.text ?? "" } : {};
  const style = { mark: fence.mark, length: fence.length, info: fence.info, extra: cell.extra, ...close };
  return { id, named, kind: cell.kind, text: code, attributes, slice, style };
}

/** The lines between the fences, without the last line ending. */
function codeOf(text: string, region: Extract<Region, { kind: "cell" }>, lines: readonly Line[]): string {
  const from = lines[region.from]?.next ?? 0;
  const last = lines[region.closed ? region.to - 1 : region.to];
  const to = last?.start ?? text.length;
  return withLineFeeds(text.slice(from, Math.max(from, to))).replace(/\n$/, "");
}

/** Gives every block its id: the first fence that asks for an id gets it, all others get one made from their text. */
class Ids {
  readonly #asked: Set<string>;
  readonly #given = new Set<string>();

  constructor(asked: readonly string[]) {
    this.#asked = new Set(asked);
  }

  give(kind: string, text: string, wanted?: string): { readonly id: string; readonly named: boolean } {
    const named = wanted !== undefined && !this.#given.has(wanted);
    const id = named
      ? wanted
      : madeUpId(kind, text, (other) => this.#given.has(other) || this.#asked.has(other));
    this.#given.add(id);
    return { id, named };
  }
}

/** An id made from the text of a cell; two openings of one file agree on it. */
export function madeUpId(kind: string, text: string, isTaken: (id: string) => boolean): string {
  const stem = `c${hashText(`${kind}\n${text}`).slice(-8)}`;
  if (!isTaken(stem)) return stem;
  let count = 2;
  while (isTaken(`${stem}-${count}`)) count += 1;
  return `${stem}-${count}`;
}
