import { type Clock, realClock } from "@tilebook/base";
import type { CompiledKernel, Program, ProgramBuffer } from "@tilebook/compiler";
import { type Kernel, probeCopy, probeFma, probeLoop } from "@tilebook/shaders";
import type { Executor, RunResult } from "./executor.ts";

/** What a device does at best, for the device panel and the roofline. */
export interface DeviceSpeed {
  /** f32 multiply-adds count as two. */
  readonly gflops: number;
  /** Bytes read plus bytes written by a copy. */
  readonly gigabytesPerSecond: number;
}

/** Shorter times are mostly noise: browsers round GPU time to 0.1 ms. */
const enoughMs = 5;
const mostTurns = 2 ** 20;

/** Measures for about a quarter of a second. Nothing for an executor that is no GPU. */
export async function measureDevice(
  executor: Executor,
  clock: Clock = realClock,
): Promise<DeviceSpeed | undefined> {
  if (executor.report().kind !== "gpu") return undefined;
  return {
    gflops: await measureFma(executor, clock),
    gigabytesPerSecond: await measureCopy(executor, clock),
  };
}

/** Every known device that cuts loops does so after fewer turns. */
const manyTurns = 70_000;

/** After how many turns the device cuts a loop, when it does that: most never do. */
export async function measureLoops(
  executor: Pick<Executor, "run" | "read" | "free">,
): Promise<number | undefined> {
  const { outputs } = await executor.run(launch(probeLoop, { turns: manyTurns }, [vectors(1, "output")], 1));
  const [output = ""] = outputs;
  const [turns = 0] = new Float32Array((await executor.read(output)).buffer);
  executor.free(output);
  return turns === manyTurns ? undefined : turns;
}

async function measureFma(executor: Executor, clock: Clock): Promise<number> {
  const threads = 2 ** 17;
  for (let turns = 16; ; turns *= 4) {
    const sizes = { threads, turns };
    const ms = await bestTime(executor, launch(probeFma, sizes, [vectors(threads, "output")], 1), clock);
    if (ms >= enoughMs || turns >= mostTurns) return probeFma.flops(sizes) / ms / 1e6;
  }
}

async function measureCopy(executor: Executor, clock: Clock): Promise<number> {
  const { budgetBytes, liveBytes } = executor.memory();
  const most = executor.report().limits["maxStorageBufferBindingSize"] ?? 2 ** 27;
  const n = Math.floor(Math.min(2 ** 26, most, (budgetBytes - liveBytes) / 4) / 16);
  const type = { dtype: "f32", shape: [n, 4] } as const;
  const source = executor.upload(new Uint8Array(n * 16), type);
  try {
    for (let times = 1; ; times *= 4) {
      const buffers = [{ ...vectors(n, "input"), tensor: source }, vectors(n, "output")];
      const ms = await bestTime(executor, launch(probeCopy, { n }, buffers, times), clock);
      if (ms >= enoughMs || times >= 64) return (probeCopy.bytes({ n }) * times) / ms / 1e6;
    }
  } finally {
    executor.free(source);
  }
}

/** The first run is cut into probes and may include compiling; the best of the later ones is the device's. */
async function bestTime(executor: Executor, program: Program, clock: Clock): Promise<number> {
  let best = Infinity;
  for (let turn = 0; turn < 3; turn++) {
    const start = clock.now();
    const result = await executor.run(program, undefined, { timed: true });
    best = Math.min(best, gpuTime(result) ?? clock.now() - start);
    result.outputs.forEach((output) => executor.free(output));
  }
  return Math.max(best, 1e-3);
}

function gpuTime(result: RunResult): number | undefined {
  const ms = result.timings[0]?.milliseconds;
  return ms === undefined || ms === 0 ? undefined : ms;
}

function vectors(n: number, role: ProgramBuffer["role"]): ProgramBuffer {
  return { type: { dtype: "f32", shape: [n, 4] }, bytes: n * 16, role, zeroed: false };
}

function launch<Sizes extends Readonly<Record<string, number>>>(
  kernel: Kernel<Sizes>,
  sizes: Sizes,
  buffers: readonly ProgramBuffer[],
  times: number,
): Program {
  const dispatch = {
    kernel: 0,
    grid: [kernel.programs(sizes), 1, 1] as const,
    buffers: buffers.map((_, at) => at),
    scalars: kernel.scalars.map((name) => sizes[name] ?? 0),
  };
  return {
    buffers,
    kernels: [compiled(kernel)],
    dispatches: Array.from({ length: times }, () => dispatch),
    outputs: [buffers.length - 1],
    remarks: [],
  };
}

/** A hand-written kernel in the form the executor runs. It has no tiles: only a GPU can run it. */
function compiled<Sizes>(kernel: Kernel<Sizes>): CompiledKernel {
  const fields = ["grid_x", "grid_y", "grid_z", "base", "count", ...kernel.scalars];
  return {
    name: kernel.name,
    key: `shaders ${kernel.name}`,
    tile: { name: kernel.name, params: [], body: [] },
    wgsl: kernel.source,
    spans: [],
    entryPoint: "main",
    workgroupSize: kernel.threads,
    bindings: kernel.bindings.map((binding) => ({ ...binding, dtype: "f32" as const })),
    uniforms: fields.map((name, at) => ({ name, dtype: "u32" as const, offset: at * 4 })),
    uniformBytes: Math.ceil(fields.length / 4) * 16,
    counts: { flops: 0, bytesRead: 0, bytesWritten: 0, workgroupBytes: 0, barriers: 0, registers: 0 },
    sites: [],
    stages: [],
  };
}
