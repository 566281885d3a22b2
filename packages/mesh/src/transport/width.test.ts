import { describe, expect, test } from "vitest";
import { Width, type WidthWish } from "./width.ts";

/** A link that is always full, whose rate (bytes/ms) follows from its connections; each that is wanted is there at once. */
function play(seconds: number, roundTrip: number, rateOf: (width: number) => number): [Width, WidthWish[]] {
  const width = new Width();
  const said: WidthWish[] = [];
  let left = 0;
  for (let tick = 0; tick < seconds * 2; tick++) {
    const wish = width.tick({ left: Math.round(left), isSending: true, isFull: true, roundTrip });
    if (wish !== undefined) said.push(wish);
    if (wish === "widen") width.widened();
    left += rateOf(width.width) * 500;
  }
  return [width, said];
}

describe("how many connections a link has", () => {
  test("[W1] where losses hold it back it gets as many as are let", () => {
    const [{ width }, said] = play(60, 40, (connections) => 340 * connections);
    expect(said).toEqual(["widen", "widen", "widen"]);
    expect(width).toBe(4);
  });
  test("[W2] a way that is full of its own keeps one, after one try", () => {
    const [{ width }, said] = play(60, 40, () => 500);
    expect(said).toEqual(["widen", "narrow"]);
    expect(width).toBe(1);
  });
  test("[W3] the second helps, the third does not: two stay", () => {
    const [{ width }, said] = play(60, 40, (connections) => Math.min(700, 340 * connections));
    expect(said).toEqual(["widen", "widen", "narrow"]);
    expect(width).toBe(2);
  });
  test("[W4] near ones, and those with much on its way, are not tried", () => {
    expect(play(60, 2, () => 300)[1]).toEqual([]);
    expect(play(60, 40, () => 5_000)[1]).toEqual([]);
  });
  test("[W5] a link that is not full is left alone", () => {
    const width = new Width();
    for (let tick = 0; tick < 100; tick++)
      expect(
        width.tick({ left: tick, isSending: true, isFull: tick % 2 === 0, roundTrip: 40 }),
      ).toBeUndefined();
  });
  test("[W6] when nothing arrives over several any more, only the first is trusted from then on", () => {
    const width = new Width();
    width.widened();
    const said = Array.from({ length: 40 }, () =>
      width.tick({ left: 1, isSending: true, isFull: true, roundTrip: 40 }),
    );
    expect(said.filter((wish) => wish !== undefined)).toEqual(["drop"]);
    expect(width.width).toBe(1);
  });
});
