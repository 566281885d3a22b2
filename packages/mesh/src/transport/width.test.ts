import { describe, expect, test } from "vitest";
import { Width } from "./width.ts";

/** A link that is always full, whose rate (bytes/ms) follows from its connections; each that is wanted is there at once. */
class Played {
  connections = 1;
  readonly #width = new Width();
  #left = 0;

  constructor(seconds: number, roundTrip: number, rateOf: (connections: number) => number) {
    this.go(seconds, roundTrip, rateOf);
  }

  go(seconds: number, roundTrip: number, rateOf: (connections: number) => number): this {
    for (let tick = 0; tick < seconds * 2; tick++) {
      const now = { left: Math.round(this.#left), width: this.connections, isFull: true, roundTrip };
      if (this.#width.tick(now)) this.connections += 1;
      this.#left += rateOf(this.connections) * 500;
    }
    return this;
  }
}

const lossy = (connections: number): number => 340 * connections;

describe("how many connections a link has", () => {
  test("[W1] where losses hold it back it gets as many as are let", () => {
    expect(new Played(60, 40, lossy).connections).toBe(4);
  });
  test("[W2] a way that is full of its own is tried once", () => {
    expect(new Played(60, 40, () => 500).connections).toBe(2);
  });
  test("[W3] the second helps, the third does not: there is no fourth", () => {
    expect(new Played(60, 40, (connections) => Math.min(700, lossy(connections))).connections).toBe(3);
  });
  test("[W4] near ones, and those with much on its way, are not tried", () => {
    expect(new Played(60, 2, () => 300).connections).toBe(1);
    expect(new Played(60, 40, () => 5_000).connections).toBe(1);
  });
  test("[W5] a link that is not full is left alone", () => {
    const width = new Width();
    for (let tick = 0; tick < 100; tick++)
      expect(width.tick({ left: tick, width: 1, isFull: tick % 2 === 0, roundTrip: 40 })).toBe(false);
  });
  test("[W6] when one ends, those that are left are enough", () => {
    const played = new Played(60, 40, lossy);
    played.connections = 3;
    expect(played.go(60, 40, lossy).connections).toBe(3);
  });
});
