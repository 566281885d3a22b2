import { type Clock, type Random, realClock, seeded } from "@tilebook/base";
import { describe, expect, test } from "vitest";
import type { Executor } from "./executor.ts";
import type { DeviceLoss } from "./gpu/lifeline.ts";
import { openGpu } from "./open-gpu.ts";
import { watched } from "./testing/dawn.ts";
import { added, doubled, f32Bytes, f32Values, gathered, scaled } from "./testing/programs.ts";

const budgetBytes = 1 << 24;
const seed = Number(process.env["SEED"] ?? 20260);

/** Real time, plus hours that pass when we say so. */
class LeapClock implements Clock {
  #leap = 0;
  now(): number {
    return realClock.now() + this.#leap;
  }
  after(ms: number, then: () => void): () => void {
    return realClock.after(ms, then);
  }
  leap(ms: number): void {
    this.#leap += ms;
  }
}

/** x -> twice it 6 times -> gathered -> times 3: three programs, whose results depend on each other. */
async function chain(executor: Executor, numbers: readonly number[]): Promise<readonly number[]> {
  const n = numbers.length;
  const x = executor.upload(f32Bytes(numbers), { dtype: "f32", shape: [n] });
  const first = await executor.run(doubled(x, n, 6));
  executor.free(x);
  const second = await executor.run(gathered(first.outputs[0] ?? "", n));
  const third = await executor.run(scaled(second.outputs[0] ?? "", n, 3));
  const handles = [...first.outputs, ...second.outputs, ...third.outputs];
  const parts = await Promise.all(handles.map((handle) => executor.read(handle)));
  handles.forEach((handle) => executor.free(handle));
  return parts.flatMap(f32Values);
}

/** Waits for device number `round`, then a little, and destroys it. */
async function destroyDuring(random: Random, devices: readonly GPUDevice[], round: number): Promise<void> {
  while (devices.length <= round) await nextTask();
  for (let wait = Math.floor(random() * 40); wait > 0; wait--) await nextTask();
  devices[round]?.destroy();
}

function nextTask(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe("a lost device", () => {
  test(`[D2] destroyed at 50 random points: right result each time (seed ${seed})`, async () => {
    const random = seeded(seed);
    const clock = new LeapClock();
    const { gpu, devices } = watched();
    const losses: DeviceLoss[] = [];
    const executor = await openGpu({ gpu, budgetBytes, clock, onLost: (loss) => losses.push(loss) });
    for (let round = 0; round < 50; round++) {
      const numbers = Array.from({ length: 300 + round }, () => Math.fround(random() - 0.5));
      const [results] = await Promise.all([chain(executor, numbers), destroyDuring(random, devices, round)]);
      const wanted = [64, 64, 192].flatMap((factor) => numbers.map((value) => Math.fround(value * factor)));
      expect(results).toEqual(wanted);
      clock.leap(180_000);
    }
    while (losses.length < 50) await nextTask();
    expect(losses.every((loss) => loss.recovering)).toBe(true);
    expect(executor.memory()).toMatchObject({ tensors: 0, liveBytes: 0 });
    executor.close();
  });

  test("[D3] lost at rest: earlier results are computed again when they are wanted", async () => {
    const { gpu, devices } = watched();
    const executor = await openGpu({ gpu, budgetBytes });
    const x = executor.upload(f32Bytes([1, 2, 3]), { dtype: "f32", shape: [3] });
    const { outputs } = await executor.run(doubled(x, 3, 4));
    executor.free(x);
    devices.at(-1)?.destroy();
    await devices.at(-1)?.lost;
    expect(f32Values(await executor.read(outputs[0] ?? ""))).toEqual([16, 32, 48]);
    expect(devices.length).toBe(2);
    expect(executor.memory()).toMatchObject({ tensors: 1, liveBytes: 16 });
    executor.close();
  });

  test("[D7] memory that was handed on: after a loss, what holds it now and what held it before are computed again", async () => {
    const { gpu, devices } = watched();
    const executor = await openGpu({ gpu, budgetBytes });
    const upload = (value: number) => executor.upload(f32Bytes([value]), { dtype: "f32", shape: [1] });
    const [one, first] = [upload(1), upload(5)];
    const made = [first];
    for (let turn = 0; turn < 6; turn++) {
      const { outputs } = await executor.run(added(made.at(-1) ?? "", one, 1, true));
      made.push(...outputs);
      if (turn === 2) executor.free(made[2] ?? "");
    }
    expect(executor.memory().liveBytes).toBe(2 * 16);
    devices.at(-1)?.destroy();
    await devices.at(-1)?.lost;
    const kept = made.filter((_, at) => at !== 2);
    const read: number[] = [];
    for (const tensor of kept.toReversed()) read.push(...f32Values(await executor.read(tensor)));
    expect(read).toEqual([11, 10, 9, 8, 6, 5]);
    for (const tensor of [...kept, one]) executor.free(tensor);
    expect(executor.memory()).toMatchObject({ tensors: 0, liveBytes: 0 });
    executor.close();
  });

  test("[D4] lost twice within two minutes: executor/device-lost, which says what to do", async () => {
    const { gpu, devices } = watched();
    const losses: DeviceLoss[] = [];
    const executor = await openGpu({ gpu, budgetBytes, onLost: (loss) => losses.push(loss) });
    const x = executor.upload(f32Bytes([1, 2]), { dtype: "f32", shape: [2] });
    for (let turn = 0; turn < 2; turn++) {
      await executor.run(scaled(x, 2, 2)).catch(() => undefined);
      devices.at(-1)?.destroy();
      await devices.at(-1)?.lost;
    }
    const lost = { code: "executor/device-lost", hint: expect.stringContaining("reload") as string };
    await expect(executor.run(scaled(x, 2, 2))).rejects.toMatchObject(lost);
    expect(losses.map((loss) => loss.recovering)).toEqual([true, false]);
    executor.close();
  });

  test("[D5] no device after the loss: executor/device-lost", async () => {
    const { gpu, devices } = watched();
    let gone = false;
    const requestAdapter: GPU["requestAdapter"] = (options) =>
      gone ? Promise.resolve(null) : gpu.requestAdapter(options);
    const executor = await openGpu({ gpu: { requestAdapter } as GPU, budgetBytes });
    const x = executor.upload(f32Bytes([1, 2]), { dtype: "f32", shape: [2] });
    gone = true;
    devices.at(-1)?.destroy();
    await devices.at(-1)?.lost;
    await expect(executor.run(scaled(x, 2, 2))).rejects.toMatchObject({ code: "executor/device-lost" });
    executor.close();
  });

  test("[D6] a long chain of runs is cut: its early ingredients are not kept for ever", async () => {
    const { gpu, devices } = watched();
    const executor = await openGpu({ gpu, budgetBytes });
    let tensor = executor.upload(f32Bytes([1]), { dtype: "f32", shape: [1] });
    for (let step = 0; step < 60; step++) {
      const { outputs } = await executor.run(scaled(tensor, 1, step % 2 === 0 ? 2 : 0.5));
      executor.free(tensor);
      tensor = outputs[0] ?? "";
    }
    devices.at(-1)?.destroy();
    await devices.at(-1)?.lost;
    expect(f32Values(await executor.read(tensor))).toEqual([1]);
    executor.close();
  });
});
