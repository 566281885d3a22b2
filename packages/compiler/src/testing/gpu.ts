import type { BufferDType, TileKernel } from "@tilebook/ir";
import { create, globals } from "webgpu";
import { compileKernel } from "../compile.ts";
import { type CompiledKernel, portableTarget, type Target } from "../program.ts";
import { decodeElements, encodeElements, uniformBytes } from "./elements.ts";

/** A real WebGPU for tests: Dawn in Node on SwiftShader, Chromium's software GPU. */
const icd = "/usr/lib/chromium/vk_swiftshader_icd.json";

let opened: Promise<GPUDevice> | undefined;
/** Dawn's instance: it must live as long as its devices do. */
let instance: GPU | undefined;

/** The one device of this test file. Faults of WGSL and of WebGPU fail the test that caused them. */
export function openGpu(): Promise<GPUDevice> {
  opened ??= open();
  return opened;
}

async function open(): Promise<GPUDevice> {
  process.env["VK_ICD_FILENAMES"] ??= icd;
  process.env["XDG_RUNTIME_DIR"] ??= "/tmp";
  Object.assign(globalThis, globals);
  instance = create([]);
  const adapter = await instance.requestAdapter();
  if (adapter === null) throw new Error("no WebGPU adapter: is SwiftShader installed?");
  const subgroups = adapter.features.has("subgroups");
  const { maxStorageBuffersPerShaderStage } = adapter.limits;
  return adapter.requestDevice({
    requiredFeatures: subgroups ? ["subgroups"] : [],
    requiredLimits: { maxStorageBuffersPerShaderStage },
  });
}

/** One launch: a value for every parameter in order; an array for a buffer, a number for a scalar. */
export interface Launch {
  readonly grid: readonly [number, number, number];
  readonly arguments: readonly (readonly number[] | Float32Array | number)[];
  readonly target?: Target;
  /** Runs the grid in slices of so many workgroups. */
  readonly slice?: number;
}

export interface Launched {
  readonly compiled: CompiledKernel;
  /** What each buffer holds afterwards, in the order of the buffers. */
  readonly buffers: readonly (readonly number[])[];
}

export async function launch(kernel: TileKernel, how: Launch): Promise<Launched> {
  const compiled = compileKernel(kernel, how.target ?? portableTarget);
  const scalars: number[] = [];
  const data: (readonly number[] | Float32Array)[] = [];
  for (const argument of how.arguments)
    if (typeof argument === "number") scalars.push(argument);
    else data.push(argument);
  const buffers = await runCompiled(compiled, { ...how, data, scalars });
  return { compiled, buffers };
}

export async function runCompiled(
  compiled: CompiledKernel,
  run: {
    readonly grid: readonly [number, number, number];
    readonly data: readonly (readonly number[] | Float32Array)[];
    readonly scalars: readonly number[];
    readonly slice?: number;
  },
): Promise<readonly (readonly number[])[]> {
  const gpu = await openGpu();
  const dtypes = compiled.bindings.map((binding): BufferDType => binding.dtype);
  const buffers = run.data.map((values, place) =>
    upload(gpu, encodeElements(values, dtypes[place] ?? "f32")),
  );
  const pipeline = await makePipeline(gpu, compiled);
  const count = run.grid[0] * run.grid[1] * run.grid[2];
  const slice = run.slice ?? count;
  for (let base = 0; base < count; base += slice) {
    const uniform = upload(
      gpu,
      uniformBytes(compiled, run.grid, { base, count }, run.scalars),
      GPUBufferUsage.UNIFORM,
    );
    dispatch(gpu, pipeline, [...buffers, uniform], Math.min(slice, count - base));
  }
  return Promise.all(
    buffers.map(async (buffer, place) => {
      const length = run.data[place]?.length ?? 0;
      return decodeElements(await download(gpu, buffer), dtypes[place] ?? "f32", length);
    }),
  );
}

/** Compiles the WGSL; throws with the compiler's messages when it is refused. */
export async function makePipeline(gpu: GPUDevice, compiled: CompiledKernel): Promise<GPUComputePipeline> {
  gpu.pushErrorScope("validation");
  const module = gpu.createShaderModule({ code: compiled.wgsl });
  const info = await module.getCompilationInfo();
  const errors = info.messages.filter((message) => message.type === "error");
  const scope = await gpu.popErrorScope();
  if (errors.length > 0 || scope !== null) {
    const list = errors.map((message) => `${message.lineNum}: ${message.message}`).join("\n");
    throw new Error(`${compiled.name} is no valid WGSL: ${list || scope?.message}\n${compiled.wgsl}`);
  }
  return gpu.createComputePipelineAsync({
    layout: gpu.createPipelineLayout({ bindGroupLayouts: [bindLayout(gpu, compiled)] }),
    compute: { module, entryPoint: compiled.entryPoint },
  });
}

function bindLayout(gpu: GPUDevice, compiled: CompiledKernel): GPUBindGroupLayout {
  const visibility = GPUShaderStage.COMPUTE;
  const entries = compiled.bindings.map(({ access }, binding): GPUBindGroupLayoutEntry => {
    const type = access === "read" ? "read-only-storage" : "storage";
    return { binding, visibility, buffer: { type } };
  });
  const uniform = { binding: entries.length, visibility, buffer: { type: "uniform" } } as const;
  return gpu.createBindGroupLayout({ entries: [...entries, uniform] });
}

export function upload(
  gpu: GPUDevice,
  bytes: ArrayBuffer,
  usage: number = GPUBufferUsage.STORAGE,
): GPUBuffer {
  const buffer = gpu.createBuffer({
    size: Math.max(16, Math.ceil(bytes.byteLength / 16) * 16),
    usage: usage | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC,
  });
  gpu.queue.writeBuffer(buffer, 0, bytes);
  return buffer;
}

export function dispatch(
  gpu: GPUDevice,
  pipeline: GPUComputePipeline,
  buffers: readonly GPUBuffer[],
  workgroups: number,
): void {
  const encoder = gpu.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
  pass.setBindGroup(0, gpu.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  const across = Math.min(workgroups, 65535);
  pass.dispatchWorkgroups(across, Math.ceil(workgroups / across));
  pass.end();
  gpu.queue.submit([encoder.finish()]);
}

export async function download(gpu: GPUDevice, buffer: GPUBuffer): Promise<ArrayBuffer> {
  const copy = gpu.createBuffer({
    size: buffer.size,
    usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
  });
  const encoder = gpu.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, copy, 0, buffer.size);
  gpu.queue.submit([encoder.finish()]);
  await copy.mapAsync(GPUMapMode.READ);
  const bytes = copy.getMappedRange().slice(0);
  copy.destroy();
  return bytes;
}
