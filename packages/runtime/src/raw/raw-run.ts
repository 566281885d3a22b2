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
import { type MeasureSetup, measureRuns } from "./raw-measure.ts";

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
  /** How often to measure it after the run. */
  readonly repeats: number;
  /** After so many turns of all its loops the device takes a thread out of them, and says nothing. */
  readonly mostTurns: number;
}

/** One run of an admitted kernel on one device: tries with more and more fuel, each from fresh outputs, slice by slice. */
export class RawKernelRun {
  readonly #bench: Bench;
  readonly #session: Session;
  readonly #setup: RawSetup;
  readonly #buffers: readonly Buffer[];
  readonly #made: readonly Buffer[];
  #gpuMs = 0;
  #samples: readonly number[] = [];

  constructor(bench: Bench, session: Session, setup: RawSetup) {
    this.#bench = bench;
    this.#session = session;
    this.#setup = setup;
    const made: Buffer[] = [];
    this.#buffers = setup.bound.map(({ buffer }, at) => {
      const given = setup.given[at];
      if (buffer.kind !== "output" && given !== undefined) return given;
      const output = bench.room.take(session, buffer.kind === "output" ? tensorBytes(buffer.type) : 0);
      made.push(output);
      return output;
    });
    this.#made = made;
  }

  async run(signal: AbortSignal | undefined): Promise<Done> {
    try {
      const pipeline = await compileRaw(this.#session, this.#bench.clock, this.#setup.admitted);
      await this.#bench.flight(this.#session).until(0);
      await this.#tries(pipeline, signal);
      return { buffers: this.#made, timings: [this.#timing()], peakBytes: this.#bytes(), messages: [] };
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
      const fuel = await this.#enough(launch, pipeline, signal);
      const { repeats } = this.#setup;
      if (repeats === 0) return;
      this.#samples = await measureRuns(this.#measuring(launch, pipeline, fuel, signal), repeats);
      // Measuring has written over the outputs.
      await this.#try(launch, pipeline, fuel, signal);
    } finally {
      launch.close();
    }
  }

  /**
   * Tries with more and more fuel, until no loop runs out. Before a loop is given up for its time, it is timed once more: the
   * first try also pays for what the driver put off until then, and another program may have had the machine.
   */
  async #enough(launch: RawLaunch, pipeline: RawPipeline, signal: AbortSignal | undefined): Promise<number> {
    for (let fuel = firstFuel; ; fuel *= fuelStep) {
      let { flag, ms } = await this.#try(launch, pipeline, fuel, signal);
      if (flag !== 0 && ms * fuelStep > mostSliceMs)
        ({ flag, ms } = await this.#try(launch, pipeline, fuel, signal));
      if (flag === 0) return fuel;
      const { admitted, mostTurns } = this.#setup;
      const isLast = this.#turns(fuel * fuelStep) === this.#turns(fuel);
      if (isLast || fuel * fuelStep > mostFuel || ms * fuelStep > mostSliceMs)
        throw outOfFuel(admitted, { loop: flag, fuel, mostTurns });
    }
  }

  async #try(
    launch: RawLaunch,
    pipeline: RawPipeline,
    fuel: number,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly flag: number; readonly ms: number }> {
    await this.#fill();
    this.#session.stopwatch?.reset();
    this.#gpuMs = 0;
    const result = await this.#attempt(launch, pipeline, fuel, signal);
    await this.#readTime();
    return result;
  }

  /** Runs the grid with this much fuel, or up to the first slice in which a loop ran out. */
  async #attempt(
    launch: RawLaunch,
    pipeline: RawPipeline,
    fuel: number,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly flag: number; readonly ms: number }> {
    const { clock, costs } = this.#bench;
    const [x, y, z] = this.#setup.admitted.workgroupSize;
    const work = this.#work(pipeline, fuel);
    const mostPrograms = Math.max(1, Math.floor(mostSliceTurns / (x * y * z * fuel)));
    const slicer = new Slicer([work], costs, { ...sliceLimits, probe: 1, mostPrograms });
    const turns = this.#turns(fuel);
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

  #measuring(
    launch: RawLaunch,
    pipeline: RawPipeline,
    fuel: number,
    signal: AbortSignal | undefined,
  ): MeasureSetup {
    return {
      bench: this.#bench,
      session: this.#session,
      launch,
      work: this.#work(pipeline, fuel),
      turns: this.#turns(fuel),
      fill: () => this.#fill(),
      signal,
    };
  }

  #work(pipeline: RawPipeline, fuel: number): Work {
    const [x, y, z] = this.#setup.grid;
    return { key: `${pipeline.key} ${fuel}`, programs: x * y * z, uniformBytes: 2048 };
  }

  #turns(fuel: number): number {
    const own = this.#setup.admitted.fuel;
    const amount = own.kind === "each" ? fuel / barrierCost : fuel;
    // Fuel has to run out before the device ends the loops.
    return turnsOf(own, Math.min(amount, this.#setup.mostTurns - 1));
  }

  /** Outputs start as zeros or as a copy, at every try. */
  async #fill(): Promise<void> {
    await this.#session.checked(
      () => {
        const encoder = this.#session.device.createCommandEncoder();
        this.#setup.bound.forEach(({ buffer }, at) => {
          const target = this.#buffers[at];
          const from = this.#setup.given[at];
          if (buffer.kind !== "output" || target === undefined) return;
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

  #timing(): Done["timings"][number] {
    const measured = this.#session.stopwatch !== undefined;
    const kernel = this.#setup.admitted.entry;
    return {
      kernel,
      dispatches: 1,
      ...(measured ? { milliseconds: this.#gpuMs } : {}),
      ...(this.#setup.repeats === 0 ? {} : { samples: this.#samples }),
    };
  }

  #bytes(): number {
    let bytes = 0;
    for (const buffer of new Set([...this.#buffers, ...this.#setup.given])) bytes += buffer?.capacity ?? 0;
    return bytes;
  }
}

function outOfFuel(
  { fuel: { loops }, entry }: Admitted,
  { loop, fuel, mostTurns }: { readonly loop: number; readonly fuel: number; readonly mostTurns: number },
): Fault {
  const turns = Math.min(fuel, mostTurns).toLocaleString("en");
  const advice = "check that the loop ends; give each thread less to do and start more workgroups";
  return new Fault(
    "executor/out-of-fuel",
    `a loop of ${entry} was stopped: one thread took more than ${turns} turns`,
    {
      span: loops[loop - 1],
      hint: fuel < mostTurns ? advice : `${advice}; the driver of this device ends loops then`,
    },
  );
}
