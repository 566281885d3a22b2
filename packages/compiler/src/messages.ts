import { Fault } from "@tilebook/base";
import type { MessageSite } from "./program.ts";

/**
 * The message buffer of a dispatch, in words: [0] how many records were wanted, then from word 4 on records of five words:
 * the place of the site in `sites`, the number of the program, how often this program had reached the site before, the
 * element's place in the tile (row-major), and its 32 bits (f16 as f32, bool as 0 or 1). Records beyond the room are
 * counted and dropped. A print records the first `mostElements` elements of a tile where its mask holds; an assert the
 * elements that are false.
 */
export const messageLayout = { headWords: 4, recordWords: 5, mostRecords: 4096, mostElements: 64 } as const;

/** Bytes of a message buffer. */
export const messageBytes: number =
  4 * (messageLayout.headWords + messageLayout.recordWords * messageLayout.mostRecords);

/** One print or failed assert of one program, as far as it was recorded. */
export interface KernelMessage {
  readonly site: MessageSite;
  readonly program: readonly [number, number, number];
  /** 0 for the first time this program reached the site, 1 for the next turn, ... */
  readonly visit: number;
  /** In the order of the tile's elements. */
  readonly elements: readonly { readonly place: number; readonly value: number }[];
}

export interface KernelMessages {
  /** By program, then in the order in which it reached them. */
  readonly messages: readonly KernelMessage[];
  /** Records that found no room. */
  readonly dropped: number;
}

/** What the words of a message buffer say. `grid` is that of the dispatch. */
export function readMessages(
  words: Uint32Array,
  sites: readonly MessageSite[],
  grid: readonly [number, number, number],
): KernelMessages {
  const { headWords, recordWords, mostRecords } = messageLayout;
  const wanted = words[0] ?? 0;
  const count = Math.min(wanted, mostRecords);
  const floats = new Float32Array(words.buffer, words.byteOffset, words.length);
  const found = new Map<string, KernelMessage & { readonly order: readonly number[] }>();
  for (let record = 0; record < count; record++) {
    const start = headWords + record * recordWords;
    const [site = 0, program = 0, visit = 0, place = 0, bits = 0] = words.subarray(
      start,
      start + recordWords,
    );
    const known = sites[site];
    if (known === undefined)
      throw new Fault("internal/message", `a message of site ${site}, which there is not`);
    const key = `${program}/${visit}/${site}`;
    const message = found.get(key) ?? {
      site: known,
      program: programOf(program, grid),
      visit,
      elements: [],
      // Of one program the earliest record first: its threads reach a site together, more or less.
      order: [program, record],
    };
    const value = numberOf(known, bits, floats[start + 4] ?? 0);
    found.set(key, { ...message, elements: [...message.elements, { place, value }] });
  }
  const messages = [...found.values()]
    .toSorted((a, b) => compare(a.order, b.order))
    .map(({ site, program, visit, elements }) => ({
      site,
      program,
      visit,
      elements: elements.toSorted((a, b) => a.place - b.place),
    }));
  return { messages, dropped: wanted - count };
}

function programOf(program: number, [width, height]: readonly number[]): readonly [number, number, number] {
  const x = width ?? 1;
  const y = height ?? 1;
  return [program % x, Math.floor(program / x) % y, Math.floor(program / (x * y))];
}

function numberOf({ dtype }: MessageSite, bits: number, float: number): number {
  if (dtype === "f32" || dtype === "f16") return float;
  return dtype === "i32" ? bits | 0 : bits;
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((item, index) => item !== b[index]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}
