import { Fault, ManualClock } from "@tilebook/base";
import { describe, expect, test } from "vitest";
import { within } from "./deadline.ts";

const signal = new AbortController().signal;

describe("work that may never come back", () => {
  test("[U40] in time, it gives what it gives, and nothing is left on the clock", async () => {
    const clock = new ManualClock();
    const late: number[] = [];
    const given = await within(
      { clock, ms: 10, what: "it", signal },
      () => Promise.resolve(4),
      late.push.bind(late),
    );
    clock.advance(1e6);
    expect([given, late]).toEqual([4, []]);
  });

  test("[U41] is told to stop when its time is up, and why", async () => {
    const clock = new ManualClock();
    const work = within(
      { clock, ms: 10, what: "it", signal },
      (stop) =>
        new Promise((_, reject) => stop.addEventListener("abort", () => reject(new Error("stopped")))),
    );
    clock.advance(10);
    await expect(work).rejects.toMatchObject({ code: "tune/late", message: "it took longer than 0.0 s" });
  });

  test("[U42] is left when it does not stop; what it gives after that is taken care of", async () => {
    const clock = new ManualClock();
    const late: number[] = [];
    const finish: ((value: number) => void)[] = [];
    const work = within(
      { clock, ms: 10, what: "it", signal },
      () =>
        new Promise<number>((resolve) => {
          finish.push(resolve);
        }),
      (value) => late.push(value),
    );
    clock.advance(10_000);
    await expect(work).rejects.toMatchObject({ code: "tune/late" });
    finish[0]?.(7);
    await Promise.resolve();
    await Promise.resolve();
    expect(late).toEqual([7]);
  });

  test("[U43] its own faults are its own", async () => {
    const work = within({ clock: new ManualClock(), ms: 10, what: "it", signal }, () =>
      Promise.reject(new Fault("a/b", "no")),
    );
    await expect(work).rejects.toMatchObject({ code: "a/b" });
  });
});
