import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { loadavg, platform } from "node:os";
import { fileURLToPath } from "node:url";
import { type DeviceSpeed, type GpuExecutor, measureDevice, openGpu, type Tunable } from "@tilebook/runtime";
import { dawn } from "@tilebook/runtime/testing";
import { createTensors, type Tensor, type Tensors } from "@tilebook/tensor";
import { aboutThis } from "../bench/about.ts";
import { runCell } from "../bench/cell.ts";
import { BenchHost } from "../bench/host.ts";
import { fullSizes, type GpuCase, gpuCases, smallSizes } from "./gpu-cases.ts";

const budgetBytes = 2 ** 31;
const results = fileURLToPath(new URL("../bench/results", import.meta.url));
const peers = fileURLToPath(new URL("../bench/peers", import.meta.url));

/** A measurement lasts at least so long, and is taken so many times: the median counts. */
const [enoughMs, turns, mostRuns] = [200, 5, 500];
/** For the configs of one case. */
const [tuningMs, smallTuningMs] = [180_000, 15_000];

/**
 * npm run bench:gpu - our kernels on this machine's graphics card, by Dawn in Node: share of its multiply-add limit, attention
 * relative to matmul, against kernels of one thread for each result, and what the tuner chose. Numbers, not a test.
 * `-- --small`: sizes that a software GPU can do. `-- --software`: SwiftShader, also where there is a card.
 */
export async function main(words: readonly string[]): Promise<number> {
  const ownDrivers = !words.includes("--software") && hasCard();
  const executor = await openGpu({ gpu: fastest(dawn({ ownDrivers })), budgetBytes });
  const { name, limits } = executor.report();
  say(`${name}${ownDrivers ? "" : ", no graphics card"}, load ${loadavg()[0]?.toFixed(1)}`);
  const speed = await measureDevice(executor);
  say(
    `multiply-adds ${speed.gflops.toFixed(1)} GFLOP/s, copies ${speed.gigabytesPerSecond.toFixed(1)} GB/s\n`,
  );
  const sizes = words.includes("--small") ? smallSizes : fullSizes;
  const most = limits["maxStorageBufferBindingSize"] ?? 2 ** 27;
  const cases = gpuCases(sizes, executor.target().f16).filter(({ n }) => 4 * n * n <= most);
  const measured: Measured[] = [];
  for (const one of cases) {
    const found = await measureCase(executor, one, words.includes("--small") ? smallTuningMs : tuningMs);
    measured.push(found);
    say(lineOf(found, speed));
  }
  say(`\n${relative(measured)}\n\nWhat the tuner chose (> is used; by the device's clock where it has one)`);
  for (const { name: of, kernels } of measured) kernels.forEach((kernel) => say(choiceOf(of, kernel)));
  say(`\n${write({ device: executor.report(), speed, measured })}`);
  executor.close();
  return measured.every(({ error, slack }) => error === undefined || error <= slack) ? 0 : 1;
}

interface Measured extends GpuCase {
  /** Milliseconds of a run among others. */
  readonly ms: number;
  readonly untunedMs: number;
  readonly naiveMs?: number;
  readonly error?: number;
  readonly kernels: readonly Tunable[];
}

interface Defined {
  readonly given: readonly Tensor[];
  readonly run: () => Tensor;
  readonly naive?: () => Tensor;
}

async function measureCase(executor: GpuExecutor, one: GpuCase, withinMs: number): Promise<Measured> {
  const host = new BenchHost(executor);
  const tensors = createTensors(host);
  const scope = tensors.openScope(one.name);
  const cell = (await runCell(tensors, one.text, { n: one.n })) as unknown as Defined;
  await tensors.realize(cell.given);
  const made = new Set(host.tunable().map(({ key }) => key));
  const time = (run: () => Tensor): Promise<number> => timeOf(executor, tensors, run);
  const { run, naive } = cell;
  const error = naive && (await differenceOf(run(), naive()));
  const untunedMs = await time(run);
  const naiveMs = naive && (await time(naive));
  const keys = host.tunable().map(({ key }) => key);
  await host.tune(withinMs);
  const ms = await time(run);
  const kernels = host.tunable().filter(({ key, kernel }) => !made.has(key) && kernel !== "naiveKernel");
  scope.close();
  return {
    ...one,
    ms,
    untunedMs,
    kernels: kernels.filter(({ key }) => keys.includes(key)),
    ...(naiveMs === undefined ? {} : { naiveMs }),
    ...(error === undefined ? {} : { error }),
  };
}

/** Queued runs until the device has done them, over their number. */
async function timeOf(executor: GpuExecutor, tensors: Tensors, run: () => Tensor): Promise<number> {
  const batch = async (runs: number): Promise<number> => {
    const start = performance.now();
    for (let at = 0; at < runs; at++) {
      const result = run();
      await tensors.realize([result]);
      result.dispose();
    }
    await executor.settled();
    return (performance.now() - start) / runs;
  };
  await batch(1);
  const runs = Math.max(1, Math.min(mostRuns, Math.ceil(enoughMs / (await batch(2)))));
  const samples: number[] = [];
  for (let turn = 0; turn < turns; turn++) samples.push(await batch(runs));
  return samples.toSorted((a, b) => a - b)[turns >> 1] ?? NaN;
}

async function differenceOf(seen: Tensor, wanted: Tensor): Promise<number> {
  const [a, b] = [Array.from(await seen.data()), Array.from(await wanted.data())];
  seen.dispose();
  wanted.dispose();
  const [error, size] = [a, b].map((values) =>
    values.reduce((sum, value, at) => sum + (value - (values === a ? (b[at] ?? 0) : 0)) ** 2, 0),
  );
  return (error ?? NaN) / (size ?? NaN);
}

function share(part: number): string {
  return `${(100 * part).toFixed(0)} %`.padStart(5);
}

function lineOf({ name, ms, untunedMs, naiveMs, flops, bytes, error }: Measured, speed: DeviceSpeed): string {
  const [gflops, gigabytes] = [flops / ms / 1e6, bytes / ms / 1e6];
  const against = naiveMs === undefined ? "" : `, ${(naiveMs / ms).toFixed(1)} times a naive kernel`;
  const off = error === undefined ? "" : `, differs from it by ${error.toExponential(0)}`;
  return (
    `${name.padEnd(24)} ${ms.toFixed(3).padStart(10)} ms ${gflops.toFixed(0).padStart(7)} GFLOP/s ${share(gflops / speed.gflops)} of ` +
    `multiply-adds, ${share(gigabytes / speed.gigabytesPerSecond)} of copies, untuned ${untunedMs.toFixed(3)} ms${against}${off}`
  );
}

/** Of the best rates: what attention reaches of what products reach. */
function relative(measured: readonly Measured[]): string {
  const best = (kind: RegExp): number =>
    Math.max(...measured.filter(({ name }) => kind.test(name)).map(({ flops, ms }) => flops / ms));
  const part = (kind: RegExp): string => `${((100 * best(kind)) / best(/^matmul \d/)).toFixed(0)} %`;
  return `of matmul's best rate: attention ${part(/^attention/)}, causal ${part(/^causal/)}`;
}

function choiceOf(name: string, { key, used, tuning, trouble }: Tunable): string {
  const rows = (tuning?.candidates ?? [])
    .toSorted((a, b) => (a.milliseconds ?? Infinity) - (b.milliseconds ?? Infinity))
    .map(({ config, status, milliseconds, reason = "" }) => {
      const time = milliseconds === undefined ? "" : `${milliseconds.toFixed(3)} ms`;
      return `${config === used ? ">" : " "} ${time.padStart(12)} ${status.padEnd(9)} ${config} ${reason}`;
    });
  return [`${name} (${key}): ${trouble ?? `by the ${tuning?.clock ?? "?"} clock`}`, ...rows].join("\n");
}

/** The card, where there is more than one adapter. */
function fastest(gpu: GPU): GPU {
  const { wgslLanguageFeatures } = gpu;
  const requestAdapter = (options?: GPURequestAdapterOptions): Promise<GPUAdapter | null> =>
    gpu.requestAdapter({ ...options, powerPreference: "high-performance" });
  return { requestAdapter, wgslLanguageFeatures } as GPU;
}

/** Whether this machine has a driver of its own to ask. Elsewhere than on Linux the system has one. */
function hasCard(): boolean {
  if (platform() !== "linux" || existsSync("/dev/nvidia0")) return true;
  return existsSync("/dev/dri") && readdirSync("/dev/dri").some((file) => file.startsWith("renderD"));
}

function write(found: object): string {
  mkdirSync(results, { recursive: true });
  const file = `${results}/gpu-${new Date().toISOString().replaceAll(/[:.]/g, "-")}.json`;
  writeFileSync(file, JSON.stringify({ ...aboutThis(peers), ...found }, undefined, 1));
  return file;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
