import { describe, expect, test } from "vitest";
import { measureLoops, numbersAlongSubgroups } from "./explore.ts";
import { openGpu } from "./open-gpu.ts";
import { dawn, dawnWhere } from "./testing/dawn.ts";

describe("measureLoops", () => {
  test("[S12] a device that lets loops come to their end has no most", async () => {
    const executor = await openGpu({ gpu: dawn(), budgetBytes: 1 << 28 });
    expect(await measureLoops(executor)).toBeUndefined();
    expect(executor.target().loopTurns).toBeUndefined();
    expect(executor.memory()).toMatchObject({ tensors: 0, liveBytes: 0 });
    executor.close();
  });

  test("[S13] of one that cuts them, what it counted", async () => {
    const freed: string[] = [];
    const cutting = {
      run: () => Promise.resolve({ outputs: ["out"], timings: [], peakBytes: 0, messages: [] }),
      read: () => Promise.resolve(new Uint8Array(Float32Array.of(65_535, 1, 0, 0).buffer)),
      free: (name: string) => freed.push(name),
    };
    expect(await measureLoops(cutting)).toBe(65_535);
    expect(freed).toEqual(["out"]);
  });
});

describe("numbersAlongSubgroups", () => {
  test("[S15] a device that numbers threads along its subgroups has them in its target", async () => {
    const executor = await openGpu({ gpu: dawn(), budgetBytes: 1 << 28 });
    const { subgroup } = executor.target();
    if (subgroup === undefined) throw new Error("SwiftShader has subgroups");
    expect(await numbersAlongSubgroups(executor, subgroup)).toBe(true);
    expect(await numbersAlongSubgroups(executor, 2 * subgroup)).toBe(false);
    expect(executor.memory()).toMatchObject({ tensors: 0, liveBytes: 0 });
    executor.close();
  });

  test.each([
    ["numbers them the other way round", "f32(place)", "f32(size - 1u - place)"],
    ["hands on to others", "subgroupShuffleXor(thread, 1u)", "subgroupShuffleXor(thread, 2u)"],
    ["does not take the probe", "f32(place)", "nonsense"],
  ])("[S16] one that %s has none there", async (_, text, other) => {
    const gpu = dawnWhere((device) => {
      const create = device.createShaderModule.bind(device);
      device.createShaderModule = ({ code, ...rest }) => create({ ...rest, code: code.replace(text, other) });
    });
    const executor = await openGpu({ gpu, budgetBytes: 1 << 28 });
    expect(executor.target().subgroup).toBeUndefined();
    expect(executor.memory()).toMatchObject({ tensors: 0, liveBytes: 0 });
    executor.close();
  });
});
