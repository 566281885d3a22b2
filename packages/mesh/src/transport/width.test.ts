import { describe, expect, test } from "vitest";
import { Width } from "./width.ts";

/** A link that is always full, whose rate (bytes/ms) follows from its connections; each that is wanted is there at once. */
function play(seconds: number, roundTrip: number, rateOf: (width: number) => number): Width {
  const width = new Width();
  let left = 0;
  for (let tick = 0; tick < seconds * 2; tick++) {
    if (width.tick({ left: Math.round(left), isFull: true, roundTrip })) width.widened();
    left += rateOf(width.width) * 500;
  }
  return width;
}

describe("how many connections a link has", () => {
  test("[W1] where losses hold it back it gets as many as are let", () => {
    expect(play(60, 40, (connections) => 340 * connections).width).toBe(4);
  });
  test("[W2] a way that is full of its own is tried once", () => {
    expect(play(60, 40, () => 500).width).toBe(2);
  });
  test("[W3] the second helps, the third does not: there is no fourth", () => {
    expect(play(60, 40, (connections) => Math.min(700, 340 * connections)).width).toBe(3);
  });
  test("[W4] near ones, and those with much on its way, are not tried", () => {
    expect(play(60, 2, () => 300).width).toBe(1);
    expect(play(60, 40, () => 5_000).width).toBe(1);
  });
  test("[W5] a link that is not full is left alone", () => {
    const width = new Width();
    for (let tick = 0; tick < 100; tick++)
      expect(width.tick({ left: tick, isFull: tick % 2 === 0, roundTrip: 40 })).toBe(false);
  });
  test("[W6] when one ends, those that are left are enough", () => {
    const width = play(60, 40, (connections) => 340 * connections);
    width.lost();
    for (let tick = 0; tick < 100; tick++)
      expect(width.tick({ left: tick * 340 * 3 * 500, isFull: true, roundTrip: 40 })).toBe(false);
    expect(width.width).toBe(3);
  });
});
