import { encodeGraph, type Graph } from "@tilebook/ir";
import type { KernelReport } from "@tilebook/notebook";
import { type GpuExecutor, openGpu } from "@tilebook/runtime";
import { dawn } from "@tilebook/runtime/testing";
import { createTensors, type Tensors } from "@tilebook/tensor";
import { afterAll, beforeAll, expect, test } from "vitest";
import { GpuLine } from "../cell/gpu-line.ts";
import { CellHost } from "../cell/host.ts";
import { lower } from "../cell/lower.ts";
import { type FromGpu, fromGpu } from "../protocol/gpu.ts";
import type { TuningView } from "../tuning.ts";
import { Compiler } from "./compiler.ts";
import { Desk } from "./desk.ts";
import { TensorTable } from "./tensors.ts";
import { TuningDesk } from "./tuning-desk.ts";

const encode = (graph: Graph): string => JSON.stringify(encodeGraph(graph));
const nothing = (): undefined => undefined;
const wait = { timeout: 60_000, interval: 20 };
const n = 64;
const numbers = Float32Array.from({ length: n * n }, (_, at) => Math.sin(at));

/** The GPU worker's desk with its tuner, and the cell worker's end of it. */
class Bench {
  readonly said: FromGpu[] = [];
  readonly tuning: TuningDesk;
  readonly line: GpuLine;
  readonly tensors: Tensors;
  #run = 1;

  constructor(gpu: GpuExecutor) {
    // As the app hears it.
    const toApp = (message: FromGpu): void =>
      void this.said.push(fromGpu(structuredClone(message), "message"));
    this.tuning = new TuningDesk({ gpu, toApp });
    const compiler = new Compiler(() => gpu.target(), this.tuning.choose);
    const tensors = new TensorTable(gpu);
    const desk = new Desk({ executor: gpu, gpu, compiler, tensors, tuning: this.tuning, toApp });
    const { port1, port2 } = new MessageChannel();
    desk.join(port1, 1);
    this.line = new GpuLine(port2, 1);
    const caller = (): { readonly run: number; readonly cell: string } => ({ run: this.#run, cell: "c" });
    this.tensors = createTensors(
      new CellHost({
        line: this.line,
        lower,
        encode,
        caller,
        here: nothing,
        printed: nothing,
        send: nothing,
      }),
    );
  }

  /** Runs a short kernel: each of its configs is compiled at once. What it gives, and what the run told the app of its kernel. */
  async compute(): Promise<{
    readonly values: ArrayLike<number>;
    readonly report: KernelReport | undefined;
  }> {
    const { tensor } = this.tensors.globals;
    const a = tensor(numbers, { shape: [n, n] });
    const c = a.exp();
    held.push(a, c);
    const values = (await c.data()) as Float32Array;
    const before = this.said.length;
    await this.line.ask({ type: "flush", run: this.#run });
    this.#run += 1;
    const [report] = this.said.slice(before).flatMap((said) => (said.type === "kernel" ? [said.report] : []));
    return { values, report };
  }

  get view(): TuningView | undefined {
    return this.said.findLast((said) => said.type === "tuned")?.view;
  }

  /** Only the first few configs are tried: they are enough to see what becomes of them. */
  async tried(most: number): Promise<void> {
    while (!this.said.some((said) => isAt(said, most)))
      await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function isAt(said: FromGpu, done: number): boolean {
  return said.type === "tuning" && (said.progress?.done ?? 0) >= done;
}

/** Tensors that nobody holds are freed, and what is freed cannot be tried. */
const held: unknown[] = [];
let gpu: GpuExecutor;

beforeAll(async () => {
  gpu = await openGpu({ gpu: dawn(), budgetBytes: 1 << 26 });
});
afterAll(() => gpu.close());

test("[W1] a run is seen, tried when that is asked for, and kept; the next run says what it used", async () => {
  const bench = new Bench(gpu);
  bench.tuning.obey({ kind: "show", on: true });
  const first = await bench.compute();
  await expect.poll(() => bench.view?.kernels.length, wait).toBe(1);
  expect(bench.view?.kernels[0]).toMatchObject({ kernel: expect.stringMatching(/^map/) as string });
  const { key, configs } = bench.view?.kernels[0] ?? { key: "", configs: 0 };
  expect(configs).toBeGreaterThan(1);
  bench.tuning.obey({ kind: "tune", keys: [key] });
  await expect.poll(() => bench.view?.kernels[0]?.tuning?.complete, wait).toBe(true);
  const tuned = bench.view?.kernels[0];
  expect(tuned?.used).toBe(tuned?.tuning?.winner);
  expect(tuned?.tuning?.candidates.length).toBe(configs);
  const kept = bench.said.findLast((said) => said.type === "keepTunings");
  expect(kept?.device).toBe(bench.tuning.device);
  // Another worker on the same device, as after a reload.
  const next = new Bench(gpu);
  next.tuning.restore(kept?.text ?? "");
  const again = await next.compute();
  expect(again.report?.fault).toBeUndefined();
  const says = again.report?.remarks.some(({ code }) => code === "tune/config") ?? false;
  expect(says).toBe(tuned?.used !== tuned?.tuning?.candidates[0]?.config);
  next.tuning.obey({ kind: "show", on: true });
  await expect.poll(() => next.view?.kernels[0]?.used, wait).toBe(tuned?.used);
  // Another person with such a device, who was given the file.
  const given = new Bench(gpu);
  expect(given.tuning.merge(bench.tuning.text(), "a.json")).toMatchObject({ measured: "here", learned: 1 });
  given.tuning.obey({ kind: "show", on: true });
  await given.compute();
  await expect.poll(() => given.view?.kernels[0]?.tuning?.from, wait).toBe("a.json");
  expect(given.view?.kernels[0]?.used).toBe(tuned?.used);
  expect(given.view?.device).toBe(given.tuning.device);
  expect(given.said.some((said) => said.type === "keepTunings")).toBe(true);
  // And one who was given the notebook.
  const read = new Bench(gpu);
  const { milliseconds = 1 } = tuned?.tuning?.candidates.find(({ config }) => config === tuned.used) ?? {};
  const record = { device: read.tuning.device, adapter: "a", key, config: tuned?.used ?? "", milliseconds };
  read.tuning.obey({ kind: "records", records: [record] });
  read.tuning.obey({ kind: "show", on: true });
  await read.compute();
  await expect.poll(() => read.view?.kernels[0], wait).toMatchObject({ used: tuned?.used, recorded: record });
  const far = Array.from(again.values, (value, at) => Math.abs(value - (first.values[at] ?? NaN)));
  expect(Math.max(...far)).toBeLessThan(1e-3);
}, 120_000);

test("[W2] a stop in the middle leaves the first way in use; pins go before all", async () => {
  const bench = new Bench(gpu);
  bench.tuning.obey({ kind: "show", on: true });
  await bench.compute();
  bench.tuning.obey({ kind: "tune" });
  await bench.tried(1);
  bench.tuning.obey({ kind: "stop" });
  await expect
    .poll(() => bench.said.findLast((said) => said.type === "tuning")?.progress, wait)
    .toBe(undefined);
  await expect.poll(() => bench.view?.kernels[0]?.tuning?.complete, wait).toBe(false);
  const stopped = bench.view?.kernels[0];
  const [first] = stopped?.tuning?.candidates ?? [];
  expect(stopped?.used).toBe(first?.config);
  const config = '{"schedule":{"across":1}}';
  const { key = "" } = stopped ?? {};
  bench.tuning.obey({ kind: "pins", pins: [{ key, config }] });
  await expect.poll(() => bench.view?.kernels[0]?.pinned, wait).toBe(config);
  bench.tuning.obey({ kind: "forget", key });
  await expect.poll(() => bench.view?.kernels[0]?.tuning, wait).toBe(undefined);
}, 120_000);

test("[W3] what was kept of another device, or is no table, is left aside", async () => {
  const bench = new Bench(gpu);
  for (const text of ["", "{}", '{"version":1,"device":"another","kernels":[]}', "[".repeat(10_000)])
    bench.tuning.restore(text);
  expect((await bench.compute()).report?.fault).toBeUndefined();
});

test("[W4] runs go first: what is measured makes room and is measured again", async () => {
  const bench = new Bench(gpu);
  bench.tuning.obey({ kind: "show", on: true });
  await bench.compute();
  bench.tuning.obey({ kind: "tune" });
  for (let run = 0; run < 3; run++) expect((await bench.compute()).report?.fault).toBeUndefined();
  await bench.tried(2);
  await bench.compute();
  bench.tuning.obey({ kind: "stop" });
  await expect.poll(() => bench.view?.kernels[0]?.tuning?.candidates.length, wait).toBeGreaterThan(0);
  const statuses = bench.view?.kernels[0]?.tuning?.candidates.map(({ status }) => status) ?? [];
  expect(statuses).not.toContain("failed");
}, 120_000);
