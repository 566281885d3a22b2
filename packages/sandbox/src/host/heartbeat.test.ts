import type { Clock } from "@tilebook/base";
import { describe, expect, test } from "vitest";
import { BEAT_MS, Heartbeat, MOST_SILENT_BEATS } from "./heartbeat.ts";

/** A clock whose timers fire when a test says so, on time or late. */
class LateClock implements Clock {
  #now = 0;
  #waiting: (() => void) | undefined;

  now(): number {
    return this.#now;
  }

  after(_: number, then: () => void): () => void {
    this.#waiting = then;
    return () => (this.#waiting = undefined);
  }

  fire(after: number): void {
    this.#now += after;
    const call = this.#waiting;
    this.#waiting = undefined;
    call?.();
  }
}

function beating(): { clock: LateClock; asked: number[]; deaths: number[]; heart: Heartbeat } {
  const clock = new LateClock();
  const asked: number[] = [];
  const deaths: number[] = [];
  const heart = new Heartbeat(
    clock,
    (beat) => asked.push(beat),
    () => deaths.push(clock.now()),
  );
  return { clock, asked, deaths, heart };
}

describe("the heartbeat", () => {
  test("[R1] asks four times a second, and as long as there are answers nobody is dead", () => {
    const { clock, asked, deaths, heart } = beating();
    for (let n = 0; n < 100; n++) {
      clock.fire(BEAT_MS);
      heart.heard();
    }
    expect(asked).toHaveLength(100);
    expect(deaths).toEqual([]);
  });

  test("[R2] after two seconds of silence the other side is dead, once", () => {
    const { clock, deaths } = beating();
    for (let n = 0; n < 100; n++) clock.fire(BEAT_MS);
    expect(deaths).toEqual([(MOST_SILENT_BEATS + 1) * BEAT_MS]);
  });

  test("[R3] beats that came late, because this page was frozen or busy, say nothing about the other side", () => {
    const { clock, deaths } = beating();
    for (let n = 0; n < 100; n++) clock.fire(60_000);
    expect(deaths).toEqual([]);
  });

  test("[R4] a stopped heart asks no more", () => {
    const { clock, asked, heart } = beating();
    heart.stop();
    clock.fire(BEAT_MS);
    expect(asked).toEqual([]);
  });
});
