import { ManualClock } from "@tilebook/base";
import { describe, expect, test } from "vitest";
import { Flight } from "./flight.ts";

/** A device whose fences end when the test says so. */
function device(overheadMs = 0) {
  const clock = new ManualClock();
  const fences: PromiseWithResolvers<void>[] = [];
  const finished = (): Promise<void> => {
    const fence = withResolvers();
    fences.push(fence);
    return fence.promise;
  };
  const flight = new Flight({ finished, clock, overheadMs });
  const took = new Map<string, number>();
  const submit = (name: string, ms: number): void =>
    flight.add({ ms, took: (taken) => took.set(name, taken) });
  /** Ends fence number `at` after `ms` more. */
  const end = async (at: number, ms: number): Promise<void> => {
    clock.advance(ms);
    fences[at]?.resolve();
    await settled();
  };
  return { flight, fences, took, submit, end, clock };
}

interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

function withResolvers(): PromiseWithResolvers<void> {
  let [resolve, reject]: [(value: void) => void, (reason: unknown) => void] = [() => {}, () => {}];
  const promise = new Promise<void>((yes, no) => {
    [resolve, reject] = [yes, no];
  });
  return { promise, resolve, reject };
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Whether the promise is settled by now. */
async function isDone(promise: Promise<void>): Promise<boolean> {
  let done = false;
  void promise.then(() => {
    done = true;
  });
  await settled();
  return done;
}

describe("Flight", () => {
  test("[W1] waits only while more is outstanding than is allowed", async () => {
    const { flight, submit, end } = device();
    await flight.until(0);
    submit("a", 30);
    submit("b", 40);
    expect(flight.outstandingMs).toBe(70);
    expect(await isDone(flight.until(70))).toBe(true);
    const few = flight.until(50);
    const none = flight.until(0);
    expect(await isDone(few)).toBe(false);
    await end(0, 25);
    expect([await isDone(few), await isDone(none)]).toEqual([true, false]);
    expect(flight.outstandingMs).toBe(40);
    await end(1, 50);
    expect(await isDone(none)).toBe(true);
    expect(flight.outstandingMs).toBe(0);
  });

  test("[W2] one fence at a time: what comes meanwhile shares the next one, and its time", async () => {
    const { fences, took, submit, end } = device();
    submit("a", 10);
    submit("b", 10);
    submit("c", 30);
    expect(fences.length).toBe(1);
    await end(0, 12);
    expect(fences.length).toBe(2);
    await end(1, 80);
    expect(Array.from(took)).toEqual([
      ["a", 12],
      ["b", 20],
      ["c", 60],
    ]);
    expect(fences.length).toBe(2);
  });

  test("[W3] the time in which nothing was submitted is nobody's; what noticing takes is not counted", async () => {
    const { took, submit, end, clock } = device(2);
    submit("a", 10);
    await end(0, 12);
    clock.advance(500);
    submit("b", 10);
    await end(1, 8);
    expect(Array.from(took)).toEqual([
      ["a", 10],
      ["b", 6],
    ]);
  });

  test("[W4] who waits hears that the device was lost", async () => {
    const { flight, fences, submit } = device();
    submit("a", 10);
    const waiting = flight.until(0);
    fences[0]?.reject(new Error("gone"));
    await expect(waiting).rejects.toThrow("gone");
  });
});
