import { type Clock, realClock } from "@tilebook/base";
import { describe, expect, test } from "vitest";
import type { GpuExecutor } from "./gpu/gpu-executor.ts";
import { openGpu } from "./open-gpu.ts";
import { watched } from "./testing/dawn.ts";
import { gather, scale } from "./testing/kernels.ts";
import { buffer, doubled, f32Bytes, f32Values, gathered, over, program, scaled } from "./testing/programs.ts";

const budgetBytes = 1 << 24;

interface Opened {
  readonly executor: GpuExecutor;
  readonly device: GPUDevice;
  /** A tensor of 1, 2, 3, 4. */
  readonly x: string;
}

/** Every kernel seems to take next to nothing, however busy this machine is. */
const standing: Clock = { ...realClock, now: () => 0 };

/** An executor that has run `scaled` twice, so that it knows what that costs and has all buffers. */
async function opened(): Promise<Opened> {
  const { gpu, devices } = watched();
  const executor = await openGpu({ gpu, budgetBytes, clock: standing });
  const [device] = devices;
  if (device === undefined) throw new Error("no device was opened");
  const x = executor.upload(f32Bytes([1, 2, 3, 4]), { dtype: "f32", shape: [4] });
  for (let turn = 0; turn < 2; turn++) {
    const made = await executor.run(scaled(x, 4, 2));
    const again = await executor.run(scaled(made.outputs[0] ?? "", 4, 2));
    [...made.outputs, ...again.outputs].forEach((output) => executor.free(output));
  }
  return { executor, device, x };
}

/** From now on the device does not say that it is done, until the returned function is called. */
function holdFences(device: GPUDevice): () => void {
  const { queue } = device;
  const real = queue.onSubmittedWorkDone.bind(queue);
  const released = new AbortController();
  const gate = new Promise((resolve) => released.signal.addEventListener("abort", resolve));
  queue.onSubmittedWorkDone = async () => {
    await gate;
    return real();
  };
  return () => released.abort();
}

/** The next submit is refused by the device's validation. */
function spoilNextSubmit(device: GPUDevice): void {
  const { queue } = device;
  const real = queue.submit.bind(queue);
  queue.submit = (buffers) => {
    queue.submit = real;
    const gone = device.createBuffer({ size: 16, usage: GPUBufferUsage.COPY_DST });
    gone.destroy();
    queue.writeBuffer(gone, 0, new Uint8Array(16));
    const encoder = device.createCommandEncoder();
    encoder.clearBuffer(gone);
    return real([...buffers, encoder.finish()]);
  };
}

/** From now on the names of kernels whose pipelines are asked for are added to `made`. */
function watchPipelines(device: GPUDevice, made: (string | undefined)[]): void {
  const create = device.createComputePipelineAsync.bind(device);
  device.createComputePipelineAsync = (descriptor) => {
    made.push(descriptor.label);
    return create(descriptor);
  };
}

/** Calls `made` for each compute pass of the device from now on. */
function countPasses(device: GPUDevice, made: () => void): void {
  const create = device.createCommandEncoder.bind(device);
  device.createCommandEncoder = (descriptor) => {
    const encoder = create(descriptor);
    const begin = encoder.beginComputePass.bind(encoder);
    encoder.beginComputePass = (pass) => {
      made();
      return begin(pass);
    };
    return encoder;
  };
}

/** From now on nothing is mapped, until the returned function is called: it says how many buffers waited for that. */
function holdMaps(device: GPUDevice): () => Promise<number> {
  const create = device.createBuffer.bind(device);
  const released = new AbortController();
  const gate = new Promise((resolve) => released.signal.addEventListener("abort", resolve));
  const maps: Promise<undefined>[] = [];
  device.createBuffer = (descriptor) => {
    const real = create(descriptor);
    const map = real.mapAsync.bind(real);
    real.mapAsync = (...how) => {
      const mapped = gate.then(() => map(...how));
      maps.push(mapped);
      return mapped;
    };
    return real;
  };
  return async () => {
    released.abort();
    await Promise.all(maps);
    // What waited for them goes on, too.
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    return maps.length;
  };
}

/** The GPU, with `visit` called for every device that it gives out. */
function onEachDevice(gpu: GPU, visit: (device: GPUDevice) => void): GPU {
  const requestAdapter: GPU["requestAdapter"] = async (options) => {
    const adapter = await gpu.requestAdapter(options);
    if (adapter === null) return null;
    const requestDevice = adapter.requestDevice.bind(adapter);
    adapter.requestDevice = async (descriptor) => {
      const device = await requestDevice(descriptor);
      visit(device);
      return device;
    };
    return adapter;
  };
  return { requestAdapter } as GPU;
}

describe("runs that nobody waits for", () => {
  test("[L1] a run of known cost resolves while the device is at work; a read waits for it", async () => {
    const { executor, device, x } = await opened();
    const release = holdFences(device);
    let tensor = x;
    for (let turn = 0; turn < 20; turn++) [tensor = ""] = (await executor.run(scaled(tensor, 4, 2))).outputs;
    expect(f32Values(await executor.read(tensor))).toEqual([1, 2, 3, 4].map((value) => value * 2 ** 20));
    release();
    executor.close();
  });

  test("[L2] a kernel that was never measured waits until the device is done", async () => {
    const { executor, device, x } = await opened();
    const release = holdFences(device);
    let done = false;
    const buffers = [buffer(4, "input", { tensor: x }), buffer(4, "output", { zeroed: true })];
    const running = executor.run(program(buffers, [gather], [over(4, 0, [0, 1])], [1])).then((result) => {
      done = true;
      return result;
    });
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(done).toBe(false);
    release();
    expect(f32Values(await executor.read((await running).outputs[0] ?? ""))).toEqual([1, 2, 3, 4]);
    executor.close();
  });

  test("[L3] what the device refuses later is a Fault, with its span, of every read that depends on it; the rest goes on", async () => {
    const { executor, device, x } = await opened();
    spoilNextSubmit(device);
    const [spoiled = ""] = (await executor.run(scaled(x, 4, 2))).outputs;
    const [child = ""] = (await executor.run(scaled(spoiled, 4, 3))).outputs;
    const [sound = ""] = (await executor.run(scaled(x, 4, 5))).outputs;
    const fault = { code: "executor/gpu-error", message: expect.stringContaining("scale") as string };
    await expect(executor.read(child)).rejects.toMatchObject(fault);
    await expect(executor.read(spoiled)).rejects.toMatchObject(fault);
    await expect(executor.run(scaled(spoiled, 4, 2))).rejects.toMatchObject(fault);
    expect(f32Values(await executor.read(sound))).toEqual([5, 10, 15, 20]);
    for (const tensor of [spoiled, child, sound, x]) executor.free(tensor);
    expect(executor.memory()).toMatchObject({ tensors: 0, liveBytes: 0 });
    executor.close();
  });

  test("[L12] what the device says beside, of work that needs no memory, is a Fault of that work", async () => {
    const { executor, device, x } = await opened();
    const [before = ""] = (await executor.run(scaled(x, 4, 2))).outputs;
    expect(f32Values(await executor.read(before))).toEqual([2, 4, 6, 8]);
    const { queue } = device;
    const submit = queue.submit.bind(queue);
    const say = (): void => {
      const error = new GPUOutOfMemoryError("no memory for staging");
      device.dispatchEvent(Object.assign(new Event("uncapturederror"), { error }));
    };
    // Said while nothing is under way, it is about nothing of ours.
    say();
    queue.submit = (buffers) => {
      queue.submit = submit;
      submit(buffers);
      say();
    };
    const [spoiled = ""] = (await executor.run(scaled(x, 4, 2))).outputs;
    const [sound = ""] = (await executor.run(scaled(x, 4, 3))).outputs;
    await expect(executor.read(spoiled)).rejects.toMatchObject({ code: "executor/out-of-memory" });
    expect(f32Values(await executor.read(sound))).toEqual([3, 6, 9, 12]);
    expect(f32Values(await executor.read(before))).toEqual([2, 4, 6, 8]);
    executor.close();
  });

  test("[L4] lost with work under way: it is done again on the next device", async () => {
    const { executor, device, x } = await opened();
    holdFences(device);
    const [first = ""] = (await executor.run(scaled(x, 4, 2))).outputs;
    const [second = ""] = (await executor.run(scaled(first, 4, 2))).outputs;
    device.destroy();
    expect(f32Values(await executor.read(second))).toEqual([4, 8, 12, 16]);
    expect(f32Values(await executor.read(first))).toEqual([2, 4, 6, 8]);
    executor.close();
  });

  test("[L5] a timed run has the device to itself and gives GPU times; another run gives none", async () => {
    const { executor, x } = await opened();
    const timed = await executor.run(scaled(x, 4, 2), undefined, { timed: true });
    const untimed = await executor.run(scaled(x, 4, 2));
    const { timestamps } = executor.report();
    expect(timed.timings[0]?.milliseconds === undefined).toBe(!timestamps);
    expect(untimed.timings).toEqual([{ kernel: scale.key, dispatches: 1 }]);
    executor.close();
  });

  test("[L6] the dispatches of a submit share one pass; when timed, each kernel has its own", async () => {
    const { executor, device, x } = await opened();
    let passes = 0;
    countPasses(device, () => (passes += 1));
    const buffers = [
      buffer(4, "input", { tensor: x }),
      buffer(4, "temporary"),
      buffer(4, "output", { zeroed: true }),
    ];
    const steps = [over(4, 0, [0, 1], 2), over(4, 1, [1, 2])];
    const both = program(buffers, [scale, gather], steps, [2]);
    const run = async (timed: boolean): Promise<number> => {
      passes = 0;
      const [output = ""] = (await executor.run(both, undefined, { timed })).outputs;
      const count = passes;
      expect(f32Values(await executor.read(output))).toEqual([2, 4, 6, 8]);
      executor.free(output);
      return count;
    };
    await run(false);
    expect(await run(false)).toBe(1);
    expect(await run(true)).toBe(2);
    executor.close();
  });

  test("[L7] a buffer that is zeroed in the midst of a submit is zeroed after its last use there", async () => {
    const { executor, x } = await opened();
    const buffers = [
      buffer(4, "input", { tensor: x }),
      buffer(4, "temporary", { zeroed: true }),
      buffer(4, "temporary"),
      buffer(4, "temporary", { zeroed: true }),
      buffer(4, "output", { zeroed: true }),
    ];
    const steps = [over(4, 0, [0, 1]), over(4, 0, [1, 4]), over(4, 0, [0, 3]), over(4, 0, [3, 4])];
    const twice = program(buffers, [gather], steps, [4]);
    for (let turn = 0; turn < 4; turn++) {
      const [output = ""] = (await executor.run(twice)).outputs;
      expect(f32Values(await executor.read(output))).toEqual([2, 4, 6, 8]);
      executor.free(output);
    }
    executor.close();
  });

  test("[L8] a stopped run between slices leaves what was submitted before", async () => {
    const { executor, x } = await opened();
    const [kept = ""] = (await executor.run(doubled(x, 4, 3))).outputs;
    const stop = new AbortController();
    const running = executor.run(doubled(x, 4, 3), stop.signal);
    stop.abort();
    await expect(running).rejects.toMatchObject({ code: "executor/interrupted" });
    expect(f32Values(await executor.read(kept))).toEqual([8, 16, 24, 32]);
    executor.close();
  });

  test("[L9] kernels compile while a run waits for its turn", async () => {
    const { executor, device, x } = await opened();
    const release = holdFences(device);
    const waiting = executor.run(gathered(x, 4));
    const made: (string | undefined)[] = [];
    watchPipelines(device, made);
    const other = { ...scale, name: "other", key: "handmade other" };
    const buffers = [buffer(4, "input", { tensor: x }), buffer(4, "output")];
    const behind = executor.run(program(buffers, [other], [over(4, 0, [0, 1], 2)], [1]));
    expect(made).toEqual(["other"]);
    release();
    const { outputs } = await behind;
    expect(f32Values(await executor.read(outputs[0] ?? ""))).toEqual([2, 4, 6, 8]);
    expect(made).toEqual(["other"]);
    await waiting;
    executor.close();
  });

  test("[L10] the next device compiles the kernels of the last at once", async () => {
    const { gpu, devices } = watched();
    const made: (string | undefined)[] = [];
    const listening = onEachDevice(gpu, (device) => watchPipelines(device, made));
    const executor = await openGpu({ gpu: listening, budgetBytes });
    const x = executor.upload(f32Bytes([1, 2, 3, 4]), { dtype: "f32", shape: [4] });
    await executor.run(scaled(x, 4, 2));
    await executor.run(gathered(x, 4));
    made.length = 0;
    devices[0]?.destroy();
    expect(f32Values(await executor.read((await executor.run(scaled(x, 4, 3))).outputs[0] ?? ""))).toEqual([
      3, 6, 9, 12,
    ]);
    expect(made.filter((name) => name === "scale" || name === "gather")).toEqual(["scale", "gather"]);
    executor.close();
  });

  test("[L11] bytes that are given away are not copied, where they are as long as a buffer", async () => {
    const { executor } = await opened();
    const given = f32Bytes([1, 2, 3, 4]);
    const tensor = executor.upload(given, { dtype: "f32", shape: [4] }, { owned: true });
    const odd = executor.upload(f32Bytes([1, 2, 3]), { dtype: "f32", shape: [3] }, { owned: true });
    expect(
      f32Values(await executor.read((await executor.run(scaled(tensor, 4, 2))).outputs[0] ?? "")),
    ).toEqual([2, 4, 6, 8]);
    expect(f32Values(await executor.read((await executor.run(scaled(odd, 3, 2))).outputs[0] ?? ""))).toEqual([
      2, 4, 6,
    ]);
    // Seen through the tensor: it is these very bytes.
    given[0] = 7;
    expect((await executor.read(tensor))[0]).toBe(7);
    executor.close();
  });

  test("[L13] a long chain is cut while nobody waits: what was copied aside need not run again", async () => {
    const { gpu, devices } = watched();
    let passes = 0;
    const counted = onEachDevice(gpu, (device) => countPasses(device, () => (passes += 1)));
    const executor = await openGpu({ gpu: counted, budgetBytes, clock: standing });
    const [device] = devices;
    if (device === undefined) throw new Error("no device was opened");
    let tensor = executor.upload(f32Bytes([1, 2, 3, 4]), { dtype: "f32", shape: [4] });
    const release = holdMaps(device);
    for (let step = 0; step < 60; step++) {
      const [next = ""] = (await executor.run(scaled(tensor, 4, step % 2 === 0 ? 2 : 0.5))).outputs;
      executor.free(tensor);
      tensor = next;
    }
    expect(await release()).toBeGreaterThan(0);
    device.destroy();
    await device.lost;
    passes = 0;
    expect(f32Values(await executor.read(tensor))).toEqual([1, 2, 3, 4]);
    expect(passes).toBeGreaterThan(0);
    expect(passes).toBeLessThan(30);
    executor.close();
  });

  test("[L14] GPU times come later, for every launch, however many there are; nobody waits for them", async () => {
    const { executor, device, x } = await opened();
    const heard: string[] = [];
    const measured = (kernel: string, milliseconds: number): void => {
      expect(milliseconds).toBeGreaterThanOrEqual(0);
      heard.push(kernel);
    };
    const buffers = [
      buffer(4, "input", { tensor: x }),
      buffer(4, "temporary"),
      buffer(4, "output", { zeroed: true }),
    ];
    const both = program(buffers, [scale, gather], [over(4, 0, [0, 1], 2), over(4, 1, [1, 2])], [2]);
    for (let turn = 0; turn < 3; turn++) await executor.run(both);
    const release = holdFences(device);
    await executor.run(both, undefined, { measured });
    await executor.run(scaled(x, 4, 2), undefined, { measured });
    expect(heard).toEqual([]);
    release();
    await executor.settled();
    const { timestamps } = executor.report();
    expect(heard).toEqual(timestamps ? [scale.key, gather.key, scale.key] : []);
    for (let turn = 0; turn < 150; turn++) await executor.run(both, undefined, { measured });
    await executor.settled();
    expect(heard.length).toBe(timestamps ? 303 : 0);
    executor.close();
  });
});
