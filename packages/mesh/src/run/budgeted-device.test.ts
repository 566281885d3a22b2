import { ManualClock } from "@tilebook/base";
import { portableTarget } from "@tilebook/compiler";
import { GraphMaker } from "@tilebook/compiler/testing";
import type { Graph } from "@tilebook/ir";
import { openInterpreter } from "@tilebook/runtime";
import { beforeEach, describe, expect, test } from "vitest";
import { BudgetedDevice } from "./budgeted-device.ts";
import { type Device, executorDevice } from "./device.ts";

/** A product of 4 x 8 and 8 x 2: 128 operations. */
function product(): Graph {
  const maker = new GraphMaker();
  const [a, b] = [maker.fill(1, [4, 8]), maker.fill(2, [8, 2])];
  return maker.graph([maker.matmul(a, b)]);
}

describe("a device of which others have a part", () => {
  let clock: ManualClock;
  let began: number[];
  let device: BudgetedDevice;
  let stop: AbortController;

  async function turn(ms: number): Promise<void> {
    for (let at = 0; at < ms; at += 10) {
      clock.advance(10);
      for (let times = 0; times < 20; times += 1) await Promise.resolve();
    }
  }

  beforeEach(() => {
    clock = new ManualClock();
    began = [];
    stop = new AbortController();
    const plain = executorDevice(openInterpreter({ budgetBytes: 2 ** 20, reason: "test" }), portableTarget);
    const slow: Device = {
      upload: (bytes, type) => plain.upload(bytes, type),
      read: (tensor) => plain.read(tensor),
      free: (tensor) => plain.free(tensor),
      run: async (graph, signal) => {
        began.push(clock.now());
        const outputs = await plain.run(graph, signal);
        await new Promise<void>((resolve) => {
          clock.after(100, resolve);
        });
        return outputs;
      },
    };
    device = new BudgetedDevice(slow, { clock, share: 0.25 });
  });

  test("[BD1] after each graph it rests, so that it works for its share of the time", async () => {
    const all = [1, 2, 3, 4].map(() => device.run(product(), stop.signal));
    await turn(2_000);
    await Promise.all(all);
    const gaps = began.slice(1).map((at, index) => at - (began[index] ?? 0));
    for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(400);
    for (const gap of gaps) expect(gap).toBeLessThan(450);
    expect(device.work).toMatchObject({ tasks: 4, operations: 512, busy: false, waiting: 0 });
    expect(device.work.busyMs).toBeLessThan(500);
  });

  test("[BD2] with all of the time it does not rest, and a share can be changed while it works", async () => {
    const first = device.run(product());
    device.share = 1;
    const more = [device.run(product()), device.run(product())];
    await turn(400);
    await Promise.all([first, ...more]);
    expect(Math.max(...began)).toBeLessThan(250);
  });

  test("[BD3] while it is paused nothing begins, and what has begun ends", async () => {
    device.share = 1;
    const first = device.run(product());
    await turn(20);
    expect(device.work).toMatchObject({ busy: true, waiting: 0 });
    device.pause();
    const second = device.run(product());
    await turn(1_000);
    await first;
    expect(began).toHaveLength(1);
    expect(device.work).toMatchObject({ tasks: 1, busy: false, waiting: 1 });
    device.resume();
    await turn(200);
    await second;
    expect(began).toHaveLength(2);
  });

  test("[BD4] a graph that is stopped while it waits is not computed, and those behind it are", async () => {
    device.pause();
    const [first, second] = [device.run(product(), stop.signal), device.run(product())];
    stop.abort();
    await expect(first).rejects.toMatchObject({ code: "run/stopped" });
    device.resume();
    await turn(200);
    await second;
    expect(began).toHaveLength(1);
  });

  test("[BD5] a graph that fails gives its time back to nobody: the device rests, and goes on", async () => {
    const maker = new GraphMaker();
    const wrong = maker.graph([maker.unary("exp", maker.input("nobody", [2]))]);
    await expect(device.run(wrong)).rejects.toMatchObject({ code: "executor/unknown-tensor" });
    const next = device.run(product());
    await turn(200);
    await next;
    expect(device.work).toMatchObject({ tasks: 1, waiting: 0 });
  });

  test("[BD6] what a device still does when it has answered counts, and a timeline hears of its end", async () => {
    const plain = executorDevice(openInterpreter({ budgetBytes: 2 ** 20, reason: "test" }), portableTarget);
    const settled = (): Promise<void> =>
      new Promise((resolve) => {
        clock.after(100, resolve);
      });
    const early: Device = {
      ...plain,
      settled,
      run: (graph, signal) => {
        began.push(clock.now());
        return plain.run(graph, signal);
      },
    };
    const part = new BudgetedDevice(early, { clock, share: 0.5 });
    const all = [1, 2].map(() => part.run(product()));
    await turn(500);
    await Promise.all(all);
    expect((began[1] ?? 0) - (began[0] ?? 0)).toBeGreaterThanOrEqual(200);
    expect(part.work.busyMs).toBeGreaterThanOrEqual(200);
    expect([part.settled === undefined, device.settled === undefined]).toEqual([false, true]);
  });
});
