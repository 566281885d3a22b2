import { ManualClock, seeded } from "@tilebook/base";
import { describe, expect, test } from "vitest";
import { simulatedPair } from "../testing/simulated-channel.ts";
import { highMark } from "./channel.ts";
import { type LinkSpeed, Throttle } from "./throttle.ts";

/** Milliseconds at which each of so many messages of `bytes` arrives, all sent at once over a channel that takes no time itself. */
function arrivals(speed: LinkSpeed, count: number, bytes: number): number[] {
  const clock = new ManualClock();
  const { ends } = simulatedPair(clock, 0);
  const times: number[] = [];
  ends[1].onMessage(() => times.push(clock.now()));
  const channel = new Throttle(speed, clock, seeded(3)).over(ends[0]);
  for (let sent = 0; sent < count; sent++) channel.send(new Uint8Array(bytes));
  clock.advance(100_000);
  return times;
}

describe("a throttled link", () => {
  test("[L14] bytes take their time at the rate, and the delay once", () => {
    const times = arrivals({ mbps: 8, ms: 50 }, 10, 1_000);
    times.forEach((time, index) => expect(time).toBeCloseTo(50 + index + 1, 6));
  });

  test("[L15] losses hold up what is behind them, and limit the rate as Mathis says", () => {
    const times = arrivals({ ms: 20, loss: 0.01 }, 500, 12_000);
    expect(times).toHaveLength(500);
    expect(times.toSorted((a, b) => a - b)).toEqual(times);
    const rate = (500 * 12_000) / ((times.at(-1) ?? 0) / 1_000);
    // 1.2 · 1,200 B / (40 ms · √0.01) = 0.36 MB/s; Chromium was measured at 0.34.
    expect(rate).toBeGreaterThan(0.34e6);
    expect(rate).toBeLessThan(0.361e6);
  });

  test("[L16] all channels of a link share its rate, and a full one says when it has room", () => {
    const clock = new ManualClock();
    const throttle = new Throttle({ mbps: 80 }, clock, seeded(1));
    const channels = [
      throttle.over(simulatedPair(clock).ends[0]),
      throttle.over(simulatedPair(clock).ends[0]),
    ];
    let room = 0;
    for (const channel of channels) {
      channel.onRoom(() => (room += 1));
      channel.send(new Uint8Array(highMark));
    }
    clock.advance(highMark / 10_000 + 1);
    expect([room, channels.map(({ waiting }) => waiting)]).toEqual([1, [0, highMark]]);
    clock.advance(highMark / 10_000 + 1);
    expect([room, channels.map(({ waiting }) => waiting)]).toEqual([2, [0, 0]]);
  });

  test("[L18] a closed channel sends nothing any more", () => {
    const clock = new ManualClock();
    const { ends } = simulatedPair(clock, 0);
    let heard = 0;
    ends[1].onMessage(() => (heard += 1));
    const channel = new Throttle({ ms: 5 }, clock, seeded(1)).over(ends[0]);
    channel.send(new Uint8Array(10));
    channel.close();
    clock.advance(100);
    expect(heard).toBe(0);
  });

  test("[L17] a speed that is set anew holds for what is sent then, and order stays", () => {
    const clock = new ManualClock();
    const { ends } = simulatedPair(clock, 0);
    const times: (readonly [number, number | undefined])[] = [];
    ends[1].onMessage(([first]) => times.push([first ?? -1, clock.now()]));
    const throttle = new Throttle({ ms: 50 }, clock, seeded(3));
    const channel = throttle.over(ends[0]);
    channel.send(Uint8Array.of(1));
    throttle.set({});
    channel.send(Uint8Array.of(2));
    clock.advance(100);
    channel.send(Uint8Array.of(3));
    expect(times).toEqual([
      [1, 50],
      [2, 50],
    ]);
    clock.advance(0);
    expect(times.at(-1)).toEqual([3, 100]);
  });

  test("[L22] a full one says that it has room, also where the channel below has come down in between without a word", () => {
    const clock = new ManualClock();
    let below = 0;
    const [end] = simulatedPair(clock).ends;
    const channel = new Throttle({ mbps: 8 }, clock, seeded(1)).over({
      send: () => undefined,
      onRoom: () => undefined,
      onMessage: () => undefined,
      onClose: (listener) => end.onClose(listener),
      close: () => undefined,
      get waiting() {
        return below;
      },
    });
    let told = 0;
    channel.onRoom(() => (told += 1));
    for (let sent = 0; sent < 4; sent++) channel.send(new Uint8Array(64_000));
    expect(channel.waiting).toBe(256_000);
    below = 100_000;
    clock.advance(3 * 64);
    expect([channel.waiting, told]).toEqual([164_000, 0]);
    below = 0;
    clock.advance(64);
    expect([channel.waiting, told]).toEqual([0, 1]);
  });
});
