import { realClock } from "@tilebook/base";
import { describe, expect, test } from "vitest";
import type { GpuExecutor } from "../gpu/gpu-executor.ts";
import { openGpu } from "../open-gpu.ts";
import { dawn, watched } from "../testing/dawn.ts";
import { gather, scale } from "../testing/kernels.ts";
import type { TimedLaunch } from "./timed.ts";

const n = 256;
const type = { dtype: "f32", shape: [n] } as const;
const numbers = Float32Array.from({ length: n }, (_, at) => at);
/** However busy the machine is, a launch is one slice. */
const open = (gpu: GPU): Promise<GpuExecutor> => openGpu({ gpu, budgetBytes: 1 << 26, sliceMs: 1e6 });
/** However long one takes, many launches go into a measurement. */
const many = { enoughMs: 1e6 } as const;
const upload = (gpu: GpuExecutor): string => gpu.upload(new Uint8Array(numbers.slice().buffer), type);
const valuesOf = async (gpu: GpuExecutor, tensor: string): Promise<readonly number[]> =>
  Array.from(new Float32Array((await gpu.read(tensor)).slice().buffer));

/** y = 2 x, into a buffer of its own. */
const scaling = (x: string): TimedLaunch => ({
  kernel: scale,
  grid: [4, 1, 1],
  scalars: [n, 2],
  buffers: [
    { kind: "input", tensor: x },
    { kind: "output", type },
  ],
  samples: 3,
});

/** y = y + x, where y starts as x. */
const adding = (x: string, fresh: boolean): TimedLaunch => ({
  kernel: gather,
  grid: [4, 1, 1],
  scalars: [n],
  buffers: [
    { kind: "input", tensor: x },
    { kind: "output", type, from: x },
  ],
  fresh,
  samples: 3,
});

/** What the device is told to do, in order. */
function listen(device: GPUDevice | undefined): string[] {
  const said: string[] = [];
  if (device === undefined) throw new Error("no device was given out");
  const make = device.createCommandEncoder.bind(device);
  device.createCommandEncoder = () => {
    const encoder = make();
    const [copy, begin] = [encoder.copyBufferToBuffer.bind(encoder), encoder.beginComputePass.bind(encoder)];
    encoder.copyBufferToBuffer = ((...given: Parameters<typeof copy>) => {
      said.push("copy");
      copy(...given);
    }) as typeof copy;
    encoder.beginComputePass = (descriptor) => {
      const pass = begin(descriptor);
      const dispatch = pass.dispatchWorkgroups.bind(pass);
      said.push("pass");
      pass.dispatchWorkgroups = (...given: Parameters<typeof dispatch>) => {
        said.push("dispatch");
        dispatch(...given);
      };
      return pass;
    };
    return encoder;
  };
  return said;
}

/** A GPU that cannot tell the time. */
function withoutClock(real: GPU): GPU {
  const requestAdapter = async (options?: GPURequestAdapterOptions): Promise<GPUAdapter | null> => {
    const adapter = await real.requestAdapter(options);
    if (adapter !== null) Object.defineProperty(adapter, "features", { value: new Set() });
    return adapter;
  };
  return { requestAdapter } as GPU;
}

describe("measuring one launch", () => {
  test("[T1] short launches go many times into each measurement, and nothing stays behind", async () => {
    const gpu = await open(dawn());
    const x = upload(gpu);
    const heard: string[] = [];
    const times = await gpu.time({
      ...scaling(x),
      ...many,
      progress: (done, of) => heard.push(`${done} of ${of}`),
    });
    expect(times.samples).toHaveLength(3);
    for (const ms of times.samples) expect(ms).toBeGreaterThan(0);
    expect(times.repeats).toBeGreaterThan(1);
    expect(times.clock).toBe("gpu");
    expect([heard[0], heard.at(-1)]).toEqual(["1 of 3", "3 of 3"]);
    expect(gpu.memory()).toMatchObject({ tensors: 1, liveBytes: n * 4 });
    gpu.close();
  });

  test("[T2] without a clock of the device it is the time until the result was there", async () => {
    const gpu = await open(withoutClock(dawn()));
    expect(gpu.report().timestamps).toBe(false);
    const times = await gpu.time({ ...scaling(upload(gpu)), ...many });
    expect(times.clock).toBe("wall");
    expect(times.repeats).toBeGreaterThan(1);
    for (const ms of times.samples) expect(ms).toBeGreaterThanOrEqual(0);
    gpu.close();
  });

  test("[T3] tensors are never written to, whatever the kernel does", async () => {
    const gpu = await open(dawn());
    const x = upload(gpu);
    await gpu.time(adding(x, false));
    await gpu.time(adding(x, true));
    expect(await valuesOf(gpu, x)).toEqual(Array.from(numbers));
    const wrong = gpu.time({
      ...scaling(x),
      buffers: [
        { kind: "input", tensor: x },
        { kind: "input", tensor: x },
      ],
    });
    await expect(wrong).rejects.toMatchObject({ code: "executor/bad-program" });
    expect(gpu.memory()).toMatchObject({ tensors: 1, liveBytes: n * 4 });
    gpu.close();
  });

  test("[T4] a kernel that reads what it writes finds it as it was, at every launch", async () => {
    const { gpu: real, devices } = watched();
    const gpu = await open(real);
    const x = upload(gpu);
    const said = listen(devices[0]);
    const { repeats } = await gpu.time({ ...adding(x, true), ...many });
    expect(repeats).toBeGreaterThan(1);
    // In between is one copy at least: the pass before cannot have left its sums there.
    expect(said.join(" ")).not.toMatch(/dispatch (pass )?dispatch/);
    expect(said.filter((word) => word === "dispatch").length).toBeGreaterThan(repeats);
    said.length = 0;
    await gpu.time({ ...adding(x, false), ...many });
    expect(said.join(" ")).toContain("pass dispatch dispatch");
    gpu.close();
  });

  test("[T5] it can be stopped, and gives everything back", async () => {
    const gpu = await open(dawn());
    const x = upload(gpu);
    const stop = new AbortController();
    const launch = { ...scaling(x), samples: 1_000, progress: () => stop.abort() };
    await expect(gpu.time(launch, stop.signal)).rejects.toMatchObject({ code: "executor/interrupted" });
    expect(gpu.memory()).toMatchObject({ tensors: 1, liveBytes: n * 4 });
    expect((await gpu.time(scaling(x))).samples).toHaveLength(3);
    gpu.close();
  });
});

describe("what a measured launch has written", () => {
  test("[T6] is given out when it is kept, as after one launch, and is freed by whoever asked", async () => {
    const gpu = await open(dawn());
    const x = upload(gpu);
    const before = gpu.memory();
    const [scaled, added] = [
      await gpu.time({ ...scaling(x), keep: true }),
      await gpu.time({ ...adding(x, true), keep: true }),
    ];
    const twice = Array.from(numbers, (value) => value * 2);
    for (const { outputs } of [scaled, added]) {
      expect(outputs.length).toBe(1);
      expect(await valuesOf(gpu, outputs[0] ?? "")).toEqual(twice);
      for (const tensor of outputs) gpu.free(tensor);
    }
    expect((await gpu.time(scaling(x))).outputs).toEqual([]);
    expect(gpu.memory()).toMatchObject({ liveBytes: before.liveBytes, tensors: before.tensors });
    gpu.close();
  });

  test("[T9] of two launches that are one both are measured, in turns, and only the result is kept", async () => {
    const { gpu: real, devices } = watched();
    const gpu = await open(real);
    const x = upload(gpu);
    const { liveBytes, tensors } = gpu.memory();
    const said = listen(devices[0]);
    const twice = { kernel: scale, grid: [4, 1, 1], scalars: [n, 3] } as const;
    const { outputs, repeats } = await gpu.time({
      ...scaling(x),
      ...many,
      keep: true,
      finish: { ...twice, parts: type },
    });
    expect(repeats).toBeGreaterThan(1);
    expect(said.filter((word) => word === "dispatch").length).toBeGreaterThan(2 * repeats);
    expect(outputs.length).toBe(1);
    expect(await valuesOf(gpu, outputs[0] ?? "")).toEqual(Array.from(numbers, (value) => value * 6));
    for (const tensor of outputs) gpu.free(tensor);
    expect(gpu.memory()).toMatchObject({ liveBytes, tensors });
    const lone = { ...twice, kernel: { ...scale, bindings: scale.bindings.slice(1) } };
    await expect(gpu.time({ ...scaling(x), finish: { ...lone, parts: type } })).rejects.toMatchObject({
      code: "executor/bad-program",
    });
    gpu.close();
  });

  test("[T7] a pipeline is prepared without a turn, and what does not compile says so", async () => {
    const gpu = await open(dawn());
    await gpu.prepare(scale);
    const broken = { ...scale, key: "broken", wgsl: "this is no WGSL" };
    await expect(gpu.prepare(broken)).rejects.toMatchObject({ code: "executor/wgsl" });
    gpu.close();
  });

  test("[T8] a launch that seemed long, since something else was busy, is measured anew with as many as it takes", async () => {
    const { gpu: real, devices } = watched();
    let now = 0;
    const clock = { ...realClock, now: () => now };
    const gpu = await openGpu({ gpu: withoutClock(real), budgetBytes: 1 << 26, clock });
    const x = upload(gpu);
    const [device] = devices;
    const said = listen(device);
    const submit = device?.queue.submit.bind(device.queue);
    let disturbed = 3;
    Object.defineProperty(device?.queue, "submit", {
      value: (commands: readonly GPUCommandBuffer[]) => {
        const launches = said.filter((word) => word === "dispatch").length;
        now += launches / 2;
        // The first launches take 60 ms longer than they do.
        if (launches > 0 && disturbed > 0) {
          disturbed -= 1;
          now += 60;
        }
        said.length = 0;
        submit?.(commands);
      },
    });
    const { repeats, samples } = await gpu.time(scaling(x));
    expect(disturbed).toBe(0);
    expect(repeats).toBeGreaterThan(1);
    expect(samples.map((ms) => Math.round(ms * 10) / 10)).toEqual([0.5, 0.5, 0.5]);
    gpu.close();
  });
});
