import { Fault } from "@tilebook/base";
import type { MessageSite } from "./program.ts";

/**
 * The message buffer of a dispatch, in words of 32 bits:
 *
 *   word   0             how many records were wanted
 *          1             ~ the first program with a failed assert; 0 when none has failed
 *          2             how many failures were noted
 *          4 ...         records of six words: the place of the site in `sites`, the number of the program, its moment, how
 *                        often this program had reached the site before, the element's place in the tile (row-major), and its
 *                        32 bits (f16 as f32, bool as 0 or 1). Those beyond the room are counted and dropped
 *          after these   failures of four words: program, site, moment, place
 *
 * A moment is how many prints and asserts the program had come to before. A print records the first `mostElements` elements
 * of a tile where its mask holds. Of asserts a program notes its first false element, unless a program before it has failed
 * already. Failures go round in a ring: those left standing hold that of the first program of all, as long as no more than
 * `mostFailures` programs are at work at one moment.
 */
export const messageLayout = {
  headWords: 4,
  recordWords: 6,
  mostRecords: 4096,
  mostElements: 64,
  failureWords: 4,
  mostFailures: 1024,
} as const;

const { headWords, recordWords, mostRecords, failureWords, mostFailures } = messageLayout;

const failuresAt = headWords + recordWords * mostRecords;

/** Bytes of a message buffer. */
export const messageBytes: number = 4 * (failuresAt + failureWords * mostFailures);

/** One print of one program, as far as it was recorded. */
export interface KernelMessage {
  readonly site: MessageSite;
  readonly program: readonly [number, number, number];
  /** 0 for the first time this program reached the site, 1 for the next turn, ... */
  readonly visit: number;
  /** In the order of the tile's elements. */
  readonly elements: readonly { readonly place: number; readonly value: number }[];
}

/** The first assert that failed: of the first program that failed, at its first moment, at the first element. */
export interface KernelFailure {
  readonly site: MessageSite;
  readonly program: readonly [number, number, number];
  /** The element's place in the tile, row-major. */
  readonly place: number;
}

export interface KernelMessages {
  /** By program, then in the order in which it reached them. Of a launch that failed, those before the failure. */
  readonly messages: readonly KernelMessage[];
  /** Records that found no room. */
  readonly dropped: number;
}

interface Failure {
  readonly program: number;
  readonly site: number;
  readonly moment: number;
  readonly place: number;
}

/** What the words of a message buffer say. `grid` is that of the dispatch. */
export function readMessages(
  words: Uint32Array,
  sites: readonly MessageSite[],
  grid: readonly [number, number, number],
): KernelMessages & { readonly failed?: KernelFailure } {
  const wanted = words[0] ?? 0;
  const count = Math.min(wanted, mostRecords);
  const failure = firstFailure(words);
  const messages = readRecords(words, count, failure).map(({ site, program, ...rest }) => ({
    site: siteAt(sites, site),
    program: programOf(program, grid),
    visit: rest.visit,
    elements: rest.elements
      .map(({ place, bits }) => ({ place, value: numberOf(siteAt(sites, site), bits) }))
      .toSorted((a, b) => a.place - b.place),
  }));
  const said = { messages, dropped: wanted - count };
  if (failure === undefined) return said;
  const { site, program, place } = failure;
  return { ...said, failed: { site: siteAt(sites, site), program: programOf(program, grid), place } };
}

/** How many words, from the first on, hold anything. */
export function usedWords(head: Uint32Array): number {
  if ((head[1] ?? 0) !== 0) return messageBytes / 4;
  return headWords + recordWords * Math.min(head[0] ?? 0, mostRecords);
}

function firstFailure(words: Uint32Array): Failure | undefined {
  if ((words[1] ?? 0) === 0) return undefined;
  const first = ~(words[1] ?? 0) >>> 0;
  for (let slot = 0; slot < Math.min(words[2] ?? 0, mostFailures); slot++) {
    const start = failuresAt + slot * failureWords;
    const [program = 0, site = 0, moment = 0, place = 0] = words.subarray(start, start + failureWords);
    if (program === first) return { program, site, moment, place };
  }
  throw new Fault("internal/message", `program ${first} failed, and left no note why`);
}

interface Recorded {
  readonly site: number;
  readonly program: number;
  readonly moment: number;
  readonly visit: number;
  readonly elements: { readonly place: number; readonly bits: number }[];
}

/** The records of each print of each program together; after a failure nothing was said. */
function readRecords(words: Uint32Array, count: number, failure: Failure | undefined): readonly Recorded[] {
  const found = new Map<string, Recorded>();
  for (let record = 0; record < count; record++) {
    const start = headWords + record * recordWords;
    const fields = words.subarray(start, start + recordWords);
    const [site = 0, program = 0, moment = 0, visit = 0, place = 0, bits = 0] = fields;
    const key = `${program}/${moment}`;
    const message = found.get(key) ?? { site, program, moment, visit, elements: [] };
    message.elements.push({ place, bits });
    found.set(key, message);
  }
  return [...found.values()]
    .filter((message) => failure === undefined || compare(message, failure) < 0)
    .toSorted(compare);
}

type Moment = Pick<Failure, "program" | "moment">;

function compare(a: Moment, b: Moment): number {
  return a.program - b.program || a.moment - b.moment;
}

function siteAt(sites: readonly MessageSite[], place: number): MessageSite {
  const site = sites[place];
  if (site === undefined)
    throw new Fault("internal/message", `a message of site ${place}, which there is not`);
  return site;
}

function programOf(program: number, [width, height]: readonly number[]): readonly [number, number, number] {
  const x = width ?? 1;
  const y = height ?? 1;
  return [program % x, Math.floor(program / x) % y, Math.floor(program / (x * y))];
}

const bytes = new DataView(new ArrayBuffer(4));

function numberOf({ dtype }: MessageSite, bits: number): number {
  if (dtype === "u32" || dtype === "bool") return bits;
  bytes.setUint32(0, bits);
  return dtype === "i32" ? bytes.getInt32(0) : bytes.getFloat32(0);
}
