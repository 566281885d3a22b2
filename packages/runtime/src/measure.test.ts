import { describe, expect, test } from "vitest";
import { measureDevice } from "./measure.ts";
import { openGpu } from "./open-gpu.ts";
import { dawn } from "./testing/dawn.ts";

describe("measureDevice", () => {
  test("[S10] gives a plausible speed and leaves nothing behind", async () => {
    const executor = await openGpu({ gpu: dawn(), budgetBytes: 1 << 28 });
    const speed = await measureDevice(executor);
    expect(speed.gflops).toBeGreaterThan(0.05);
    expect(speed.gflops).toBeLessThan(1e6);
    expect(speed.gigabytesPerSecond).toBeGreaterThan(0.05);
    expect(speed.gigabytesPerSecond).toBeLessThan(1e5);
    expect(speed.launchMs).toBeGreaterThan(0);
    expect(speed.launchMs).toBeLessThan(100);
    expect(speed.programMs).toBeGreaterThanOrEqual(0);
    expect(speed.programMs).toBeLessThan(speed.launchMs);
    expect(speed.meetingMs).toBeGreaterThanOrEqual(0);
    expect(speed.barrierMs).toBeGreaterThanOrEqual(0);
    expect(Math.log2(speed.fullPrograms) % 1).toBe(0);
    expect(executor.memory()).toMatchObject({ tensors: 0, liveBytes: 0 });
    executor.close();
  });
});
