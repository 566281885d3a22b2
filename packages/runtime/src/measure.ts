import {
  type Kernel,
  probeBarrier,
  probeCopy,
  probeEmpty,
  probeFma,
  probeFmas,
  probeStride,
} from "@tilebook/shaders";
import type { GpuExecutor } from "./gpu/gpu-executor.ts";
import { launchOf } from "./probes.ts";

/** What a device does at best, for the device panel and the roofline. */
export interface DeviceSpeed {
  /** f32 multiply-adds count as two. */
  readonly gflops: number;
  /** Bytes read plus bytes written by a copy. */
  readonly gigabytesPerSecond: number;
  /** Milliseconds of a launch, among others, that has nothing to do. */
  readonly launchMs: number;
  /** Milliseconds that each further program with nothing to do takes. */
  readonly programMs: number;
  /** Milliseconds that each thread of a program takes longer where its threads wait for each other at all. */
  readonly meetingMs: number;
  /** Milliseconds that a barrier takes for each thread that meets there, on a device that is full of them. */
  readonly barrierMs: number;
  /** So many programs at once keep all of the device busy. */
  readonly fullPrograms: number;
}

type MeasuringGpu = Pick<GpuExecutor, "time" | "upload" | "free" | "memory" | "report">;

/** Measures for about two seconds on a software GPU, a fraction of one on a real one. */
export async function measureDevice(gpu: MeasuringGpu): Promise<DeviceSpeed> {
  const gflops = await measureFma(gpu);
  const gigabytesPerSecond = await measureCopies(gpu);
  const { launchMs, programMs } = await measureStarts(gpu);
  const fullPrograms = await measureParallel(gpu);
  const { meetingMs, barrierMs } = await measureBarriers(gpu, Math.max(64, 4 * fullPrograms), programMs);
  return { gflops, gigabytesPerSecond, launchMs, programMs, meetingMs, barrierMs, fullPrograms };
}

/** A launch should take so long that waking the threads of a software GPU does not count, in milliseconds. */
const enoughMs = 16;
const mostThreads = 2 ** 20;
/** Of all shapes that are tried once, so many are measured well. */
const finalists = 3;

/** Multiply-adds in the shape that suits this device best. */
async function measureFma(gpu: MeasuringGpu): Promise<number> {
  let threads = 2 ** 12;
  while (threads < mostThreads && (await timeFma(gpu, probeFma, threads, 1)) < enoughMs) threads *= 2;
  const rate = async (kernel: FmaKernel, samples: number): Promise<number> =>
    kernel.flops({ threads }) / (await timeFma(gpu, kernel, threads, samples)) / 1e6;
  return bestOf(probeFmas, rate);
}

type FmaKernel = typeof probeFma;

function timeFma(gpu: MeasuringGpu, kernel: FmaKernel, threads: number, samples: number): Promise<number> {
  return leastMs(gpu, launchOf(kernel, { threads }, { made: threads }), samples);
}

/** More than most caches hold, together with the copy. */
const copyBytes = 2 ** 25;

async function measureCopies(gpu: MeasuringGpu): Promise<number> {
  const { budgetBytes, liveBytes } = gpu.memory();
  const most = gpu.report().limits["maxStorageBufferBindingSize"] ?? 2 ** 27;
  const n = Math.floor(Math.min(copyBytes, most, (budgetBytes - liveBytes) / 4) / 16);
  const tensor = gpu.upload(new Uint8Array(n * 16), { dtype: "f32", shape: [n, 4] });
  const rate = async (kernel: Kernel<{ readonly n: number }>, samples: number): Promise<number> =>
    kernel.bytes({ n }) /
    (await leastMs(gpu, launchOf(kernel, { n }, { given: tensor, made: n }), samples)) /
    1e6;
  try {
    return await bestOf([probeCopy, probeStride], rate);
  } finally {
    gpu.free(tensor);
  }
}

const manyPrograms = 4096;

async function measureStarts(
  gpu: MeasuringGpu,
): Promise<{ readonly launchMs: number; readonly programMs: number }> {
  const time = (programs: number): Promise<number> =>
    leastMs(gpu, launchOf(probeEmpty, { programs, writes: 0 }, { made: 1 }), 8);
  const [launchMs, manyMs] = [await time(1), await time(manyPrograms)];
  return { launchMs, programMs: Math.max(0, manyMs - launchMs) / (manyPrograms - 1) };
}

/** Software GPUs run threads one after the other, unless they have to meet: then each needs a place of its own to wait at. */
async function measureBarriers(
  gpu: MeasuringGpu,
  programs: number,
  programMs: number,
): Promise<{ readonly meetingMs: number; readonly barrierMs: number }> {
  const turns = 16;
  const threads = programs * probeBarrier.threads;
  const time = (how: { readonly turns: number; readonly meet: number }): Promise<number> =>
    leastMs(gpu, launchOf(probeBarrier, { programs, ...how }, { made: threads }), 3);
  const once = await time({ turns: 0, meet: 0 });
  const [without, meeting] = [await time({ turns, meet: 0 }), await time({ turns, meet: 1 })];
  return {
    meetingMs: Math.max(0, once - programs * programMs) / threads,
    barrierMs: Math.max(0, meeting - without) / (threads * turns),
  };
}

/** Twice as many programs must be so much faster, or the device was full. */
const gain = 1.2;
const mostParallel = 2 ** 14;

/** Doubles the programs as long as that makes them faster together. */
async function measureParallel(gpu: MeasuringGpu): Promise<number> {
  let [full, best, idle] = [1, 0, 0];
  for (let programs = 1; programs <= mostParallel && idle < 2; programs *= 2) {
    const rate = programs / (await timeFma(gpu, probeFma, programs * probeFma.threads, 3));
    idle = rate < best * gain ? idle + 1 : 0;
    if (idle === 0) [full, best] = [programs, rate];
  }
  return full;
}

/** The highest rate of any: all are tried, the fastest of them are measured again. */
async function bestOf<T>(
  all: readonly T[],
  rate: (one: T, samples: number) => Promise<number>,
): Promise<number> {
  const tried: { readonly one: T; readonly rate: number }[] = [];
  for (const one of all) tried.push({ one, rate: await rate(one, 1) });
  const first = tried.toSorted((a, b) => b.rate - a.rate).slice(0, finalists);
  let best = 0;
  for (const { one } of first) best = Math.max(best, await rate(one, 5));
  return best;
}

/** Of many measurements not the least of all: some clocks jump now and then. */
async function leastMs(
  gpu: MeasuringGpu,
  launch: ReturnType<typeof launchOf>,
  samples: number,
): Promise<number> {
  const times = await gpu.time({ ...launch, samples });
  const [least = 0, second = least] = times.samples.toSorted((a, b) => a - b);
  return Math.max(1e-6, samples > 3 ? second : least);
}
