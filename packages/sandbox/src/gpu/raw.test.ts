import { portableTarget } from "@tilebook/compiler";
import { encodeGraph, type Graph } from "@tilebook/ir";
import { type GpuExecutor, openGpu } from "@tilebook/runtime";
import { dawn, watched } from "@tilebook/runtime/testing";
import { createTensors, type Tensor } from "@tilebook/tensor";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answerOf, GpuLine } from "../cell/gpu-line.ts";
import { CellHost } from "../cell/host.ts";
import { keep, restore } from "../cell/keep.ts";
import { lower } from "../cell/lower.ts";
import type { RawFunction } from "../cell/raw-kernel.ts";
import { TensorRoom } from "../cell/tensors.ts";
import { Compiler } from "./compiler.ts";
import { Desk } from "./desk.ts";
import type { Ledger } from "./hazards.ts";
import { TensorTable } from "./tensors.ts";

const budgetBytes = 64 << 20;
const encode = (graph: Graph): string => JSON.stringify(encodeGraph(graph));
const span = { source: "caller", start: 3, end: 9 };

const filters = `override GAIN: f32 = 2.0;
struct Shift { by: f32, at: vec2u }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read_write> mask: array<u32>;
@group(0) @binding(2) var<uniform> shift: Shift;
@compute @workgroup_size(8) fn brighten(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < arrayLength(&y)) { y[id.x] += x[id.x] * GAIN + shift.by + f32(shift.at.y); }
}
@compute @workgroup_size(8) fn threshold(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < arrayLength(&mask)) { mask[id.x] = u32(x[id.x] > 2.5); }
}`;

/** A ledger as the app keeps it, in memory. */
class Memory implements Ledger {
  readonly open = new Map<string, string>();
  readonly all: string[] = [];

  begin(key: string, stage: string): Promise<boolean> {
    this.all.push(stage);
    if (this.open.has(key)) return Promise.resolve(false);
    this.open.set(key, stage);
    return Promise.resolve(true);
  }

  end(key: string): void {
    this.open.delete(key);
  }
}

const caller = (): { readonly run: number; readonly cell: string } => ({ run: 1, cell: "c" });
const here = (): typeof span => span;

type Call = (grid: number | readonly number[], given: object) => Promise<Tensor>;

/** The GPU worker's desk, and a cell worker that has WGSL. */
class Bench {
  readonly line: GpuLine;
  readonly room: TensorRoom;
  readonly ledger: Memory;

  constructor(executor: GpuExecutor, ledger = new Memory()) {
    this.ledger = ledger;
    const tensors = new TensorTable(executor);
    const compiler = new Compiler(() => portableTarget);
    const desk = new Desk({ executor, gpu: executor, compiler, tensors, toApp: () => undefined, ledger });
    const { port1, port2 } = new MessageChannel();
    desk.join(port1, 1);
    this.line = new GpuLine(port2, 1);
    const host = new CellHost({
      line: this.line,
      lower,
      encode,
      caller,
      here,
      printed: () => undefined,
      send: () => undefined,
    });
    this.room = new TensorRoom(createTensors(host), {
      name: () => this.line.name(),
      here,
      run: ({ source, text }, entry, given) =>
        this.line.make({ type: "raw", run: 1, source, wgsl: text, entry, ...given }, []),
    });
  }

  /** What the cell gives to others. */
  async kernels(text = filters): Promise<Readonly<Record<string, Call>>> {
    const answer = await this.line.ask({ type: "admit", source: "filters", wgsl: text });
    const { entries } = answerOf(answer, "admitted").admission;
    return this.room.rawKernels({ source: "filters", text, entries }) as unknown as Record<string, Call>;
  }

  get globals(): Record<string, (...values: unknown[]) => never> {
    return this.room.globals as never;
  }
}

let executor: GpuExecutor;
let bench: Bench;
beforeAll(async () => {
  executor = await openGpu({ gpu: dawn(), budgetBytes });
  bench = new Bench(executor);
});
afterAll(() => executor.close());

async function values(tensor: Tensor): Promise<readonly number[]> {
  return [...((await tensor.data()) as Iterable<number>)];
}

const shift = { by: 0.5, at: [0, 10] };

describe("kernels of a WGSL cell", () => {
  test("[RK1] each entry point is a function, and so is what is taken out of the cell's value", async () => {
    const { tensor, out } = bench.globals;
    const x = tensor?.([1, 2, 3]);
    const { brighten, threshold } = await bench.kernels();
    const y = await brighten?.(1, { x, y: out?.(3), shift });
    expect(y === undefined ? [] : await values(y)).toEqual([12.5, 14.5, 16.5]);
    const mask = await threshold?.(1, { x, mask: out?.(3, "u32") });
    expect(mask === undefined ? [] : await values(mask)).toEqual([0, 0, 1]);
  });

  test("[RK2] overrides and uniforms come by name, uniforms from a tensor too", async () => {
    const { tensor, out } = bench.globals;
    const { brighten } = await bench.kernels();
    const x = tensor?.([1, 2, 3]);
    const more = { x, y: out?.(3), shift, GAIN: -1 };
    expect(await values((await brighten?.(1, more)) as Tensor)).toEqual([9.5, 8.5, 7.5]);
    const zero = tensor?.([0, 0, 0, 0]);
    expect(await values((await brighten?.(1, { x, y: out?.(3), shift: zero })) as Tensor)).toEqual([2, 4, 6]);
  });

  test("[RK3] an out may start from a value, or from a tensor, which stays as it is", async () => {
    const { tensor, out } = bench.globals;
    const { brighten } = await bench.kernels();
    const x = tensor?.([1, 2, 3]);
    const none = { by: 0, at: [0, 0] };
    const filled = await brighten?.(1, { x, y: out?.(3, "f32", { fill: 100 }), shift: none });
    expect(await values(filled as Tensor)).toEqual([102, 104, 106]);
    const before = tensor?.([10, 20, 30]) as unknown as Tensor;
    const added = await brighten?.(1, { x, y: out?.(3, "f32", { from: before }), shift: none });
    expect(await values(added as Tensor)).toEqual([12, 24, 36]);
    expect(await values(before)).toEqual([10, 20, 30]);
  });

  test.each([
    ["an unknown name", { z: 1 }, "kernel/buffer", "no buffer or override z"],
    ["a buffer of the other entry point", { mask: 1 }, "kernel/buffer", "no buffer or override mask"],
    ["nothing for a buffer", { x: undefined }, "kernel/buffer", "x of brighten gets nothing"],
    ["a number for a tensor", { x: 1 }, "kernel/buffer", "x of brighten needs a tensor"],
    ["a text for a uniform", { shift: "1" }, "kernel/buffer", "shift of brighten needs numbers or a tensor"],
    ["a member left out", { shift: { by: 1 } }, "executor/bad-raw", "shift.at is a list of 2, not left out"],
    ["a text for an override", { GAIN: "1" }, "kernel/override", "the override GAIN is a number"],
    ["an override out of range", { GAIN: 1e300 }, "executor/bad-raw", "GAIN is a number (f32)"],
  ])("[RK4] %s is a fault at the call, which says how to call it", async (_, odd, code, message) => {
    const { tensor, out } = bench.globals;
    const { brighten } = await bench.kernels();
    const given = { x: tensor?.([1]), y: out?.(1), shift, ...odd };
    await expect(brighten?.(1, given)).rejects.toMatchObject({
      code,
      span,
      message: expect.stringContaining(message) as string,
    });
  });

  test("[RK5] kernels and functions taken out of them outlive their worker", async () => {
    const { tensor, out } = bench.globals;
    const kernels = await bench.kernels();
    const kept = keep({ kernels, brighten: kernels["brighten"] }, bench.room.keeper);
    const copy: unknown = structuredClone(kept?.value);
    const next = restore(copy, bench.room.restorer) as {
      readonly kernels: Readonly<Record<string, RawFunction>>;
      readonly brighten: RawFunction;
    };
    const given = { x: tensor?.([1]), y: out?.(1), shift };
    for (const call of [next.brighten, next.kernels["brighten"]])
      expect(await values((await call?.(1, given)) as Tensor)).toEqual([12.5]);
  });

  test("[RK6] what the browser's compiler refuses is a fault of the cell that has the text", async () => {
    const text = filters.replace("u32(x[id.x] > 2.5)", "x[id.x]");
    const line = text.indexOf("  if (id.x < arrayLength(&mask))");
    const refused: unknown = await bench.kernels(text).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "executor/wgsl", span: { source: "filters" } });
    const { start = 0 } = (refused as { readonly span?: { readonly start: number } }).span ?? {};
    expect(start).toBeGreaterThan(line);
    expect(start).toBeLessThan(text.length - 3);
  });
});

describe("the crash ledger", () => {
  test("[RL1] the first compile and the first run of each text stand in it while they last", async () => {
    const own = new Bench(executor);
    const { tensor, out } = own.globals;
    const { threshold } = await own.kernels();
    expect(own.ledger.all).toEqual(["compile", "compile"]);
    for (let turn = 0; turn < 2; turn++) await threshold?.(1, { x: tensor?.([1]), mask: out?.(1, "u32") });
    await own.kernels();
    expect(own.ledger.all).toEqual(["compile", "compile", "run"]);
    expect(own.ledger.open.size).toBe(0);
  });

  test("[RL2] faults that are answers leave nothing behind", async () => {
    const own = new Bench(executor);
    const endless = filters.replace("if (id.x < arrayLength(&mask)) {", "while (true) {");
    const { tensor, out } = own.globals;
    const { threshold } = await own.kernels(endless);
    const run = threshold?.(1, { x: tensor?.([1]), mask: out?.(1, "u32") });
    await expect(run).rejects.toMatchObject({ code: "executor/out-of-fuel" });
    expect(own.ledger.open.size).toBe(0);
  });

  test("[RL4] two first runs of one kernel at once do not take each other for a crash", async () => {
    const own = new Bench(executor);
    const { threshold } = await own.kernels();
    const { tensor, out } = own.globals;
    const above = async (x: number) => {
      const mask = await threshold?.(1, { x: tensor?.([x]), mask: out?.(1, "u32") });
      return values(mask as Tensor);
    };
    expect(await Promise.all([above(1), above(3)])).toEqual([[0], [1]]);
    expect(own.ledger.open.size).toBe(0);
  });

  test("[RL3] a kernel that takes the device with it is not tried again, by this worker or the next", async () => {
    const { gpu, devices } = watched();
    const fresh = await openGpu({ gpu, budgetBytes });
    const ledger = new Memory();
    const own = new Bench(fresh, ledger);
    const { threshold } = await own.kernels();
    const { tensor, out } = own.globals;
    const given = { x: tensor?.([1]), mask: out?.(1, "u32") };
    const run = threshold?.([60_000, 100], given);
    await new Promise((resolve) => setTimeout(resolve, 20));
    devices[0]?.destroy();
    await expect(run).rejects.toMatchObject({ code: "executor/lost-device" });
    expect([...ledger.open.values()]).toEqual(["run"]);
    // The place is the kernel's: there it can be changed, or allowed again.
    await expect(threshold?.(1, given)).rejects.toMatchObject({
      code: "executor/quarantined",
      span: { source: "filters", start: filters.indexOf("threshold(") },
    });
    const next = new Bench(fresh, ledger);
    await expect(next.kernels()).rejects.toMatchObject({ code: "executor/quarantined" });
    ledger.open.clear();
    const [x, mask] = [next.globals["tensor"]?.([3]), next.globals["out"]?.(1, "u32")];
    const again = await next.kernels();
    expect(await values((await again["threshold"]?.(1, { x, mask })) as Tensor)).toEqual([1]);
    fresh.close();
  });
});
