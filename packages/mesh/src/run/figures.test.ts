import { ManualClock } from "@tilebook/base";
import { describe, expect, test } from "vitest";
import { timelineOf } from "./figures.ts";
import type { Device } from "./device.ts";
import { Recorder, type RunEvent } from "./timeline.ts";

const event = (
  kind: RunEvent["kind"],
  what: string,
  [start, end]: readonly [number, number],
  peer = 0,
): RunEvent => ({
  kind,
  what,
  start,
  end,
  bytes: kind === "compute" ? 0 : 100,
  peer,
});

/** A device that is done 30 ms after a run has resolved. */
class LateDevice implements Device {
  readonly clock = new ManualClock();

  upload(): string {
    return "";
  }

  async run(): Promise<readonly string[]> {
    return [];
  }

  async read(): Promise<Uint8Array> {
    return new Uint8Array();
  }

  free(): void {}

  async settled(): Promise<void> {
    this.clock.advance(30);
  }
}

describe("figures of a run", () => {
  test("[TL4] what was computed ends when the device is done, not when its run resolves", async () => {
    const device = new LateDevice();
    const recorder = new Recorder(device.clock, 0);
    const ended = recorder.computing({ graph: { nodes: [], kernels: [], outputs: [] }, outputs: [] }, device);
    ended();
    const [only] = await recorder.whole();
    expect((only?.end ?? 0) - (only?.start ?? 0)).toBe(30);
  });

  test("[TL1] communication is from the sending on, by one clock; what the rank computes beside is hidden", () => {
    const first = [event("send", "v", [10, 52], 1), event("compute", "matmul", [0, 10])];
    // Its clock shows 1000 more.
    const second = [event("compute", "matmul", [1000, 1040]), event("receive", "v", [1030, 1050])];
    const { ranks, hidden, events, start, end } = timelineOf([first, second], [0, 1000]);
    expect(ranks).toEqual([
      { rank: 0, compute: 10, communication: 0, exposed: 0 },
      { rank: 1, compute: 40, communication: 40, exposed: 10 },
    ]);
    expect(hidden).toBe(0.75);
    expect([start, end]).toEqual([0, 52]);
    expect(events.find(({ kind }) => kind === "receive")).toMatchObject({ rank: 1, start: 10, end: 50 });
  });

  test("[TL2] a device does one thing after the other, and transfers at once count once", () => {
    const sent = [event("send", "v", [0, 30], 1), event("send", "w", [5, 20], 1)];
    const worked = [
      event("compute", "a", [0, 10]),
      event("compute", "b", [0, 18]),
      event("receive", "v", [2, 30]),
      event("receive", "w", [6, 20]),
    ];
    const [, rank] = timelineOf([sent, worked], [0, 0]).ranks;
    expect(rank).toEqual({ rank: 1, compute: 18, communication: 30, exposed: 12 });
  });

  test("[TL5] ranks of one device: what it does for one of them is done beside what travels to another", () => {
    const first = [
      event("compute", "a", [0, 10]),
      event("compute", "b", [0, 30]),
      event("send", "v", [10, 40], 1),
    ];
    const second = [event("compute", "c", [0, 20]), event("receive", "v", [12, 40])];
    const { ranks, hidden } = timelineOf([first, second], [0, 0], true);
    // One after the other: a, c, b.
    expect(ranks.map(({ compute }) => compute)).toEqual([20, 10]);
    expect(ranks[1]).toEqual({ rank: 1, compute: 10, communication: 30, exposed: 10 });
    expect(hidden).toBeCloseTo(2 / 3);
  });

  test("[TL3] where nothing travels everything is hidden", () => {
    expect(timelineOf([[event("compute", "a", [0, 10])]], [0]).hidden).toBe(1);
  });
});
