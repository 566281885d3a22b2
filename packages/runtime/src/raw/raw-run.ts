import { Fault } from "@tilebook/base";
import { type Admitted, turnsOf } from "../admission/index.ts";
import { interrupted, tensorBytes } from "../faults.ts";
import type { PooledBuffer } from "../gpu/pool.ts";
import type { Bench } from "../gpu/program-run.ts";
import type { Session } from "../gpu/session.ts";
import { type Piece, sliceLimits, Slicer, type Work } from "../gpu/slicer.ts";
import type { Done } from "../gpu/storage.ts";
import type { Bound } from "./bind.ts";
import type { Triple } from "./boxes.ts";
import { compileRaw, type RawPipeline } from "./compile.ts";
import { RawLaunch } from "./raw-launch.ts";

type Buffer = PooledBuffer<GPUBuffer>;

/** Turns of loops that a thread may make at the first try; each next try allows `fuelStep` times as many. */
const firstFuel = 8192;
const fuelStep = 8;
const mostFuel = 2 ** 28;
/** No try is made whose first slice could take longer than about this, in milliseconds. */
const mostSliceMs = 1000;
/** Most turns that all threads of one slice could make together. */
const mostSliceTurns = 2 ** 26;
/** Turns between barriers cost more: such kernels get less fuel. */
const barrierCost = 8;

export interface RawSetup {
  readonly admitted: Admitted;
  readonly grid: Triple;
  readonly bound: readonly Bound[];
  /** For each of `bound`, the buffer of the tensor it names (an input, or what an output starts from). */
  readonly given: readonly (Buffer | undefined)[];
}

/** One run of an admitted kernel on one device: tries with more and more fuel, each from fresh outputs, slice by slice. */
export class RawKernelRun {
  readonly #bench: Bench;
  readonly #session: Session;
  readonly #setup: RawSetup;
  readonly #buffers: readonly Buffer[];
  readonly #made: readonly Buffer[];
  #gpuMs = 0;

  constructor(bench: Bench, session: Session, setup: RawSetup) {
    this.#bench = bench;
    this.#session = session;
    this.#setup = setup;
    const made: Buffer[] = [];
    this.#buffers = setup.bound.map(({ buffer }, at) => {
      const given = setup.given[at];
      if (buffer.kind === "input" && given !== undefined) return given;
      const output = bench.room.take(session, buffer.kind === "output" ? tensorBytes(buffer.type) : 0);
      made.push(output);
      return output;
    });
    this.#made = made;
  }

  async run(signal: AbortSignal | undefined): Promise<Done> {
    try {
      const pipeline = await compileRaw(this.#session, this.#bench.clock, this.#setup.admitted);
      this.#session.stopwatch?.reset();
      await this.#tries(pipeline, signal);
      return { buffers: this.#made, timings: [await this.#timing()], peakBytes: this.#bytes(), messages: [] };
    } catch (error) {
      for (const { buffer } of this.#made) buffer.destroy();
      throw error;
    }
  }

  async #tries(pipeline: RawPipeline, signal: AbortSignal | undefined): Promise<void> {
    const { admitted, grid } = this.#setup;
    const buffers = this.#buffers;
    const launch = new RawLaunch(this.#session, {
      pipeline,
      admitted,
      grid,
      buffers,
      bound: this.#setup.bound,
    });
    try {
      for (let fuel = firstFuel; ; fuel *= fuelStep) {
        await this.#fill();
        const { flag, ms } = await this.#attempt(launch, pipeline, fuel, signal);
        if (flag === 0) return;
        if (fuel * fuelStep > mostFuel || ms * fuelStep > mostSliceMs) throw outOfFuel(admitted, flag, fuel);
      }
    } finally {
      launch.close();
    }
  }

  /** Runs the grid with this much fuel, or up to the first slice in which a loop ran out. */
  async #attempt(
    launch: RawLaunch,
    pipeline: RawPipeline,
    fuel: number,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly flag: number; readonly ms: number }> {
    const { clock, costs } = this.#bench;
    const { admitted, grid } = this.#setup;
    const [x, y, z] = admitted.workgroupSize;
    const work: Work = {
      key: `${pipeline.key} ${fuel}`,
      programs: grid[0] * grid[1] * grid[2],
      uniformBytes: 2048,
    };
    const mostPrograms = Math.max(1, Math.floor(mostSliceTurns / (x * y * z * fuel)));
    const slicer = new Slicer([work], costs, { ...sliceLimits, probe: 1, mostPrograms });
    const turns = turnsOf(admitted.fuel, admitted.fuel.kind === "each" ? fuel / barrierCost : fuel);
    for (let [piece] = slicer.next(); piece !== undefined; [piece] = slicer.next()) {
      if (signal?.aborted === true) throw interrupted();
      const start = clock.now();
      const flag = await launch.slice(piece, turns);
      const ms = clock.now() - start;
      if (flag !== 0) return { flag, ms };
      costs.record([work], [piece satisfies Piece], ms);
      if (this.#session.stopwatch?.full === true) await this.#readTime();
    }
    return { flag: 0, ms: 0 };
  }

  /** Outputs start as zeros or as a copy, at every try. */
  async #fill(): Promise<void> {
    await this.#session.checked(
      () => {
        const encoder = this.#session.device.createCommandEncoder();
        this.#setup.bound.forEach(({ buffer }, at) => {
          const target = this.#buffers[at];
          const from = this.#setup.given[at];
          if (buffer.kind === "input" || target === undefined) return;
          if (from === undefined) encoder.clearBuffer(target.buffer);
          else encoder.copyBufferToBuffer(from.buffer, 0, target.buffer, 0, target.bytes);
        });
        this.#session.device.queue.submit([encoder.finish()]);
      },
      { name: "the outputs of a raw kernel" },
    );
  }

  async #readTime(): Promise<void> {
    const times = await this.#session.stopwatch?.read((work) => this.#session.nudged(work));
    for (const { ms } of times ?? []) this.#gpuMs += ms;
  }

  async #timing(): Promise<Done["timings"][number]> {
    await this.#readTime();
    const measured = this.#session.stopwatch !== undefined;
    const kernel = this.#setup.admitted.entry;
    return { kernel, dispatches: 1, ...(measured ? { milliseconds: this.#gpuMs } : {}) };
  }

  #bytes(): number {
    let bytes = 0;
    for (const buffer of new Set([...this.#buffers, ...this.#setup.given])) bytes += buffer?.bytes ?? 0;
    return bytes;
  }
}

function outOfFuel({ fuel, entry }: Admitted, loop: number, amount: number): Fault {
  return new Fault(
    "executor/out-of-fuel",
    `a loop of ${entry} was stopped: one thread took more than ${amount} turns`,
    {
      span: fuel.loops[loop - 1],
      hint: "check that the loop ends; give each thread less to do and start more workgroups",
    },
  );
}
