import { describe, expect, test } from "vitest";
import { openInterpreter } from "./interpreter/open-interpreter.ts";
import { measureDevice } from "./measure.ts";
import { openGpu } from "./open-gpu.ts";
import { dawn } from "./testing/dawn.ts";

describe("measureDevice", () => {
  test("[S10] gives a plausible speed and leaves nothing behind", async () => {
    const executor = await openGpu({ gpu: dawn(), budgetBytes: 1 << 28 });
    const speed = await measureDevice(executor);
    expect(speed?.gflops).toBeGreaterThan(0.05);
    expect(speed?.gflops).toBeLessThan(1e6);
    expect(speed?.gigabytesPerSecond).toBeGreaterThan(0.05);
    expect(speed?.gigabytesPerSecond).toBeLessThan(1e5);
    expect(executor.memory()).toMatchObject({ tensors: 0, liveBytes: 0 });
    executor.close();
  });

  test("[S11] an interpreter has no such speed", async () => {
    expect(await measureDevice(openInterpreter({ budgetBytes: 1024 }))).toBeUndefined();
  });
});
