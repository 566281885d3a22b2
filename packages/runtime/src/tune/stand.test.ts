import { ManualClock } from "@tilebook/base";
import { expect, test } from "vitest";
import { interrupted } from "../faults.ts";
import { scale } from "../testing/kernels.ts";
import type { KeptTimes } from "../timing/timed.ts";
import type { HeldLaunch, TuningDevice } from "./held-launch.ts";
import { Stand } from "./stand.ts";

const times: KeptTimes = { samples: [2], repeats: 1, clock: "gpu", outputs: [] };
const way = { kernel: scale, grid: [1, 1, 1], scalars: [] } as const;

/** A stand over a device that measures once `finish` was called, and ends when it is told to. */
function standOf(wanted: readonly AbortController[], stop = new AbortController()) {
  const asked: (() => void)[] = [];
  const time: TuningDevice["time"] = (_, signal) =>
    new Promise((resolve, reject) => {
      signal?.addEventListener("abort", () => reject(interrupted()));
      asked.push(() => resolve(times));
    });
  let turns = 0;
  const stand = new Stand({
    gpu: { time } as TuningDevice,
    clock: new ManualClock(),
    launch: { launch: () => ({ ...way, buffers: [] }) } as unknown as HeldLaunch,
    signal: stop.signal,
    turn: () => Promise.resolve((wanted[turns++] ?? new AbortController()).signal),
  });
  return { stand, asked, finish: () => asked.at(-1)?.() };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("[U45] a measurement ends when somebody else wants the device, and begins anew at its next turn", async () => {
  const first = new AbortController();
  const { stand, asked, finish } = standOf([first]);
  const measured = stand.again(way, 3);
  await settle();
  first.abort();
  await settle();
  expect(asked.length).toBe(2);
  finish();
  expect(await measured).toEqual([2]);
});

test("[U46] a stop ends it for good", async () => {
  const [first, stop] = [new AbortController(), new AbortController()];
  const { stand, asked } = standOf([first], stop);
  const measured = stand.again(way, 3);
  await settle();
  stop.abort();
  await expect(measured).rejects.toMatchObject({ code: "executor/interrupted" });
  expect(asked.length).toBe(1);
});
