import { describe, expect, test } from "vitest";
import { firstOfToday, ofToday, often, partOfDay } from "./sample.ts";

const long = process.env["TILEBOOK_LONG"] !== undefined;
const all = Array.from({ length: 40 }, (_, at) => at);

describe("the part of a day", () => {
  test("[SD1] is as many as were asked, in their order and each once; all in the long run", () => {
    const some = ofToday(all, 7);
    expect(some).toHaveLength(long ? 40 : 7);
    expect(some).toEqual([...new Set(some)].toSorted((a, b) => a - b));
    expect(ofToday(all, 40)).toEqual(all);
    expect(ofToday(all, 7)).toEqual(some);
    expect(often(3, 40)).toBe(long ? 40 : 3);
  });

  test("[SD2] begins within what there is, at a multiple, and its title says how to try it again", () => {
    const first = firstOfToday(500, 2000);
    expect(long ? [1] : [1, 501, 1001, 1501]).toContain(first);
    expect(partOfDay).toMatch(long ? /all/ : /^TILEBOOK_DAY=\d+$/);
  });
});
