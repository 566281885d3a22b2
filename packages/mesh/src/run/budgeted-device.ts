import { type Clock, Fault } from "@tilebook/base";
import type { Graph, TensorType } from "@tilebook/ir";
import type { TensorHandle } from "@tilebook/runtime";
import { operationsIn } from "../sbp/work.ts";
import type { Device } from "./device.ts";

export interface BudgetedDeviceOptions {
  readonly clock: Clock;
  /** The part of its time, in (0, 1], that others may have. */
  readonly share: number;
}

/** What a device has done for others so far. */
export interface Work {
  /** Graphs that it computed. */
  readonly tasks: number;
  /** Operations in them, as `operationsIn` counts. */
  readonly operations: number;
  /** Milliseconds in which it was at work. */
  readonly busyMs: number;
  /** A graph is being computed now. */
  readonly busy: boolean;
  /** Graphs that wait for their turn. */
  readonly waiting: number;
}

/**
 * A device of which others may have a part of the time only: graphs are computed one after the other, and after each it rests for as long as its share
 * demands, so that whoever sits before it can work on it too. While it is paused, graphs wait.
 */
export class BudgetedDevice implements Device {
  /** May be changed at any time; a rest that has begun stays as long as it was. */
  share: number;
  readonly settled?: () => Promise<void>;
  readonly #device: Device;
  readonly #clock: Clock;
  #last: Promise<unknown> = Promise.resolve();
  #restUntil = -Infinity;
  #paused: { readonly over: Promise<void>; readonly end: () => void } | undefined;
  #work = { tasks: 0, operations: 0, busyMs: 0, waiting: 0 };
  #began: number | undefined;

  constructor(device: Device, { clock, share }: BudgetedDeviceOptions) {
    this.#device = device;
    this.#clock = clock;
    this.share = share;
    if (device.settled !== undefined) this.settled = () => device.settled?.() ?? Promise.resolve();
  }

  get work(): Work {
    const { busyMs, ...rest } = this.#work;
    const running = this.#began === undefined ? 0 : this.#clock.now() - this.#began;
    return { ...rest, busyMs: busyMs + running, busy: this.#began !== undefined };
  }

  /** No graph begins any more; one that has begun ends. */
  pause(): void {
    if (this.#paused !== undefined) return;
    const gate: { open?: () => void } = {};
    const over = new Promise<void>((resolve) => (gate.open = resolve));
    this.#paused = { over, end: () => gate.open?.() };
  }

  resume(): void {
    this.#paused?.end();
    this.#paused = undefined;
  }

  upload(bytes: Uint8Array, type: TensorType): TensorHandle {
    return this.#device.upload(bytes, type);
  }

  /** Faults: those of the device, and `run/stopped`, when its turn comes, where it waited for that. */
  run(graph: Graph, signal?: AbortSignal): Promise<readonly TensorHandle[]> {
    this.#work.waiting += 1;
    const running = this.#last.then(() => this.#take(graph, signal));
    this.#last = running.catch(() => undefined);
    return running;
  }

  read(tensor: TensorHandle): Promise<Uint8Array> {
    return this.#device.read(tensor);
  }

  free(tensor: TensorHandle): void {
    this.#device.free(tensor);
  }

  async #take(graph: Graph, signal: AbortSignal | undefined): Promise<readonly TensorHandle[]> {
    try {
      await this.#turn(signal);
      if (signal?.aborted === true) throw stopped();
    } finally {
      this.#work.waiting -= 1;
    }
    const began = this.#clock.now();
    this.#began = began;
    try {
      const outputs = await this.#device.run(graph, signal);
      // Where it may not work all the time, it has not answered before it is done.
      if (this.share < 1) await this.#device.settled?.();
      this.#work.tasks += 1;
      this.#work.operations += operationsIn(graph);
      return outputs;
    } finally {
      const now = this.#clock.now();
      this.#began = undefined;
      this.#work.busyMs += now - began;
      this.#restUntil = now + (now - began) * (1 / this.share - 1);
    }
  }

  /** Resolves when the device may work, or need not any more. */
  async #turn(signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      const rest = this.#restUntil - this.#clock.now();
      if (signal?.aborted === true || (this.#paused === undefined && rest <= 0)) return;
      await Promise.race([this.#paused?.over ?? this.#after(rest), abortOf(signal)]);
    }
  }

  #after(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.after(ms, resolve);
    });
  }
}

function abortOf(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    signal?.addEventListener("abort", () => resolve(), { once: true });
  });
}

function stopped(): Fault {
  return new Fault("run/stopped", "the run was stopped");
}
