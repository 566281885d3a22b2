import type { Clock } from "@tilebook/base";
import { badProgram, interrupted, tensorBytes } from "../faults.ts";
import type { Pipeline } from "../gpu/pipelines.ts";
import type { Bench } from "../gpu/program-run.ts";
import type { Session } from "../gpu/session.ts";
import { type Piece, Slicer, type Work } from "../gpu/slicer.ts";
import { passesPerSubmit } from "../gpu/stopwatch.ts";
import { Batch, type Buffer } from "./batch.ts";
import type { LaunchTimes, TimedLaunch } from "./timed.ts";

/** Browsers round GPU time to 0.1 ms: of so much, that is at most 2 %. */
const enoughGpuMs = 5;
/** Of a submit's way to the device and back, what differs from time to time is less than a millisecond. */
const enoughWallMs = 40;
const mostRepeats = 8192;
/** Measuring takes not much longer than this, once there are so many measurements. */
const mostMs = 1500;
const fewestSamples = 3;
/** Begins anew so often when the launch turns out to be much shorter than it seemed. */
const mostAgain = 2;

export interface TimedSetup {
  readonly bench: Bench;
  readonly session: Session;
  readonly launch: TimedLaunch;
  /** For each binding, the buffer of the tensor it names. */
  readonly given: readonly (Buffer | undefined)[];
  readonly signal: AbortSignal | undefined;
}

/** Measures one launch on one device: takes its outputs, finds how many launches make a measurement, measures, gives back. */
export class TimedRun {
  readonly #setup: TimedSetup;
  readonly #made: Buffer[] = [];
  readonly #clock: Clock;

  constructor(setup: TimedSetup) {
    this.#setup = setup;
    this.#clock = setup.bench.clock;
  }

  async run(): Promise<LaunchTimes> {
    const { session, launch } = this.#setup;
    let failed = true;
    try {
      const pipeline = await session.orLost(session.pipelines.get(launch.kernel));
      const times = await this.#measure(this.#batch(pipeline));
      failed = false;
      return times;
    } finally {
      this.#giveBack(failed);
    }
  }

  async #measure(batch: Batch): Promise<LaunchTimes> {
    const { samples: wanted, progress } = this.#setup.launch;
    const start = this.#clock.now();
    let { repeats, ms } = await this.#enough(batch);
    let samples = [ms / repeats];
    let again = mostAgain;
    progress?.(1, wanted);
    const late = (): boolean => samples.length >= fewestSamples && this.#clock.now() - start > mostMs;
    while (samples.length < wanted && !late()) {
      const lap = await this.#lap(batch, repeats);
      samples.push(lap.ms / repeats);
      if (again > 0 && this.#isShort(batch, lap.ms, repeats)) {
        // What was measured before this was disturbed: it takes more launches than it seemed.
        again -= 1;
        ({ repeats, ms } = await this.#enough(batch));
        samples = [ms / repeats];
      }
      progress?.(samples.length, wanted);
    }
    return { samples, repeats, clock: batch.clock };
  }

  /** How many launches take long enough to be measured well, and what they took. The first of all warms everything up. */
  async #enough(batch: Batch): Promise<{ readonly repeats: number; readonly ms: number }> {
    const [enough, most] = [this.#enoughMs(batch), this.#mostRepeats];
    await this.#lap(batch, 1);
    let { ms, pieces } = await this.#lap(batch, 1);
    let repeats = 1;
    while (pieces === 1 && ms < enough / 1.25 && repeats < most) {
      const next = ms > enough / 10 ? Math.ceil((repeats * enough) / ms) : repeats * 8;
      repeats = Math.min(most, next);
      ({ ms, pieces } = await this.#lap(batch, repeats));
    }
    return { repeats, ms };
  }

  #isShort(batch: Batch, ms: number, repeats: number): boolean {
    return ms < this.#enoughMs(batch) / 2 && repeats < this.#mostRepeats;
  }

  #enoughMs({ clock }: Batch): number {
    return this.#setup.launch.enoughMs ?? (clock === "gpu" ? enoughGpuMs : enoughWallMs);
  }

  get #mostRepeats(): number {
    return this.#setup.launch.fresh === true ? passesPerSubmit : mostRepeats;
  }

  /**
   * Runs the whole grid `repeats` times over and says what that took. It goes in pieces of at most one slice each; only a
   * grid that is one piece can run several times at once.
   */
  async #lap(batch: Batch, repeats: number): Promise<{ readonly ms: number; readonly pieces: number }> {
    const { costs } = this.#setup.bench;
    const work = this.#work();
    const slicer = new Slicer([work], costs);
    let [ms, pieces] = [0, 0];
    await batch.fill();
    for (let [piece] = slicer.next(); piece !== undefined; [piece] = slicer.next()) {
      if (this.#setup.signal?.aborted === true) throw interrupted();
      const whole: Piece = repeats > 1 ? { work: 0, base: 0, count: work.programs } : piece;
      const took = await batch.run(whole, repeats);
      costs.record([work], [whole], took.wallMs / repeats);
      ms += took.ms;
      pieces += 1;
      if (repeats > 1) break;
    }
    return { ms, pieces };
  }

  #work(): Work {
    const { kernel, grid, scalars } = this.#setup.launch;
    const whole = scalars.filter((_, place) => kernel.uniforms[place + 5]?.dtype !== "f32");
    return {
      key: `${kernel.key} ${whole.join(" ")}`,
      programs: grid[0] * grid[1] * grid[2],
      uniformBytes: kernel.uniformBytes,
    };
  }

  #batch(pipeline: Pipeline): Batch {
    const { launch, given } = this.#setup;
    const buffers = launch.kernel.bindings.map(({ access, name }, at): Buffer => {
      const [wanted, tensor] = [launch.buffers[at], given[at]];
      if (wanted?.kind === "input" && tensor !== undefined && access === "read") return tensor;
      if (wanted?.kind === "output") return this.#take(wanted);
      throw badProgram(`${launch.kernel.name} has nothing for ${name}`);
    });
    return new Batch({ ...this.#setup, pipeline, buffers });
  }

  #take({ type }: Extract<TimedLaunch["buffers"][number], { readonly kind: "output" }>): Buffer {
    const { bench, session, launch } = this.#setup;
    const bytes = tensorBytes(type);
    if (!this.#keeps) bench.room.ledger.claim({ type, bytes, span: launch.kernel.tile.span });
    const buffer = bench.room.take(session, bytes);
    this.#made.push(buffer);
    return buffer;
  }

  /** What was written, when it is kept: whoever asked for it has claimed its bytes. */
  get kept(): readonly Buffer[] {
    return this.#keeps ? this.#made : [];
  }

  get #keeps(): boolean {
    return this.#setup.launch.keep === true;
  }

  /** After a failure buffers may be invalid or in use: they are destroyed, not pooled. */
  #giveBack(failed: boolean): void {
    const { bench, session } = this.#setup;
    for (const buffer of this.#made) {
      if (!this.#keeps) bench.room.ledger.release(buffer.bytes);
      if (failed) buffer.buffer.destroy();
      else if (!this.#keeps) session.pool.give(buffer);
    }
  }
}
