import { Fault, type Random, seeded } from "@tilebook/base";
import { portableTarget } from "@tilebook/compiler";
import { encodeGraph, type Graph } from "@tilebook/ir";
import { openInterpreter } from "@tilebook/runtime";
import { createTensors, type Tensor, type Tensors } from "@tilebook/tensor";
import { describe, expect, test } from "vitest";
import { GpuLine } from "../cell/gpu-line.ts";
import { CellHost } from "../cell/host.ts";
import { lower } from "../cell/lower.ts";
import { Compiler } from "./compiler.ts";
import { Desk } from "./desk.ts";
import { TensorTable } from "./tensors.ts";

/** One cell worker's end. */
interface Worker {
  readonly line: GpuLine;
  readonly tensors: Tensors;
}

/** The GPU worker's desk on the interpreter, and the cell worker that is joined to it now. */
class Bench {
  readonly executor = openInterpreter({ budgetBytes: 64 << 20 });
  readonly table = new TensorTable(this.executor);
  readonly desk: Desk;
  worker: Worker;
  run = 1;
  #generation = 0;

  constructor() {
    const compiler = new Compiler(() => portableTarget);
    const { executor, table: tensors } = this;
    this.desk = new Desk({ executor, gpu: undefined, compiler, tensors, toApp: () => undefined });
    this.worker = this.#join(new MessageChannel());
  }

  /** The app's word to both workers: the GPU worker may hear it a little later. */
  async abort(order: Random): Promise<void> {
    this.worker.line.rejectAll(new Fault("run/interrupted", "the run was interrupted"));
    const { run } = this;
    await ticks(Math.floor(order() * 4));
    this.desk.abort(run);
  }

  /** The cell worker is ended and the next one is joined: the app's word and the frame's may come in either order. */
  async respawn(retained: readonly string[], order: Random): Promise<void> {
    this.desk.abort(this.run);
    const generation = this.#generation + 1;
    const retain = (): void => this.desk.retain(generation, retained);
    const first = order() < 0.5;
    if (first) retain();
    await ticks(Math.floor(order() * 4));
    this.worker = this.#join(new MessageChannel());
    await ticks(Math.floor(order() * 4));
    if (!first) retain();
  }

  /** An answer to the last question means that all before it were served. */
  async settled(): Promise<void> {
    await this.worker.line.ask({ type: "memory" });
  }

  #join({ port1, port2 }: MessageChannel): Worker {
    this.#generation += 1;
    this.desk.join(port1, this.#generation);
    const line = new GpuLine(port2, this.#generation);
    const caller = (): { readonly run: number; readonly cell: string } => ({ run: this.run, cell: "c" });
    const host = new CellHost({
      line,
      lower,
      encode,
      caller,
      here: () => undefined,
      printed: () => undefined,
      send: () => undefined,
    });
    return { line, tensors: createTensors(host) };
  }
}

function encode(graph: Graph): string {
  return JSON.stringify(encodeGraph(graph));
}

/** Lets the event loop turn: messages move between ports. */
async function ticks(count: number): Promise<void> {
  for (let at = 0; at < count; at++) await new Promise((resolve) => setImmediate(resolve));
}

/** A row of small programs, each of which builds on the one before. */
async function work({ tensors }: Worker, base: Tensor, steps: number): Promise<readonly number[]> {
  let value = base;
  for (let at = 0; at < steps; at++) {
    value = value.mul(2).add(1);
    await tensors.realize([value]);
  }
  return Array.from(await value.data(), Number);
}

const input = [0, 1, 2, 3];
const expected = (steps: number): readonly number[] => input.map((x) => (x + 1) * 2 ** steps - 1);

describe("interrupts at any moment", () => {
  for (const how of ["abort", "respawn"] as const)
    test(`[X1] after ${how} the next run gives the right result, and no tensor stays behind`, async () => {
      const bench = new Bench();
      let base = bench.worker.tensors.globals.tensor(input);
      await bench.worker.tensors.realize([base]);
      const kept = base.handle ?? "";
      for (let seed = 0; seed < 150; seed++) {
        const random = seeded(seed);
        const scope = bench.worker.tensors.openScope("c");
        const doomed = work(bench.worker, base, 4).catch(() => undefined);
        await ticks(Math.floor(random() * 24));
        if (how === "abort") {
          await bench.abort(random);
          await doomed;
          scope.close();
        } else {
          await bench.respawn([kept], random);
          base = bench.worker.tensors.adopt(kept, { dtype: "f32", shape: [4] });
        }
        bench.run += 1;
        const again = bench.worker.tensors.openScope("c");
        expect(await work(bench.worker, base, 2)).toEqual(expected(2));
        again.close();
        await bench.settled();
        expect({ seed, tensors: bench.executor.memory().tensors }).toEqual({ seed, tensors: 1 });
      }
    }, 30_000);
});
