import type { CompiledKernel } from "@tilebook/compiler";
import { describe, expect, test } from "vitest";
import { openGpu } from "./open-gpu.ts";
import { itBehavesLikeAnExecutor } from "./testing/contract.ts";
import { dawn, dawnWhere, watched } from "./testing/dawn.ts";
import { block, gather, scale } from "./testing/kernels.ts";
import { buffer, f32Bytes, f32Values, over, program, scaled } from "./testing/programs.ts";

const budgetBytes = 1 << 28;

itBehavesLikeAnExecutor("Dawn", (budget) => openGpu({ gpu: dawn(), budgetBytes: budget }));

/** y = x * factor, after a loop that takes a while. */
const slow: CompiledKernel = {
  ...scale,
  key: "handmade slow",
  wgsl: scale.wgsl.replace(
    "y[at] = x[at] * launch.factor;",
    "var sum = 0.0; for (var i = 0; i < 20000; i++) { sum += fract(sum + f32(i)); } y[at] = x[at] * launch.factor + min(sum, 0.0);",
  ),
};

/** y = [elements that the kernel sees of x, and of y]. */
const lengths: CompiledKernel = {
  ...gather,
  key: "handmade lengths",
  wgsl: gather.wgsl.replace(
    "y[at] = y[at] + x[at];",
    "if (at == 0) { y[0] = f32(arrayLength(&x)); y[1] = f32(arrayLength(&y)); }",
  ),
};

/** Counts the submits of a device. */
function countSubmits(device: GPUDevice | undefined): () => number {
  if (device === undefined) throw new Error("no device was opened");
  const { queue } = device;
  let count = 0;
  const submit = queue.submit.bind(queue);
  queue.submit = (buffers) => {
    count += 1;
    return submit(buffers);
  };
  return () => count;
}

describe("the GPU executor", () => {
  test("[G1] tells the device, its limits, and what the compiler may use", async () => {
    const executor = await openGpu({ gpu: dawn(), budgetBytes });
    const report = executor.report();
    expect(report.kind).toBe("gpu");
    expect(report.name.length).toBeGreaterThan(3);
    expect(report.limits["maxComputeWorkgroupStorageSize"]).toBe(executor.target().workgroupBytes);
    expect(executor.target().workgroupInvocations).toBeGreaterThanOrEqual(256);
    expect(executor.target().packedDot).toBe(
      dawn().wgslLanguageFeatures.has("packed_4x8_integer_dot_product"),
    );
    expect(report.timestamps).toBe(report.features.includes("timestamp-query"));
    executor.close();
  });

  test("[G2] grids beyond 65,535 workgroups fold", async () => {
    const executor = await openGpu({ gpu: dawn(), budgetBytes });
    const n = 70_000 * block - 5;
    const numbers = Float32Array.from({ length: n }, (_, i) => i % 4099);
    const x = executor.upload(new Uint8Array(numbers.buffer), { dtype: "f32", shape: [n] });
    for (let turn = 0; turn < 4; turn++) {
      const { outputs } = await executor.run(scaled(x, n, 2));
      const bytes = await executor.read(outputs[0] ?? "");
      const wrong = new Float32Array(bytes.buffer).findIndex((value, i) => value !== (i % 4099) * 2);
      expect(wrong).toBe(-1);
      outputs.forEach((output) => executor.free(output));
    }
    executor.close();
  });

  test("[G3] a large grid of a slow kernel goes in slices, and can be stopped between them", async () => {
    const { gpu, devices } = watched();
    const executor = await openGpu({ gpu, budgetBytes });
    const submits = countSubmits(devices[0]);
    const n = 4096 * block;
    const x = executor.upload(new Uint8Array(n * 4), { dtype: "f32", shape: [n] });
    const buffers = [buffer(n, "input", { tensor: x }), buffer(n, "output")];
    const stop = new AbortController();
    const running = executor.run(program(buffers, [slow], [over(n, 0, [0, 1], 2)], [1]), stop.signal);
    const poll = setInterval(() => submits() >= 3 && stop.abort(), 1);
    await expect(running).rejects.toMatchObject({ code: "executor/interrupted" });
    clearInterval(poll);
    expect(submits()).toBeGreaterThanOrEqual(3);
    expect(executor.memory()).toMatchObject({ tensors: 1, liveBytes: n * 4 });
    executor.close();
  });

  test("[G4] a sliced run gives what one dispatch would", async () => {
    const { gpu, devices } = watched();
    const executor = await openGpu({ gpu, budgetBytes });
    const submits = countSubmits(devices[0]);
    const n = 300 * block;
    const numbers = Array.from({ length: n }, (_, i) => i);
    const x = executor.upload(f32Bytes(numbers), { dtype: "f32", shape: [n] });
    const buffers = [buffer(n, "input", { tensor: x }), buffer(n, "output")];
    const sliced = program(buffers, [slow], [over(n, 0, [0, 1], 2)], [1]);
    const { outputs, timings } = await executor.run(sliced, undefined, { timed: true });
    expect(submits()).toBeGreaterThanOrEqual(3);
    expect(f32Values(await executor.read(outputs[0] ?? ""))).toEqual(numbers.map((value) => value * 2));
    const measured = (timings[0]?.milliseconds ?? 0) > 0;
    expect(measured).toBe(executor.report().timestamps);
    executor.close();
  });

  test("[G14] how long a slice should be can be said: known work then goes in one, or in several", async () => {
    for (const [sliceMs, wanted] of [
      [1e6, 1],
      [1e-3, 4],
    ] as const) {
      const { gpu, devices } = watched();
      const executor = await openGpu({ gpu, budgetBytes, sliceMs });
      const n = 16 * block;
      const x = executor.upload(new Uint8Array(n * 4), { dtype: "f32", shape: [n] });
      const run = (): Promise<unknown> => executor.run(scaled(x, n, 2));
      await run();
      const submits = countSubmits(devices[0]);
      await run();
      if (wanted === 1) expect(submits()).toBe(1);
      else expect(submits()).toBeGreaterThanOrEqual(wanted);
      executor.close();
    }
  });

  test("[G5] WGSL that does not compile: executor/wgsl on the line of the cell; the next run works", async () => {
    const executor = await openGpu({ gpu: dawn(), budgetBytes });
    const x = executor.upload(f32Bytes([1]), { dtype: "f32", shape: [1] });
    const lines = scale.wgsl.replace("x[at] *", "zzz[at] *").split("\n");
    const spans = lines.map((_, line) => ({ source: "c7", start: line * 10, end: line * 10 + 9 }));
    const bad = { ...scale, key: "bad", wgsl: lines.join("\n"), spans };
    const buffers = [buffer(1, "input", { tensor: x }), buffer(1, "output")];
    const line = lines.findIndex((text) => text.includes("zzz"));
    for (let turn = 0; turn < 2; turn++)
      await expect(executor.run(program(buffers, [bad], [over(1, 0, [0, 1], 2)], [1]))).rejects.toMatchObject(
        { code: "executor/wgsl", span: spans[line], message: expect.stringMatching(/zzz/u) as string },
      );
    expect((await executor.run(scaled(x, 1, 2))).outputs.length).toBe(1);
    expect(executor.memory().liveBytes).toBe(32);
    executor.close();
  });

  test("[G6] a kernel beyond the device's limits is a Fault with its span, not a silent zero", async () => {
    const executor = await openGpu({ gpu: dawn(), budgetBytes });
    const x = executor.upload(f32Bytes([1]), { dtype: "f32", shape: [1] });
    const big = {
      ...scale,
      key: "big",
      wgsl: `var<workgroup> w: array<f32, 1000000>;\n${scale.wgsl.replace("x[at] *", "w[0] * x[at] *")}`,
    };
    const buffers = [buffer(1, "input", { tensor: x }), buffer(1, "output")];
    await expect(executor.run(program(buffers, [big], [over(1, 0, [0, 1], 2)], [1]))).rejects.toMatchObject({
      code: "executor/wgsl",
      span: scale.spans[0],
    });
    executor.close();
  });

  test("[G7] buffers are reused: a loop of runs needs no new ones", async () => {
    const { gpu, devices } = watched();
    const executor = await openGpu({ gpu, budgetBytes });
    const device = devices[0];
    if (device === undefined) throw new Error("no device was opened");
    const create = device.createBuffer.bind(device);
    let made = 0;
    const x = executor.upload(f32Bytes([1, 2, 3]), { dtype: "f32", shape: [3] });
    const step = async (): Promise<void> =>
      executor.free((await executor.run(scaled(x, 3, 2))).outputs[0] ?? "");
    await step();
    device.createBuffer = (descriptor) => {
      made += 1;
      return create(descriptor);
    };
    for (let turn = 0; turn < 10; turn++) await step();
    expect(made).toBe(0);
    executor.close();
  });

  test("[G13] near sizes share buffers, and a kernel sees no more of one than its tensor: a growing series makes few", async () => {
    const { gpu, devices } = watched();
    const executor = await openGpu({ gpu, budgetBytes });
    const [device] = devices;
    if (device === undefined) throw new Error("no device was opened");
    const create = device.createBuffer.bind(device);
    let made = 0;
    device.createBuffer = (descriptor) => {
      made += 1;
      return create(descriptor);
    };
    for (let n = 1000; n < 1100; n++) {
      const x = executor.upload(new Uint8Array(n * 4), { dtype: "f32", shape: [n] });
      const buffers = [buffer(n, "input", { tensor: x }), buffer(n, "output", { zeroed: true })];
      const { outputs } = await executor.run(program(buffers, [lengths], [over(n, 0, [0, 1])], [1]));
      const wanted = Math.ceil(n / 4) * 4;
      expect(f32Values(await executor.read(outputs[0] ?? "", { start: 0, end: 8 }))).toEqual([
        wanted,
        wanted,
      ]);
      for (const tensor of [x, ...outputs]) executor.free(tensor);
    }
    // Sizes of 4000 to 4396 bytes: two buckets, two tensors at a time, and where reads gather.
    expect(made).toBeLessThanOrEqual(5);
    executor.close();
  });

  test("[G8] a tensor larger than one buffer of the device may be is refused with a hint", async () => {
    const executor = await openGpu({ gpu: dawn(), budgetBytes: 2 ** 40 });
    const most = executor.report().limits["maxStorageBufferBindingSize"] ?? 0;
    const rows = Math.ceil(most / 4096) + 1;
    const input = executor.upload(new Uint8Array(4), { dtype: "f32", shape: [1] });
    const huge = {
      type: { dtype: "f32", shape: [rows, 1024] },
      bytes: rows * 4096,
      role: "output",
      zeroed: false,
    } as const;
    await expect(
      executor.run(
        program([buffer(1, "input", { tensor: input }), huge], [scale], [over(1, 0, [0, 1], 1)], [1]),
      ),
    ).rejects.toMatchObject({
      code: "executor/out-of-memory",
      message: expect.stringMatching(/one buffer of this device/u) as string,
    });
    executor.close();
  });

  test("[G9] no adapter: executor/no-gpu with a hint", async () => {
    const gpu = { requestAdapter: () => Promise.resolve(null) } as unknown as GPU;
    await expect(openGpu({ gpu, budgetBytes })).rejects.toMatchObject({
      code: "executor/no-gpu",
      hint: expect.stringMatching(/hardware/u) as string,
    });
  });

  test("[G11] a browser that rejects: executor/no-gpu with its reason", async () => {
    const reason = new DOMException("WebGPU is not yet available", "NotSupportedError");
    const gpu = { requestAdapter: () => Promise.reject(reason) } as unknown as GPU;
    await expect(openGpu({ gpu, budgetBytes })).rejects.toMatchObject({
      code: "executor/no-gpu",
      message: expect.stringContaining("not yet available") as string,
    });
  });

  test("[G12] memory that the device has not, although the budget allows it: executor/out-of-memory, and it goes on", async () => {
    const { gpu, devices } = watched();
    const executor = await openGpu({ gpu, budgetBytes });
    const [device] = devices;
    if (device === undefined) throw new Error("no device was opened");
    const x = executor.upload(f32Bytes([1]), { dtype: "f32", shape: [1] });
    const create = device.createBuffer.bind(device);
    // Asks the device for more than it has, within the limits: SwiftShader refuses 1 GiB.
    device.createBuffer = (descriptor) => create({ ...descriptor, size: device.limits.maxBufferSize });
    await expect(executor.run(scaled(x, 1, 2))).rejects.toMatchObject({ code: "executor/out-of-memory" });
    device.createBuffer = create;
    const { outputs } = await executor.run(scaled(x, 1, 2));
    expect(f32Values(await executor.read(outputs[0] ?? ""))).toEqual([2]);
    executor.close();
  });

  test("[G15] who runs a little and reads a little has buffers for that, and none for times", async () => {
    let bytes = 0;
    const gpu = dawnWhere((device) => {
      const create = device.createBuffer.bind(device);
      device.createBuffer = (descriptor) => {
        bytes += descriptor.size;
        return create(descriptor);
      };
    });
    const executor = await openGpu({ gpu, budgetBytes });
    const x = executor.upload(f32Bytes([1, 2, 3, 4]), { dtype: "f32", shape: [4] });
    const { outputs } = await executor.run(scaled(x, 4, 2));
    expect(f32Values(await executor.read(outputs[0] ?? ""))).toEqual([2, 4, 6, 8]);
    expect(bytes).toBeLessThan(2 ** 17);
    const large = executor.upload(f32Bytes(Array<number>(3000).fill(1)), { dtype: "f32", shape: [3000] });
    const more = await executor.run(scaled(large, 3000, 3));
    expect(f32Values(await executor.read(more.outputs[0] ?? "")).at(-1)).toBe(3);
    expect(f32Values(await executor.read(outputs[0] ?? ""))).toEqual([2, 4, 6, 8]);
    executor.close();
  });

  test("[G10] a device that refuses our features and limits is asked for fewer", async () => {
    const real = dawn();
    const asked: number[] = [];
    const requestAdapter = async (): Promise<GPUAdapter | null> => {
      const adapter = await real.requestAdapter();
      if (adapter === null) return null;
      const requestDevice = adapter.requestDevice.bind(adapter);
      adapter.requestDevice = (descriptor = {}) => {
        asked.push(
          Array.from(descriptor.requiredFeatures ?? []).length +
            Object.keys(descriptor.requiredLimits ?? {}).length,
        );
        return asked.length < 3 ? Promise.reject(new TypeError("not today")) : requestDevice(descriptor);
      };
      return adapter;
    };
    const executor = await openGpu({ gpu: { requestAdapter } as GPU, budgetBytes });
    expect(asked).toHaveLength(3);
    expect(asked[2]).toBe(0);
    const x = executor.upload(f32Bytes([4]), { dtype: "f32", shape: [1] });
    const { outputs, timings } = await executor.run(scaled(x, 1, 2));
    expect(f32Values(await executor.read(outputs[0] ?? ""))).toEqual([8]);
    expect(timings[0]).not.toHaveProperty("milliseconds");
    executor.close();
  });
});
