import { ManualClock, seeded } from "@tilebook/base";
import {
  type Choice,
  type CompiledKernel,
  compileGraph,
  type Config,
  portableTarget,
  type Program,
} from "@tilebook/compiler";
import { runGraph } from "@tilebook/interp";
import { type Graph, type TensorType, TileBuilder } from "@tilebook/ir";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { GpuExecutor } from "../gpu/gpu-executor.ts";
import { openGpu } from "../open-gpu.ts";
import { dawn } from "../testing/dawn.ts";
import { f32Bytes, f32Values } from "../testing/programs.ts";
import { configText } from "./config-text.ts";
import type { TuningRecord } from "./record.ts";
import { type TuneProgress, Tuner } from "./tuner.ts";

const n = 64;
const type: TensorType = { dtype: "f32", shape: [n, n] };
const random = seeded(5);
const numbers = [0, 1].map(() => Array.from({ length: n * n }, () => random() * 2 - 1));

let gpu: GpuExecutor;
let [a, b] = ["", ""];

beforeAll(async () => {
  gpu = await openGpu({ gpu: dawn(), budgetBytes: 1 << 26 });
  [a = "", b = ""] = numbers.map((values) => gpu.upload(f32Bytes(values), type));
});
afterAll(() => gpu.close());

/** (a b) b: the second product reads what only the program itself makes. */
function products(left: string, right: string): Graph {
  return {
    nodes: [
      { kind: "input", tensor: left, type },
      { kind: "input", tensor: right, type },
      { kind: "matmul", left: 0, right: 1, transposeRight: false, type },
      { kind: "matmul", left: 2, right: 1, transposeRight: false, type },
    ],
    kernels: [],
    outputs: [3],
  };
}

const one = (left: string, right: string): Graph => ({ ...products(left, right), outputs: [2] });

/** Configs of a test: numbers that no real block size is. */
const fake = (at: number): Config => ({ blocks: { m: -at } });
const [wrong, broken, hanging] = [fake(1), fake(2), fake(3)];

/** The program with these configs to try besides the real ones. */
function withFakes(program: Program, fakes: readonly Config[]): Program {
  const dispatches = program.dispatches.map((dispatch) => {
    const { choice } = dispatch;
    return choice === undefined ? dispatch : { ...dispatch, choice: faked(choice, fakes) };
  });
  return { ...program, dispatches };
}

function faked(choice: Choice, fakes: readonly Config[]): Choice {
  const make: Choice["make"] = (config) => {
    const way = choice.make(fakes.includes(config) ? choice.first : config);
    const other = (wgsl: string): CompiledKernel => ({ ...way.kernel, wgsl, key: wgsl });
    const [rows = 0, columns = 0, inner = 0] = way.scalars;
    if (config === wrong) return { ...way, scalars: [rows, columns, inner - 16] };
    if (config === broken) return { ...way, kernel: other("this is no WGSL") };
    if (config === hanging) return { ...way, kernel: other(`${way.kernel.wgsl}// hangs`) };
    return way;
  };
  return { key: choice.key, first: choice.first, configs: [...choice.configs.slice(0, 3), ...fakes], make };
}

const isSplit = ({ blocks }: Config): boolean => blocks?.["parts"] !== undefined;

/** The kernel as if it read where another buffer says. */
function byData(kernel: CompiledKernel): CompiledKernel {
  const builder = new TileBuilder(kernel.name);
  const [x, y] = [builder.pointer("x", "i32"), builder.pointer("y", "i32")];
  const offset = builder.load({ pointer: x, offset: builder.arange(0, 4) });
  builder.store({ pointer: y, offset, value: offset });
  return { ...kernel, tile: builder.finish() };
}

async function valuesOf(program: Program): Promise<readonly number[]> {
  const { outputs } = await gpu.run(program);
  const values = f32Values(await gpu.read(outputs[0] ?? ""));
  for (const tensor of outputs) gpu.free(tensor);
  return values;
}

/** 64 queries and keys of one head: little work. */
function smallAttention(q: string): Graph {
  const head: TensorType = { dtype: "f32", shape: [1, n, n] };
  return {
    nodes: [
      { kind: "input", tensor: q, type },
      { kind: "reshape", input: 0, type: head },
      { kind: "attention", q: 1, k: 1, v: 1, causal: false, tokensFirst: false, scale: 0.125, type: head },
    ],
    kernels: [],
    outputs: [2],
  };
}

describe("the tuner on a device", () => {
  test("[U92] little work starts in short code and goes over to straight code; both are right", async () => {
    const clock = new ManualClock();
    const tuner = new Tuner({ gpu, clock });
    const graph = smallAttention(a);
    const compiled = (): Program => compileGraph(graph, gpu.target(), { choose: tuner.choose });
    const truth = runGraph(graph, inputs())[0] ?? new Float64Array();
    const [first, second] = [compiled(), compiled()];
    expect(normalised(await valuesOf(first), truth)).toBeLessThan(1e-10);
    for (const program of [first, second]) tuner.consider(program);
    const before = tuner.tunable()[0]?.used;
    clock.advance(1000);
    await vi.waitFor(() => expect(tuner.tunable()[0]?.used).not.toBe(before), { timeout: 30_000 });
    const later = compiled();
    expect(later.kernels[0]?.wgsl.length).toBeGreaterThan(first.kernels[0]?.wgsl.length ?? Infinity);
    expect(normalised(await valuesOf(later), truth)).toBeLessThan(1e-10);
  });

  test("[U50] finds a config that is right, and the compiler takes it the next time", async () => {
    const tuner = new Tuner({ gpu });
    const graph = products(a, b);
    const first = compileGraph(graph, gpu.target(), { choose: tuner.choose });
    tuner.consider(withFakes(first, []));
    const [before] = tuner.tunable();
    expect(before).toMatchObject({ kernel: first.kernels[0]?.name });
    expect(before?.tuning).toBeUndefined();
    await tuner.settle();
    const [after] = tuner.tunable();
    expect(after?.tuning).toMatchObject({ complete: true, candidates: [{ status: "measured" }, {}, {}] });
    expect(after?.used).toBe(after?.tuning?.winner);
    const measured = after?.tuning?.candidates.filter(({ status }) => status === "measured") ?? [];
    expect(measured.length).toBeGreaterThan(0);
    for (const { milliseconds = 0 } of measured) expect(milliseconds).toBeGreaterThan(0);
    const truth = runGraph(graph, inputs())[0] ?? new Float64Array();
    const again = compileGraph(graph, gpu.target(), { choose: tuner.choose });
    const values = await valuesOf(again);
    expect(normalised(values, truth)).toBeLessThan(1e-10);
  });

  test("[U93] whether a config compiles is found out once for each choice, however often it is asked for", () => {
    const tuner = new Tuner({ gpu });
    const choice = compileGraph(one(a, b), gpu.target()).dispatches[0]?.choice;
    if (choice === undefined) throw new Error("a product has a choice");
    const { key, first, configs } = choice;
    const make = vi.fn<Choice["make"]>(choice.make);
    tuner.pinOnly([{ key, config: configText(configs[1] ?? {}) }]);
    const counted = { key, first, configs, make };
    for (let step = 0; step < 3; step++) expect(tuner.choose(counted)).toBe(configs[1]);
    expect(make).toHaveBeenCalledTimes(1);
    const refusing = vi.fn<Choice["make"]>(() => {
      throw new Error("no such block");
    });
    const useless = { ...counted, make: refusing };
    for (let step = 0; step < 3; step++) expect(tuner.choose(useless)).toBeUndefined();
    expect(refusing).toHaveBeenCalledTimes(1);
  });

  test("[U59] a way of two launches is tried as one, whichever of them is used now", async () => {
    const long: TensorType = { dtype: "f32", shape: [3, 2 ** 15] };
    const values = Array.from({ length: 3 * 2 ** 15 }, () => random() * 2 - 1);
    const x = gpu.upload(f32Bytes(values), long);
    const graph: Graph = {
      nodes: [
        { kind: "input", tensor: x, type: long },
        { kind: "unary", op: "exp", input: 0, type: long },
        { kind: "reduce", op: "sum", input: 1, axis: 1, type: { dtype: "f32", shape: [3, 1] } },
      ],
      kernels: [],
      outputs: [2],
    };
    const { tensors, liveBytes } = gpu.memory();
    for (const target of [{ ...portableTarget, processor: true as const }, portableTarget]) {
      const tuner = new Tuner({ gpu });
      const program = compileGraph(graph, target);
      const [dispatch] = program.dispatches;
      expect(program.dispatches.length).toBe("processor" in target ? 1 : 2);
      const choice = dispatch?.choice;
      if (dispatch === undefined || choice === undefined) throw new Error("a sum has a choice");
      const some = [true, false].flatMap((wanted) =>
        choice.configs.filter((config) => isSplit(config) === wanted).slice(0, 2),
      );
      const fewer = { key: choice.key, first: choice.first, configs: some, make: choice.make };
      tuner.consider({
        ...program,
        dispatches: [{ ...dispatch, choice: fewer }, ...program.dispatches.slice(1)],
      });
      await tuner.settle();
      const { candidates = [], winner = "" } = tuner.tunable()[0]?.tuning ?? {};
      expect(candidates.length).toBeGreaterThan(3);
      for (const { status } of candidates) expect(["measured", "slow"]).toContain(status);
      const chosen = choice.configs.find((config) => configText(config) === winner);
      const again = compileGraph(graph, target, { choose: tuner.choose });
      expect(again.dispatches.length).toBe(chosen !== undefined && isSplit(chosen) ? 2 : 1);
    }
    expect(gpu.memory()).toMatchObject({ tensors, liveBytes });
    gpu.free(x);
  });

  test("[U51] what is wrong, does not compile or hangs is dropped with its reason", async () => {
    const clock = new ManualClock();
    const prepare: GpuExecutor["prepare"] = (kernel) => {
      if (!kernel.wgsl.endsWith("// hangs")) return gpu.prepare(kernel);
      queueMicrotask(() => clock.advance(60_000));
      return new Promise(() => undefined);
    };
    const device = {
      run: gpu.run.bind(gpu),
      read: gpu.read.bind(gpu),
      free: gpu.free.bind(gpu),
      time: gpu.time.bind(gpu),
      target: gpu.target.bind(gpu),
      report: gpu.report.bind(gpu),
      typeOf: gpu.typeOf.bind(gpu),
      upload: gpu.upload.bind(gpu),
      prepare,
    };
    const tuner = new Tuner({ gpu: device, clock });
    tuner.consider(withFakes(compileGraph(one(a, b), gpu.target()), [wrong, broken, hanging]));
    await tuner.settle();
    const [found] = tuner.tunable();
    const told = new Map(found?.tuning?.candidates.map((candidate) => [candidate.config, candidate]));
    expect(told.get(configText(wrong))).toMatchObject({
      status: "wrong",
      reason: expect.stringMatching(/^its normalised error is \d/) as string,
    });
    expect(told.get(configText(broken))).toMatchObject({
      status: "failed",
      reason: expect.stringMatching(/./) as string,
    });
    expect(told.get(configText(hanging))).toMatchObject({
      status: "failed",
      reason: "compiling took longer than 10.0 s",
    });
    expect([wrong, broken, hanging].map(configText)).not.toContain(found?.tuning?.winner);
  });

  test("[U52] leaves nothing behind, and its inputs may be freed while it works", async () => {
    const [left = "", right = ""] = numbers.map((values) => gpu.upload(f32Bytes(values), type));
    const { tensors } = gpu.memory();
    const tuner = new Tuner({
      gpu,
      changed: () => {
        if (tuner.progress?.done === 1 && !freed) free();
      },
    });
    let freed = false;
    const free = (): void => {
      freed = true;
      gpu.free(left);
      gpu.free(right);
    };
    tuner.consider(withFakes(compileGraph(one(left, right), gpu.target()), []));
    await tuner.settle();
    expect(freed).toBe(true);
    expect(tuner.tunable()[0]?.tuning?.complete).toBe(true);
    expect(gpu.memory().tensors).toBe(tensors - 2);
  });

  test("[U57] where the inputs are gone and do not matter, others stand in for them", async () => {
    const { tensors } = gpu.memory();
    const left = gpu.upload(f32Bytes(numbers[0] ?? []), type);
    const tuner = new Tuner({ gpu });
    tuner.consider(withFakes(compileGraph(products(left, b), gpu.target()), []));
    gpu.free(left);
    await tuner.settle();
    expect(tuner.tunable()[0]?.trouble).toBeUndefined();
    expect(tuner.tunable()[0]?.tuning).toMatchObject({
      complete: true,
      candidates: [{ status: "measured" }, {}, {}],
    });
    expect(gpu.memory().tensors).toBe(tensors);
  });

  test("[U53] says why when inputs that matter are gone, and tries again when they are there again", async () => {
    const left = gpu.upload(f32Bytes(numbers[0] ?? []), type);
    const tuner = new Tuner({ gpu });
    const program = compileGraph(one(left, b), gpu.target());
    tuner.consider(withFakes({ ...program, kernels: program.kernels.map(byData) }, []));
    gpu.free(left);
    await tuner.settle();
    expect(tuner.tunable()[0]).toMatchObject({
      trouble: expect.stringMatching(/what it read is gone/) as string,
    });
    expect(tuner.wants()).toBe(false);
    tuner.consider(withFakes(compileGraph(one(a, b), gpu.target()), []));
    expect(tuner.wants()).toBe(true);
  });

  test("[U54] a stop in the middle keeps what was found, and nothing is replaced", async () => {
    const heard: (TuneProgress | undefined)[] = [];
    const tuner = new Tuner({
      gpu,
      changed: () => {
        heard.push(tuner.progress);
        if (tuner.progress?.done === 1) tuner.stop();
      },
    });
    const program = withFakes(compileGraph(one(a, b), gpu.target()), []);
    tuner.consider(program);
    await tuner.settle();
    const [found] = tuner.tunable();
    expect(found?.tuning).toMatchObject({ complete: false });
    expect(found?.used).toBe(configText(program.dispatches[0]?.choice?.first ?? {}));
    expect(heard.at(-1)).toBeUndefined();
    expect(heard).toContainEqual(expect.objectContaining({ done: 1, of: 3 }));
  });

  test("[U55] pins go before what was measured; neither names a config that is not declared", () => {
    const tuner = new Tuner({ gpu });
    const choice = compileGraph(one(a, b), portableTarget).dispatches[0]?.choice;
    if (choice === undefined) throw new Error("a product has a choice");
    const [, second = {}, third = {}] = choice.configs;
    const known = (winner: Config | string): void =>
      tuner.table.put({
        key: choice.key,
        kernel: "matmul",
        winner: typeof winner === "string" ? winner : configText(winner),
        clock: "gpu",
        complete: true,
        candidates: [],
      });
    expect(tuner.choose(choice)).toBeUndefined();
    known(second);
    expect(tuner.choose(choice)).toBe(second);
    tuner.pinOnly([{ key: choice.key, config: configText(third) }]);
    expect(tuner.choose(choice)).toBe(third);
    tuner.pinOnly([{ key: choice.key, config: '{"blocks":{"m":3}}' }]);
    expect(tuner.choose(choice)).toBeUndefined();
    tuner.pinOnly([]);
    known('{"schedule":{"threads":1e9}}');
    expect(tuner.choose(choice)).toBeUndefined();
    known(second);
    expect(tuner.choose({ ...choice, make: () => failing() })).toBeUndefined();
    tuner.forget(choice.key);
    expect(tuner.choose(choice)).toBeUndefined();
  });

  test("[U88] what a notebook tells of such devices is used where nothing was measured; of others it is tried first", async () => {
    const tuner = new Tuner({ gpu });
    const program = compileGraph(one(a, b), gpu.target());
    const choice = program.dispatches[0]?.choice;
    if (choice === undefined) throw new Error("a product has a choice");
    const [first = {}, second = {}, third = {}, fourth = {}] = choice.configs;
    const { key } = choice;
    const record = { device: tuner.table.device, adapter: "x", key, milliseconds: 1 };
    const told = (config: Config, more: object = {}): TuningRecord => ({
      ...record,
      config: configText(config),
      ...more,
    });
    tuner.recordOnly([
      told(second, { milliseconds: 2 }),
      told(third),
      told({ blocks: { m: 3 } }, { milliseconds: 0 }),
    ]);
    expect(tuner.choose(choice)).toBe(third);
    tuner.pinOnly([{ key, config: configText(second) }]);
    expect(tuner.choose(choice)).toBe(second);
    tuner.pinOnly([]);
    tuner.consider(program);
    expect(tuner.tunable()[0]).toMatchObject({ used: configText(third), recorded: told(third) });
    // Nobody needs to try it by himself.
    expect([tuner.wants({ leastMs: 0 }), tuner.wants()]).toEqual([false, true]);
    tuner.recordOnly([told(fourth, { device: "1 other" })]);
    expect(tuner.choose(choice)).toBeUndefined();
    const elsewhere = [told(fourth, { device: "1 other" })];
    expect(tuner.tunable()[0]).toMatchObject({ used: configText(first), elsewhere });
    const stopping: Tuner = new Tuner({
      gpu,
      changed: () => stopping.progress?.done === 2 && stopping.stop(),
    });
    stopping.recordOnly(elsewhere);
    stopping.consider(program);
    await stopping.settle();
    const tried = stopping.tunable()[0]?.tuning?.candidates.map(({ config }) => config) ?? [];
    expect(tried.slice(0, 2)).toEqual([first, fourth].map(configText));
  });
});

function failing(): never {
  throw new Error("an earlier build could");
}

function inputs(): ReadonlyMap<string, { readonly type: TensorType; readonly values: Float64Array }> {
  return new Map(
    [a, b].map((name, at) => [name, { type, values: Float64Array.from(numbers[at] ?? [], Math.fround) }]),
  );
}

function normalised(values: readonly number[], truth: Float64Array): number {
  const errors = values.reduce((sum, value, at) => sum + (value - (truth[at] ?? 0)) ** 2, 0);
  return errors / truth.reduce((sum, value) => sum + value ** 2, 0);
}
