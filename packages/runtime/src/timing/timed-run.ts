import type { Clock } from "@tilebook/base";
import { type Finish, type Step, stepsOf } from "@tilebook/compiler";
import type { TensorType } from "@tilebook/ir";
import { badProgram, interrupted, tensorBytes } from "../faults.ts";
import type { Pipeline } from "../gpu/pipelines.ts";
import type { Bench } from "../gpu/program-run.ts";
import type { Session } from "../gpu/session.ts";
import { type Piece, Slicer, type Work } from "../gpu/slicer.ts";
import { passesPerSubmit } from "../gpu/stopwatch.ts";
import { resultPlace } from "./timed-buffer.ts";
import { Batch, type BatchStep, type Buffer } from "./batch.ts";
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
  /** Between two launches that are one. */
  readonly #between: Buffer[] = [];
  readonly #clock: Clock;

  constructor(setup: TimedSetup) {
    this.#setup = setup;
    this.#clock = setup.bench.clock;
  }

  async run(): Promise<LaunchTimes> {
    const { session, launch } = this.#setup;
    let failed = true;
    try {
      const steps = stepsOf(launch);
      const pipelines = await session.orLost(session.pipelines.all(steps.map(({ kernel }) => kernel)));
      const times = await this.#measure(this.#batch(steps, pipelines));
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
    let { ms, slices } = await this.#lap(batch, 1);
    let repeats = 1;
    while (slices === 1 && ms < enough / 1.25 && repeats < most) {
      const next = ms > enough / 10 ? Math.ceil((repeats * enough) / ms) : repeats * 8;
      repeats = Math.min(most, next);
      ({ ms, slices } = await this.#lap(batch, repeats));
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
   * Runs the whole launch `repeats` times over and says what that took. It goes in slices; only a launch that is one slice can run
   * several times at once.
   */
  async #lap(batch: Batch, repeats: number): Promise<{ readonly ms: number; readonly slices: number }> {
    const { costs } = this.#setup.bench;
    const work = stepsOf(this.#setup.launch).map(workOf);
    const slicer = new Slicer(work, costs);
    let [ms, slices] = [0, 0];
    await batch.fill();
    for (let pieces = slicer.next(); pieces.length > 0; pieces = slicer.next()) {
      if (this.#setup.signal?.aborted === true) throw interrupted();
      const whole = work.map(({ programs }, at): Piece => ({ work: at, base: 0, count: programs }));
      const now = repeats > 1 ? whole : pieces;
      const took = await batch.run(now, repeats);
      costs.record(work, now, took.wallMs / repeats);
      ms += took.ms;
      slices += 1;
      if (repeats > 1) break;
    }
    return { ms, slices };
  }

  #batch(steps: readonly Step[], pipelines: readonly Pipeline[]): Batch {
    const { launch, given } = this.#setup;
    const { kernel, finish } = launch;
    const buffers = kernel.bindings.map(({ access, name }, at): Buffer => {
      const [wanted, tensor] = [launch.buffers[at], given[at]];
      if (wanted?.kind === "input" && tensor !== undefined && access === "read") return tensor;
      if (wanted?.kind === "output") return this.#take(wanted.type, this.#made);
      throw badProgram(`${kernel.name} has nothing for ${name}`);
    });
    const bound = finish === undefined ? [buffers] : this.#inTwo(finish, buffers);
    const ready = steps.flatMap((step, at): readonly BatchStep[] => {
      const pipeline = pipelines[at];
      return pipeline === undefined ? [] : [{ ...step, pipeline, buffers: bound[at] ?? [] }];
    });
    return new Batch({ ...this.#setup, steps: ready, buffers });
  }

  /** What two launches bind that are one over `buffers`. */
  #inTwo({ parts: type }: Finish, buffers: readonly Buffer[]): readonly (readonly Buffer[])[] {
    const parts = this.#take(type, this.#between);
    const place = resultPlace(this.#setup.launch.kernel);
    return [buffers.with(place, parts), [parts, ...buffers.slice(place, place + 1)]];
  }

  #take(type: TensorType, into: Buffer[]): Buffer {
    const { bench, session, launch } = this.#setup;
    const bytes = tensorBytes(type);
    const isKept = this.#keeps && into === this.#made;
    if (!isKept) bench.room.ledger.claim({ type, bytes, span: launch.kernel.tile.span });
    const buffer = bench.room.take(session, bytes);
    into.push(buffer);
    return buffer;
  }

  /** What was written, when it is kept: whoever asked for it has claimed its bytes. */
  get kept(): readonly Buffer[] {
    return this.#keeps ? this.#made : [];
  }

  get #keeps(): boolean {
    return this.#setup.launch.keep === true;
  }

  #giveBack(failed: boolean): void {
    this.#giveBackAll(this.#between, { failed, kept: false });
    this.#giveBackAll(this.#made, { failed, kept: this.#keeps });
  }

  /** After a failure buffers may be invalid or in use: they are destroyed, not pooled. */
  #giveBackAll(
    buffers: readonly Buffer[],
    { failed, kept }: { readonly failed: boolean; readonly kept: boolean },
  ): void {
    const { bench, session } = this.#setup;
    for (const buffer of buffers) {
      if (!kept) bench.room.ledger.release(buffer.bytes);
      if (failed) buffer.buffer.destroy();
      else if (!kept) session.pool.give(buffer);
    }
  }
}

function workOf({ kernel, grid, scalars }: Step): Work {
  const whole = scalars.filter((_, place) => kernel.uniforms[place + 5]?.dtype !== "f32");
  return {
    key: `${kernel.key} ${whole.join(" ")}`,
    programs: grid[0] * grid[1] * grid[2],
    uniformBytes: kernel.uniformBytes,
  };
}
