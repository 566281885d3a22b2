import { faultData, seeded } from "@tilebook/base";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { admit } from "../admission/index.ts";
import { type HonestKernel, honestKernels } from "../testing/corpus/honest.ts";
import { hostileKernels } from "../testing/corpus/hostile.ts";
import type { GpuExecutor } from "../gpu/gpu-executor.ts";
import { openGpu } from "../open-gpu.ts";
import { dawn, watched } from "../testing/dawn.ts";
import { f32Bytes, f32Values } from "../testing/programs.ts";
import type { RawBuffer, RawRun } from "./raw.ts";

const budgetBytes = 1 << 26;
let executor: GpuExecutor;

beforeAll(async () => {
  executor = await openGpu({ gpu: dawn(), budgetBytes });
});

afterAll(() => executor.close());

function bytesOf(data: Float32Array | Uint32Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(data.slice().buffer);
}

/** The kernel as its author would run it: one dispatch, nothing rewritten. Bytes of its output. */
async function plainly(kernel: HonestKernel): Promise<Uint8Array> {
  const adapter = await dawn().requestAdapter();
  const device = await adapter?.requestDevice();
  if (device === undefined) throw new Error("no device");
  const module = device.createShaderModule({ code: kernel.wgsl });
  const pipeline = await device.createComputePipelineAsync({ layout: "auto", compute: { module } });
  const places = admit({ name: "k", text: kernel.wgsl }).bindings;
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  let output: GPUBuffer | undefined;
  const usage =
    GPUBufferUsage.STORAGE | GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  for (const group of new Set(places.map((place) => place.group))) {
    const entries = places
      .filter((place) => place.group === group)
      .map(({ binding, name }) => {
        const given = kernel.buffers[name];
        if (given === undefined) throw new Error(`no buffer ${name}`);
        const elements = "shape" in given ? given.shape.reduce((a, b) => a * b, 1) : given.length;
        const buffer = device.createBuffer({ size: elements * 4, usage });
        if ("shape" in given) output = buffer;
        else device.queue.writeBuffer(buffer, 0, given);
        return { binding, resource: { buffer } };
      });
    pass.setBindGroup(group, device.createBindGroup({ layout: pipeline.getBindGroupLayout(group), entries }));
  }
  pass.dispatchWorkgroups(...kernel.grid);
  pass.end();
  if (output === undefined) throw new Error("no output");
  const readable = device.createBuffer({
    size: output.size,
    usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
  });
  encoder.copyBufferToBuffer(output, 0, readable, 0, output.size);
  device.queue.submit([encoder.finish()]);
  await readable.mapAsync(GPUMapMode.READ);
  const bytes = new Uint8Array(readable.getMappedRange().slice(0));
  device.destroy();
  return bytes;
}

function rawRun({ wgsl, grid, buffers }: HonestKernel, on: GpuExecutor): RawRun {
  const given = Object.entries(buffers).map(([name, value]): [string, RawBuffer] => {
    if ("shape" in value) return [name, { kind: "output", type: value }];
    const dtype = value instanceof Uint32Array ? "u32" : "f32";
    return [name, { kind: "input", tensor: on.upload(bytesOf(value), { dtype, shape: [value.length] }) }];
  });
  return { source: "cell", wgsl, grid, buffers: Object.fromEntries(given) };
}

describe("honest raw kernels", () => {
  test.for(honestKernels)("[W1] gives bit for bit what it gives unguarded: $name", async (kernel) => {
    const wanted = await plainly(kernel);
    expect(wanted.some((byte) => byte !== 0)).toBe(true);
    for (let turn = 0; turn < 2; turn++) {
      const { outputs, timings } = await executor.runRaw(rawRun(kernel, executor));
      expect(await executor.read(outputs[0] ?? "")).toEqual(wanted);
      expect(timings).toHaveLength(1);
    }
  });
});

describe("hostile raw kernels", () => {
  test.for(hostileKernels)("[W2] is refused or ends: $name", async ({ wgsl, fate }) => {
    const buffers = { y: { kind: "output", type: { dtype: "u32", shape: [8192] } } } as const;
    const ended = await executor.runRaw({ source: "cell", wgsl, grid: [64, 1, 1], buffers }).then(
      () => "ends",
      (error: unknown) => (error as { code?: string }).code ?? String(error),
    );
    // "ends": whatever it is, it came back.
    expect(fate === "ends" ? "ends" : ended).toBe(fate);
  });

  test("[W3] afterwards the device is alive and computes", async () => {
    const [kernel] = honestKernels;
    if (kernel === undefined) throw new Error("no kernel");
    const { outputs } = await executor.runRaw(rawRun(kernel, executor));
    expect(await executor.read(outputs[0] ?? "")).toEqual(await plainly(kernel));
  });

  test("[W4] what is refused never reaches the compiler", async () => {
    const { gpu, devices } = watched();
    const fresh = await openGpu({ gpu, budgetBytes });
    const [device] = devices;
    if (device === undefined) throw new Error("no device");
    let compiled = 0;
    const create = device.createShaderModule.bind(device);
    device.createShaderModule = (descriptor) => {
      compiled += 1;
      return create(descriptor);
    };
    for (const { wgsl } of hostileKernels.filter(({ fate }) => fate.startsWith("admission/")))
      await expect(
        fresh.runRaw({ source: "cell", wgsl, grid: [1, 1, 1], buffers: {} }),
      ).rejects.toMatchObject({ code: expect.stringMatching(/^admission/u) as string });
    expect(compiled).toBe(0);
    fresh.close();
  });
});

describe("raw runs", () => {
  const text = `
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(16)
fn main(@builtin(global_invocation_id) id: vec3u) {
  for (var i = 0u; i < u32(y[0]); i++) { y[id.x] += 1.0; }
}`;

  test("[W5] an output may start as a copy of a tensor, which stays as it is", async () => {
    const x = executor.upload(f32Bytes([3, 10, 20]), { dtype: "f32", shape: [3] });
    const wgsl = text
      .replace("y[0]", "3.0")
      .replace("y[id.x] +=", "if (id.x > 0u && id.x < 3u) { y[id.x] +=")
      .replace("1.0;", "1.0; }");
    const y = { kind: "output", type: { dtype: "f32", shape: [3] }, from: x } as const;
    const { outputs } = await executor.runRaw({ source: "cell", wgsl, grid: [1, 1, 1], buffers: { y } });
    expect(f32Values(await executor.read(outputs[0] ?? ""))).toEqual([3, 13, 23]);
    expect(f32Values(await executor.read(x))).toEqual([3, 10, 20]);
  });

  test("[W6] a loop that does not end is a Fault on its own line", async () => {
    const wgsl = text.replace("i < u32(y[0])", "true");
    const y = { kind: "output", type: { dtype: "f32", shape: [16] } } as const;
    const start = wgsl.indexOf("for");
    await expect(
      executor.runRaw({ source: "c9", wgsl, grid: [1, 1, 1], buffers: { y } }),
    ).rejects.toMatchObject({ code: "executor/out-of-fuel", span: { source: "c9", start, end: start + 3 } });
  });

  test("[W16] a loop may take more turns than Mesa's CPU driver gives it, where the device does not cut it", async () => {
    const wgsl = text
      .replace("u32(y[0])", "200000u + u32(y[1] * 0.0)")
      .replace("y[id.x] += 1.0", "y[id.x] = f32(i)");
    const y = { kind: "output", type: { dtype: "f32", shape: [16] } } as const;
    const { outputs } = await executor.runRaw({ source: "c9", wgsl, grid: [1, 1, 1], buffers: { y } });
    expect(f32Values(await executor.read(outputs[0] ?? ""))[0]).toBe(199_999);
  });

  test("[W7] WGSL that does not compile is a Fault on its own line", async () => {
    const wgsl = text.replace("y[id.x] += 1.0", "y[id.x] += true");
    const y = { kind: "output", type: { dtype: "f32", shape: [16] } } as const;
    const error = executor.runRaw({ source: "c9", wgsl, grid: [1, 1, 1], buffers: { y } });
    const start = wgsl.indexOf("+= true");
    await expect(error).rejects.toMatchObject({
      code: "executor/wgsl",
      span: { source: "c9", start },
      message: expect.stringContaining(
        "(line 5: for (var i = 0u; i < u32(y[0]); i++) { y[id.x] += true; })",
      ) as string,
      hint: expect.stringContaining("WGSL") as string,
    });
    const { cause } = faultData(await error.catch((thrown: unknown) => thrown));
    expect(cause?.message ?? "").not.toContain("[object");
  });

  test("[W8] missing, unknown, too small and wrongly used buffers are named", async () => {
    const x = executor.upload(f32Bytes([1, 2]), { dtype: "f32", shape: [2] });
    const input = { kind: "input", tensor: x } as const;
    const output = { kind: "output", type: { dtype: "f32", shape: [2] } } as const;
    const run = (buffers: RawRun["buffers"], wgsl = text): Promise<unknown> =>
      executor.runRaw({ source: "c9", wgsl, grid: [1, 1, 1], buffers });
    const bad = { code: "executor/bad-raw" };
    await expect(run({})).rejects.toMatchObject(bad);
    await expect(run({ y: output, z: input })).rejects.toMatchObject(bad);
    await expect(run({ y: input })).rejects.toMatchObject({ code: "executor/writes-input" });
    await expect(run({ y: output }, text.replace("array<f32>", "array<f32, 1000>"))).rejects.toMatchObject(
      bad,
    );
    await expect(
      run({ y: { ...output, from: executor.upload(new Uint8Array(4), { dtype: "f32", shape: [1] }) } }),
    ).rejects.toMatchObject({ code: "executor/wrong-size" });
  });

  test("[W10] a run that is measured gives times, and what it gives without", async () => {
    const x = executor.upload(f32Bytes([3, 10, 20]), { dtype: "f32", shape: [3] });
    const wgsl = text.replace("y[0]", "3.0 * min(1.0, y[0])");
    const y = { kind: "output", type: { dtype: "f32", shape: [3] }, from: x } as const;
    const run = { source: "cell", wgsl, grid: [1, 1, 1], buffers: { y } } as const;
    const plain = await executor.runRaw(run);
    expect(plain.timings[0]?.samples).toBeUndefined();
    const measured = await executor.runRaw({ ...run, repeats: 3 });
    expect(await executor.read(measured.outputs[0] ?? "")).toEqual(
      await executor.read(plain.outputs[0] ?? ""),
    );
    expect(measured.timings[0]?.samples).toHaveLength(3);
    for (const ms of measured.timings[0]?.samples ?? []) expect(ms).toBeGreaterThanOrEqual(0);
  });

  test("[W9] a raw run that loses its device ends right", async () => {
    const { gpu, devices } = watched();
    const fresh = await openGpu({ gpu, budgetBytes });
    const kernel = honestKernels[2];
    if (kernel === undefined) throw new Error("no kernel");
    const wanted = await plainly(kernel);
    const running = fresh.runRaw(rawRun(kernel, fresh));
    await new Promise((resolve) => setTimeout(resolve, 1 + seeded(7)() * 3));
    devices[0]?.destroy();
    const { outputs } = await running;
    expect(await fresh.read(outputs[0] ?? "")).toEqual(wanted);
    fresh.close();
  });

  const scaled = `
override BY: f32 = 2.0;
override ON = true;
struct Size { width: u32, shift: vec2f, turn: mat2x2f, steps: array<vec4<i32>, 2> }
@group(0) @binding(0) var<uniform> size: Size;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> one: f32;
@compute @workgroup_size(8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x != 0u || !ON) { return; }
  y[0] = f32(size.width) * BY;
  y[1] = size.shift.x; y[2] = size.shift.y;
  y[3] = size.turn[0][1]; y[4] = size.turn[1][0];
  y[5] = f32(size.steps[1].z);
  y[6] = one;
}`;
  const size = {
    width: 3,
    shift: [0.5, -1],
    turn: [
      [1, 2],
      [3, 4],
    ],
    steps: [
      [1, 2, 3, 4],
      [5, 6, -7, 8],
    ],
  };
  const seven = { kind: "output", type: { dtype: "f32", shape: [7] } } as const;

  async function runScaled(more: Partial<RawRun>): Promise<readonly number[]> {
    const buffers = {
      size: { kind: "value", value: size },
      y: seven,
      one: { kind: "value", value: 9 },
    } as const;
    const run = { source: "c9", wgsl: scaled, grid: [1, 1, 1], buffers, ...more } as const;
    const { outputs } = await executor.runRaw(run);
    return f32Values(await executor.read(outputs[0] ?? ""));
  }

  test("[W11] uniforms get plain numbers, as WGSL lays their type out", async () => {
    expect(await runScaled({})).toEqual([6, 0.5, -1, 2, 3, -7, 9]);
  });

  test("[W12] overrides get other values for a run, and keep their own without", async () => {
    expect((await runScaled({ overrides: { BY: -1.5 } }))[0]).toBe(-4.5);
    expect((await runScaled({ overrides: { ON: false } }))[0]).toBe(0);
    expect((await runScaled({}))[0]).toBe(6);
  });

  test.each([
    ["half of a u32", { ...size, width: 1.5 }, "size.width is a whole number from 0"],
    ["a list that is too short", { ...size, shift: [1] }, "size.shift is a list of 2, not a list of 1"],
    ["a number in the place of a list", { ...size, turn: 1 }, "size.turn is a list of 2, not 1"],
    ["a member it has not", { ...size, height: 1 }, "size has no member height"],
    [
      "a member left out",
      {
        width: 1,
        shift: [0, 0],
        turn: [
          [0, 0],
          [0, 0],
        ],
      },
      "size.steps is a list of 2, not left out",
    ],
    ["a list for a struct", [1, 2], "size is { width, shift, turn, steps }, not a list of 2"],
  ])("[W13] %s is refused by name", async (_, value, message) => {
    const buffers = { size: { kind: "value", value }, y: seven, one: { kind: "value", value: 9 } } as const;
    await expect(runScaled({ buffers })).rejects.toMatchObject({
      code: "executor/bad-raw",
      message: expect.stringContaining(message) as string,
    });
  });

  test("[W14] a tensor of another dtype than the kernel reads is refused, as is an output", async () => {
    const x = executor.upload(new Uint8Array(32), { dtype: "i32", shape: [8] });
    const wgsl = `@group(0) @binding(0) var<storage, read> x: array<vec2f>;
@group(0) @binding(1) var<storage, read_write> y: array<atomic<u32>>;
@compute @workgroup_size(1) fn main() { atomicAdd(&y[0], u32(x[0].x)); }`;
    const y = { kind: "output", type: { dtype: "u32", shape: [8] } } as const;
    const run = (buffers: RawRun["buffers"]): Promise<unknown> =>
      executor.runRaw({ source: "c9", wgsl, grid: [1, 1, 1], buffers });
    const refused = { code: "executor/bad-raw", message: expect.stringContaining("but gets") as string };
    await expect(run({ x: { kind: "input", tensor: x }, y })).rejects.toMatchObject(refused);
    const f = executor.upload(new Uint8Array(32), { dtype: "f32", shape: [8] });
    const wrong = { kind: "output", type: { dtype: "f32", shape: [8] } } as const;
    await expect(run({ x: { kind: "input", tensor: f }, y: wrong })).rejects.toMatchObject(refused);
    await run({ x: { kind: "input", tensor: f }, y });
  });

  test("[W15] a compiler's complaint names the user's word, also behind what guarding has put in", async () => {
    const wgsl = text.replace("y[id.x] += 1.0", "y[id.y] += lenght");
    const start = wgsl.indexOf("lenght");
    const admitted = admit({ name: "c9", text: wgsl });
    await expect(executor.compileRaw(admitted)).rejects.toMatchObject({
      code: "executor/wgsl",
      span: { source: "c9", start, end: start + 6 },
      message: expect.not.stringContaining("tilebook") as string,
    });
  });
});
