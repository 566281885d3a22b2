import { type Clock, realClock } from "@tilebook/base";
import type { Choose, Program } from "@tilebook/compiler";
import { type GpuExecutor, type TablesMerged, Tuner } from "@tilebook/runtime";
import type { FromGpu } from "../protocol/gpu.ts";
import type { TuningOrder } from "../tuning.ts";

/** Between a run and a measurement lies so much time without runs: cells follow each other at once. */
const QUIET_MS = 150;
/** What is tried by itself waits so long for another run. */
const IDLE_MS = 4_000;
/** GPU time that a kernel has taken when it is worth being tried by itself. */
const DEAR_MS = 2;
/** The view and the table are told so long after a change, and whatever changes meanwhile with them. */
const GATHER_MS = 200;
/** A longer table is not kept. */
const MOST_TEXT = 4 << 20;

export interface TuningParts {
  readonly gpu: GpuExecutor;
  readonly toApp: (message: FromGpu) => void;
  readonly clock?: Clock;
}

/** Runs the tuner beside the cells: it measures only while none runs. */
export class TuningDesk {
  readonly #tuner: Tuner;
  readonly #toApp: (message: FromGpu) => void;
  readonly #clock: Clock;
  /** A measurement that is under way ends when a run wants the device. */
  #wanted = new AbortController();
  #running = 0;
  #lastEnd = -Infinity;
  #auto = false;
  #shown = false;
  #cancelIdle: () => void = () => undefined;
  #gathering = false;
  #kept = "";

  constructor({ gpu, toApp, clock = realClock }: TuningParts) {
    this.#toApp = toApp;
    this.#clock = clock;
    const turn = (): Promise<AbortSignal> => this.#quiet();
    this.#tuner = new Tuner({ gpu, clock, turn, changed: () => this.#changed() });
    this.#kept = this.#tuner.table.text();
  }

  /** For the compiler. */
  get choose(): Choose {
    return this.#tuner.choose;
  }

  /** Names the class of devices that the times are of. */
  get device(): string {
    return this.#tuner.table.device;
  }

  /** What was kept from before. What is not a table of this device is left aside. */
  restore(text: string): void {
    try {
      this.#tuner.table.read(text);
      this.#kept = this.#tuner.table.text();
    } catch {
      // It is measured again, and then kept anew.
    }
  }

  /** All that is known of such devices. */
  text(): string {
    return this.#tuner.table.text();
  }

  /** Faults: those of `TuningTable.merge`. */
  merge(text: string, from: string): TablesMerged {
    const merged = this.#tuner.table.merge(text, from);
    this.#changed();
    return merged;
  }

  /** A run asks for something: what is being measured makes room, and begins anew when all is quiet again. */
  begin(): void {
    this.#running += 1;
    this.#wanted.abort();
    this.#cancelIdle();
  }

  end(): void {
    this.#running -= 1;
    this.#lastEnd = this.#clock.now();
    this.#waitForIdle();
  }

  ran(program: Program): void {
    this.#tuner.consider(program);
    if (this.#shown) this.#changed();
  }

  /** Launches of the kernel with this key have taken so much GPU time. */
  took(kernel: string, milliseconds: number): void {
    this.#tuner.took(kernel, milliseconds);
  }

  obey(order: TuningOrder): void {
    switch (order.kind) {
      case "tune":
        return void this.#tuner.settle(order.keys === undefined ? {} : { keys: order.keys });
      case "stop":
        this.#cancelIdle();
        return this.#tuner.stop();
      case "forget":
        return this.#tuner.forget(order.key);
      case "pins":
        return this.#tuner.pinOnly(order.pins);
      case "records":
        return this.#tuner.recordOnly(order.records);
      case "auto":
        this.#auto = order.on;
        return this.#waitForIdle();
      case "show":
        this.#shown = order.on;
        return this.#changed();
    }
  }

  #waitForIdle(): void {
    this.#cancelIdle();
    if (!this.#auto || this.#running > 0) return;
    this.#cancelIdle = this.#clock.after(IDLE_MS, () => void this.#tuner.settle({ leastMs: DEAR_MS }));
  }

  /** Resolves when no run has asked for anything for a while. */
  async #quiet(): Promise<AbortSignal> {
    for (;;) {
      const left = this.#lastEnd + QUIET_MS - this.#clock.now();
      if (this.#running === 0 && left <= 0) {
        this.#wanted = new AbortController();
        return this.#wanted.signal;
      }
      await new Promise<void>((resolve) => {
        this.#clock.after(Math.max(left, 10), resolve);
      });
    }
  }

  #changed(): void {
    const { progress } = this.#tuner;
    this.#toApp({ type: "tuning", ...(progress === undefined ? {} : { progress }) });
    if (this.#gathering) return;
    this.#gathering = true;
    this.#clock.after(GATHER_MS, () => {
      this.#gathering = false;
      this.#tell();
    });
  }

  #tell(): void {
    const { progress, table } = this.#tuner;
    const text = table.text();
    if (text !== this.#kept && text.length <= MOST_TEXT)
      this.#toApp({ type: "keepTunings", device: table.device, text });
    this.#kept = text;
    if (!this.#shown) return;
    const kernels = this.#tuner.tunable().slice(0, 256);
    const view = { device: table.device, kernels, ...(progress === undefined ? {} : { progress }) };
    this.#toApp({ type: "tuned", view });
  }
}
