import type { Clock } from "@tilebook/base";
import type { Way } from "@tilebook/compiler";
import type { BufferDType } from "@tilebook/ir";
import type { KeptTimes, TimedLaunch } from "../timing/timed.ts";
import { within } from "./deadline.ts";
import type { HeldLaunch, TuningDevice } from "./held-launch.ts";

/** The browser may take so long to compile one candidate. */
const compileMs = 10_000;
/** Measuring again takes a second or two, whatever is measured: this is for what hangs. */
const againMs = 30_000;

/** Resolves when the device may be used, with a signal that is aborted as soon as somebody else wants it. */
export type Turn = () => Promise<AbortSignal>;

export interface StandParts {
  readonly gpu: TuningDevice;
  readonly clock: Clock;
  readonly launch: HeldLaunch;
  readonly signal: AbortSignal;
  readonly turn: Turn;
}

/** Bytes that a launch has written. */
export interface Written {
  readonly dtype: BufferDType;
  readonly bytes: Uint8Array;
}

/** Where the ways of one launch are run: each on the same buffers, in bounded time. Faults `tune/late`, those of `run`. */
export class Stand {
  readonly #parts: StandParts;

  constructor(parts: StandParts) {
    this.#parts = parts;
  }

  async compile({ kernel, finish }: Way): Promise<void> {
    const { gpu, clock, signal } = this.#parts;
    await within({ clock, signal, ms: compileMs, what: "compiling" }, async () => {
      await gpu.prepare(kernel);
      if (finish !== undefined) await gpu.prepare(finish.kernel);
    });
  }

  /** One measurement, and what the launch has written. */
  async once(way: Way, ms: number): Promise<KeptTimes & { readonly written: readonly Written[] }> {
    const { gpu, launch } = this.#parts;
    const timed: TimedLaunch = { ...launch.launch(way), samples: 1, keep: true };
    const times = await this.#time(timed, { ms, what: "the first measurement" });
    try {
      return { ...times, written: await this.#read(timed, way, times) };
    } finally {
      times.outputs.forEach((tensor) => gpu.free(tensor));
    }
  }

  /** Milliseconds of one launch, measurement by measurement. */
  async again(way: Way, samples: number): Promise<readonly number[]> {
    const timed: TimedLaunch = { ...this.#parts.launch.launch(way), samples };
    const times = await this.#time(timed, { ms: againMs, what: "measuring" });
    return times.samples;
  }

  /** Begins anew whenever somebody else wants the device meanwhile. */
  async #time(timed: TimedLaunch, limit: { readonly ms: number; readonly what: string }): Promise<KeptTimes> {
    const { gpu, clock, signal: stop, turn } = this.#parts;
    const free = ({ outputs }: KeptTimes): void => outputs.forEach((tensor) => gpu.free(tensor));
    for (;;) {
      const wanted = await turn();
      const signal = AbortSignal.any([stop, wanted]);
      try {
        return await within({ clock, signal, ...limit }, (ended) => gpu.time(timed, ended), free);
      } catch (error) {
        if (stop.aborted || !wanted.aborted) throw error;
      }
    }
  }

  /** All but the messages of the kernel, which stand last. */
  async #read({ buffers }: TimedLaunch, way: Way, { outputs }: KeptTimes): Promise<readonly Written[]> {
    const { gpu } = this.#parts;
    const types = buffers.flatMap((buffer) => (buffer.kind === "output" ? [buffer.type] : []));
    const own = way.kernel.sites.length > 0 ? types.slice(0, -1) : types;
    const written: Written[] = [];
    for (const [at, { dtype }] of own.entries())
      written.push({ dtype, bytes: await gpu.read(outputs[at] ?? "") });
    return written;
  }
}
