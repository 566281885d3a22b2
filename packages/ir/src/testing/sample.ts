// What takes too long to try altogether each time: `npm run unit:long` does, CI takes a part of it that changes by the day.
import { seeded } from "@tilebook/base";

const long = process.env["TILEBOOK_LONG"] !== undefined;

/** The day whose parts CI tries. A failure names it: TILEBOOK_DAY=<day> tries the same again. */
export const day: number = Number(process.env["TILEBOOK_DAY"] ?? Math.floor(Date.now() / 86_400_000));

/** For the titles of tests that try a part: how to try the same one again. */
export const partOfDay: string = long ? "all of them" : `TILEBOOK_DAY=${day}`;

/** How often something is tried: in CI, and in the long run. */
export function often(inCi: number, inAll: number): number {
  return long ? inAll : inCi;
}

/** `count` of them in their order, others on other days; all of them in the long run. */
export function ofToday<T>(all: readonly T[], count: number): readonly T[] {
  if (long || count >= all.length) return all;
  const random = seeded(day);
  const ranks = all.map((_, at) => ({ at, rank: random() })).toSorted((a, b) => a.rank - b.rank);
  const chosen = new Set(ranks.slice(0, count).map(({ at }) => at));
  return all.filter((_, at) => chosen.has(at));
}

/** The first of today's `count` seeds, where the long run tries those from 1 to `inAll`. */
export function firstOfToday(count: number, inAll: number): number {
  return long ? 1 : 1 + (day % Math.floor(inAll / count)) * count;
}
