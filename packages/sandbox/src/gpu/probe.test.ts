import { portableTarget } from "@tilebook/compiler";
import { encodeGraph, type Graph } from "@tilebook/ir";
import type { KernelDetail, KernelReport } from "@tilebook/notebook";
import { type GpuExecutor, openGpu, openInterpreter } from "@tilebook/runtime";
import { dawn } from "@tilebook/runtime/testing";
import { createTensors, type Kernel, type Tensors } from "@tilebook/tensor";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GpuLine } from "../cell/gpu-line.ts";
import { CellHost } from "../cell/host.ts";
import { lower } from "../cell/lower.ts";
import { type ProbeResult, type VariantResult, variantSource } from "../probe.ts";
import type { LaunchProfile, ProfileNote } from "../profile.ts";
import type { FromGpu } from "../protocol/gpu.ts";
import { Compiler } from "./compiler.ts";
import { Desk } from "./desk.ts";
import { TensorTable } from "./tensors.ts";

/** A kernel whose work can be told from its result; the loop's bound comes at launch. */
const source = `const power = kernel((x: Ptr, y: Ptr, n: i32, times: i32) => {
  const at = programId(0) * 32 + arange(32);
  let value = load(x + at, at < n);
  for (const turn of range(0, times)) value = value * 2;
  store(y + at, value, at < n);
});`;

const encode = (graph: Graph): string => JSON.stringify(encodeGraph(graph));
const nothing = (): undefined => undefined;

/** The GPU worker's desk on a real device, and the cell worker's end of it. */
class Bench {
  readonly said: FromGpu[] = [];
  readonly desk: Desk;
  readonly executor: GpuExecutor;
  readonly line: GpuLine;
  readonly tensors: Tensors;
  readonly table: TensorTable;
  run = 1;
  onNote: (note: ProfileNote) => void = nothing;

  constructor(executor: GpuExecutor, interpreter = false) {
    this.executor = executor;
    const slow = openInterpreter({ budgetBytes: 64 << 20 });
    this.table = new TensorTable(interpreter ? slow : executor);
    this.desk = new Desk({
      executor: interpreter ? slow : executor,
      gpu: interpreter ? undefined : executor,
      compiler: new Compiler(() => portableTarget),
      tensors: this.table,
      toApp: (message) => {
        this.said.push(message);
        if (message.type === "profiling") this.onNote(message.note);
      },
    });
    const { port1, port2 } = new MessageChannel();
    this.desk.join(port1, 1);
    this.line = new GpuLine(port2, 1);
    const caller = (): { readonly run: number; readonly cell: string } => ({ run: this.run, cell: "c" });
    const host = { line: this.line, lower, encode, caller, here: nothing, printed: nothing, send: nothing };
    this.tensors = createTensors(new CellHost(host));
  }

  kernel(text = source): Kernel {
    const make = this.tensors.globals["kernel"] as unknown as (given: object) => Kernel;
    const params = [
      { kind: "pointer", name: "x", dtype: "f32" },
      { kind: "pointer", name: "y", dtype: "f32" },
      { kind: "scalar", name: "n", dtype: "i32" },
      { kind: "scalar", name: "times", dtype: "i32" },
    ];
    return make({ text: { source: "k", text, kernel: "k0" }, captured: () => ({}), name: "power", params });
  }

  /** Doubles `turns` times, then ends the run. What it gives, and what the run told the app. */
  async launch(
    kernel: Kernel,
    turns: readonly number[] = [3],
  ): Promise<{ readonly values: readonly number[]; readonly reports: readonly KernelReport[] }> {
    const { tensor, out } = this.tensors.globals;
    this.said.length = 0;
    let value = tensor(Array.from({ length: 40 }, (_, at) => at));
    // In one program: the later launches read what the earlier ones wrote.
    held.push(value);
    for (const times of turns) {
      value = kernel.launch(2, value, out([40]), 40, times);
      held.push(value);
    }
    const values = await value.data().then(
      (data) => Array.from(data, Number),
      (error: unknown) => [error as number],
    );
    await this.line.ask({ type: "flush", run: this.run });
    this.run += 1;
    return { values, reports: this.said.flatMap((said) => (said.type === "kernel" ? [said.report] : [])) };
  }

  get probed(): readonly ProbeResult[] {
    return this.said.flatMap((said) => (said.type === "probed" ? [said.result] : []));
  }

  get notes(): readonly ProfileNote[] {
    return this.said.flatMap((said) => (said.type === "profiling" ? [said.note] : []));
  }

  get measured(): readonly LaunchProfile[] {
    return this.notes.flatMap((note) => (note.kind === "measured" ? [note] : []));
  }

  detail(report: KernelReport | undefined): KernelDetail {
    return this.desk.inspect({ cell: "c", kernel: report?.key ?? "" });
  }
}

/** All tensors of all tests: what the collector finds meanwhile would spoil the count of [I3]. */
const held: unknown[] = [];

/** The key and the text of the kernel, from a run without a probe. */
async function known(bench: Bench): Promise<{ readonly kernel: string; readonly wgsl: string }> {
  const { reports } = await bench.launch(bench.kernel());
  const report = reports.find(({ name }) => name === "power");
  return { kernel: report?.key ?? "", wgsl: bench.detail(report).stages.at(-1)?.text ?? "" };
}

async function probed(bench: Bench, wgsl: string, turns = [3], launch = 0): Promise<ProbeResult | undefined> {
  const { kernel } = await known(bench);
  bench.desk.probe(bench.run, { kind: "variant", kernel, launch, wgsl });
  const { values } = await bench.launch(bench.kernel(), turns);
  const doublings = turns.reduce((sum, times) => sum + times, 0);
  expect(values).toEqual(Array.from({ length: 40 }, (_, at) => at * 2 ** doublings));
  expect(bench.probed).toHaveLength(1);
  return bench.probed[0];
}

describe("what the GPU worker tells about kernels", () => {
  let executor: GpuExecutor;
  beforeAll(async () => {
    executor = await openGpu({ gpu: dawn(), budgetBytes: 64 << 20 });
  });
  afterAll(() => executor.close());

  test("[I1] reports name sources and launches; texts and work are made when asked for", async () => {
    const bench = new Bench(executor);
    const { reports } = await bench.launch(bench.kernel(), [3, 5, 3]);
    const report = reports.find(({ name }) => name === "power");
    expect(report).toMatchObject({ sources: ["k"], dispatches: 3, programs: 6 });
    expect(
      report?.launches.map(({ first, times, grid, scalars }) => [first, times, grid, scalars.at(-1)]),
    ).toEqual([
      [0, 2, [2, 1, 1], { name: "times", value: 3 }],
      [1, 1, [2, 1, 1], { name: "times", value: 5 }],
    ]);
    const { stages, work } = bench.detail(report);
    expect(stages[0]?.name).toBe("Tile IR");
    expect(stages.at(-1)?.name).toBe("WGSL");
    expect(work.map(({ flops, exact }) => [flops, exact])).toEqual([
      [2 * 32 * 3, true],
      [2 * 32 * 5, true],
    ]);
    expect(() => bench.desk.inspect({ cell: "c", kernel: "nobody" })).toThrow(
      expect.objectContaining({ code: "executor/unknown-kernel" }),
    );
  });

  test("[I2] a kernel that does not compile is reported with its fault and as far as it came", async () => {
    const bench = new Bench(executor);
    const text = source
      .replace("let value = load(x + at, at < n);", "let value = sort(load(x + arange(8192)), 0);")
      .replaceAll("at < n", "arange(8192) < n")
      .replaceAll("y + at", "y + arange(8192)");
    const { reports } = await bench.launch(bench.kernel(text));
    const [report] = reports;
    expect(report).toMatchObject({
      name: "power",
      dispatches: 0,
      fault: { code: "compile/workgroup-memory" },
    });
    expect(bench.detail(report).stages.map(({ name }) => name)).toContain("Tile IR");
  });

  test("[I3] the kernel's own text beside itself: nothing differs, both are measured, nothing stays behind", async () => {
    const bench = new Bench(executor);
    const { wgsl } = await known(bench);
    const before = executor.memory().tensors;
    await bench.launch(bench.kernel());
    const kept = executor.memory().tensors - before;
    const result = (await probed(bench, wgsl)) as VariantResult;
    expect(result).toMatchObject({ kind: "variant", launch: 0 });
    expect(result.outputs).toEqual([
      { name: "y", dtype: "f32", shape: [40], compared: 40, different: 0, most: 0, nmse: 0, worst: [] },
    ]);
    expect(result.original.samples.length).toBeGreaterThan(0);
    expect(result.variant.samples.length).toBeGreaterThan(0);
    // `probed` runs twice, once without a probe: what those runs themselves keep, and no more.
    expect(executor.memory().tensors - before).toBe(3 * kept);
  });

  test("[I4] what differs is found, at the launch that was asked for, from what stood there before it", async () => {
    const bench = new Bench(executor);
    const { wgsl } = await known(bench);
    const changed = wgsl.replace(/(\w+) \* 2f/, "$1 * 3f");
    expect(changed).not.toBe(wgsl);
    // The second of two launches gets the numbers doubled once, and doubles them twice.
    const result = (await probed(bench, changed, [1, 2], 1)) as VariantResult;
    const [output] = result.outputs;
    expect(output).toMatchObject({ compared: 40, different: 39, most: 39 * 2 * 5 });
    expect(output?.first).toEqual({ at: 1, original: 8, variant: 18 });
    expect(output?.worst.map(({ at }) => at)).toEqual([39, 38, 37, 36, 35]);
    expect(output?.worst[0]).toEqual({ at: 39, original: 39 * 8, variant: 39 * 18 });
    expect(output?.nmse).toBeCloseTo((10 / 8) ** 2, 6);
  });

  test("[I5] a text that is no WGSL, has other buffers or does not end is refused, and the run goes on", async () => {
    const bench = new Bench(executor);
    const { wgsl } = await known(bench);
    const place = (text: string): number => broken.indexOf(text);
    const broken = wgsl.replace(/let inside|let n_\d+/, "let true = 1; let n_9");
    const bad = (await probed(bench, broken)) as Extract<ProbeResult, { kind: "refused" }>;
    expect(bad).toMatchObject({
      kind: "refused",
      fault: { code: expect.stringMatching(/^executor|^admission/) },
    });
    expect(bad.fault.span?.source).toBe(variantSource);
    expect(broken.slice(0, bad.fault.span?.start).split("\n").length).toBe(
      broken.slice(0, place("let true")).split("\n").length,
    );
    const other = wgsl.replace("@binding(1)", "@binding(7)");
    expect(await probed(bench, other)).toMatchObject({ kind: "refused", fault: { code: "probe/binding" } });
    const read = wgsl.replace("storage, read_write", "storage, read").replace(/\n.*y_\d+\[.*\] = .*/, "");
    expect(await probed(bench, read)).toMatchObject({ kind: "refused", fault: { code: "probe/binding" } });
    const endless = wgsl.replace(/for \(var (\w+)[^;]*;[^;]*;/, "for (var $1 = 0i; true;");
    expect(endless).not.toBe(wgsl);
    expect(await probed(bench, endless)).toMatchObject({
      kind: "refused",
      fault: { code: "executor/out-of-fuel", span: { source: variantSource } },
    });
  });

  test("[I6] a probe whose kernel is not launched, or that meets no GPU, says so", async () => {
    const bench = new Bench(executor);
    const { wgsl } = await known(bench);
    expect(await probed(bench, wgsl, [3], 9)).toMatchObject({ fault: { code: "probe/not-launched" } });
    const slow = new Bench(executor, true);
    expect(await probed(slow, wgsl)).toMatchObject({ fault: { code: "executor/no-gpu" } });
  });

  test("[I7] a profile measures the launch that it is asked for, by itself; the run's own result is as ever", async () => {
    const bench = new Bench(executor);
    const { kernel } = await known(bench);
    const before = executor.memory();
    bench.desk.probe(bench.run, { kind: "profile", kernel, launch: 1 });
    const { values } = await bench.launch(bench.kernel(), [3, 5, 3]);
    expect(values).toEqual(Array.from({ length: 40 }, (_, at) => at * 2 ** 11));
    const [profile, ...more] = bench.measured;
    expect(more).toEqual([]);
    expect(profile).toMatchObject({
      kernel,
      name: "power",
      launch: 1,
      grid: [2, 1, 1],
      scalars: [40, 5],
      threads: expect.any(Number),
      fresh: false,
      work: { flops: 2 * 32 * 5, exact: true },
      buffers: { read: 160, written: 160 },
    });
    expect(profile?.samples.length).toBeGreaterThanOrEqual(3);
    for (const ms of profile?.samples ?? []) expect(ms).toBeGreaterThan(0);
    expect(profile?.repeats).toBeGreaterThan(1);
    expect(bench.notes.some((note) => note.kind === "measuring" && note.done > 0)).toBe(true);
    expect(bench.probed).toEqual([{ kind: "profiled", launches: 1 }]);
    // Only what the run itself keeps.
    expect(executor.memory().tensors - before.tensors).toBeLessThanOrEqual(4);
  });

  test("[I8] a profile of the whole run measures each launch of other numbers once", async () => {
    const bench = new Bench(executor);
    bench.desk.probe(bench.run, { kind: "profile" });
    const { reports } = await bench.launch(bench.kernel(), [3, 5, 3]);
    expect(bench.measured.map(({ name, launch }) => [name, launch])).toEqual([
      ["power", 0],
      ["power", 1],
    ]);
    // The same numbers by which the reports tell launches apart.
    const firsts = reports.find(({ name }) => name === "power")?.launches.map(({ first }) => first);
    expect(firsts).toEqual([0, 1]);
    expect(bench.probed).toEqual([{ kind: "profiled", launches: 2 }]);
  });

  test("[I9] a kernel that reads what it writes is measured on fresh copies, and what it changes stays the run's", async () => {
    const bench = new Bench(executor);
    const text = source.replace("load(x + at, at < n)", "load(x + at, at < n) + load(y + at, at < n)");
    bench.desk.probe(bench.run, { kind: "profile" });
    const { values } = await bench.launch(bench.kernel(text), [1]);
    expect(values).toEqual(Array.from({ length: 40 }, (_, at) => at * 2));
    expect(bench.measured).toMatchObject([{ fresh: true, buffers: { read: 320, written: 160 } }]);
  });

  test("[I10] a profile can be ended: what was measured stays, the run goes on; without a GPU it says so", async () => {
    const bench = new Bench(executor);
    const { run } = bench;
    bench.desk.probe(run, { kind: "profile" });
    bench.onNote = (note) => note.kind === "measured" && bench.desk.endProbe(run);
    const { values } = await bench.launch(bench.kernel(), [1, 2, 3]);
    expect(values).toEqual(Array.from({ length: 40 }, (_, at) => at * 2 ** 6));
    expect(bench.measured).toHaveLength(1);
    expect(bench.probed).toMatchObject([{ kind: "profiled" }]);
    const slow = new Bench(executor, true);
    slow.desk.probe(slow.run, { kind: "profile" });
    await slow.launch(slow.kernel());
    expect(slow.notes.at(-1)).toMatchObject({ kind: "unmeasured", fault: { code: "executor/no-gpu" } });
  });
});
