import { type Clock, Fault, type Span } from "@tilebook/base";
import { type OpenedDevice, requestDevice } from "./device.ts";
import { Lru } from "./lru.ts";
import { PipelineCache } from "./pipelines.ts";
import { BufferPool } from "./pool.ts";
import { sliceLimits } from "./slicer.ts";
import { Stopwatch } from "./stopwatch.ts";
import { Timesheet } from "./timesheet.ts";

/** A step of a training has some hundred launches over two sets of buffers: that of the step before, and its own. */
const mostBindGroups = 4096;

/** Thrown inside the runtime when the device went away under a piece of work. Never reaches users. */
export class SessionLost extends Error {}

/** What a piece of GPU work was for, in words, and where it came from. */
export interface Blame {
  readonly name: string;
  readonly span?: Span | undefined;
}

/** Work that was given to the device. */
export interface Judged<T> {
  readonly result: T;
  /** What the device has against it. Rejects with SessionLost. */
  readonly verdict: Promise<Fault | undefined>;
  /** Buffers were made for it: the device may have no memory for them. */
  readonly grown: boolean;
}

const filters = ["validation", "out-of-memory", "internal"] as const;

/** Everything that lives and dies with one GPUDevice. After a loss the executor opens the next session. */
export class Session {
  readonly opened: OpenedDevice;
  readonly device: GPUDevice;
  readonly pool: BufferPool<GPUBuffer>;
  readonly pipelines: PipelineCache;
  readonly bindGroups: Lru<string, GPUBindGroup> = new Lru(mostBindGroups);
  readonly uniforms: GPUBuffer;
  /** Of whoever has the device to itself. */
  readonly stopwatch: Stopwatch | undefined;
  /** Of all others. */
  readonly timesheet: Timesheet | undefined;
  readonly #clock: Clock;
  readonly #waiting = new Set<(error: SessionLost) => void>();
  #loss: GPUDeviceLostInfo | undefined;
  /** What is to be known about buffers made since the last work. */
  #made: Promise<GPUError | null>[] = [];
  /** What the device has said outside of all scopes, since work is under way. */
  #uncaught: GPUError | undefined;
  /** Work without a verdict. */
  #open = 0;

  private constructor(opened: OpenedDevice, clock: Clock) {
    const { device } = opened;
    this.opened = opened;
    this.device = device;
    this.#clock = clock;
    this.pool = new BufferPool(
      (size) => this.#create(size),
      (buffer) => buffer.destroy(),
    );
    device.addEventListener("uncapturederror", ({ error }) => {
      this.#uncaught = error;
    });
    this.pipelines = new PipelineCache(device);
    this.uniforms = device.createBuffer({
      label: "uniforms",
      size: sliceLimits.arenaBytes,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
    const measures = device.features.has("timestamp-query");
    this.stopwatch = measures ? new Stopwatch(device) : undefined;
    this.timesheet = measures ? new Timesheet(this) : undefined;
  }

  /** `onLost` is called once, when the device goes away (also by `close`). */
  static async open(gpu: GPU, clock: Clock, onLost: (session: Session) => void): Promise<Session> {
    const opened = await requestDevice(gpu);
    const session = new Session(opened, clock);
    void opened.device.lost.then((info) => {
      session.#loss = info;
      onLost(session);
      for (const fail of session.#waiting) fail(new SessionLost(info.message));
      session.#waiting.clear();
    });
    return session;
  }

  get loss(): GPUDeviceLostInfo | undefined {
    return this.#loss;
  }

  /** The promise, or SessionLost as soon as the device is gone: some promises of a lost device never settle. */
  orLost<T>(promise: Promise<T>): Promise<T> {
    if (this.#loss !== undefined) {
      promise.catch(() => undefined);
      return Promise.reject(new SessionLost(this.#loss.message));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      promise.then(
        (value) => {
          this.#waiting.delete(reject);
          resolve(value);
        },
        (error: unknown) => {
          this.#waiting.delete(reject);
          reject(error);
        },
      );
    });
  }

  /** Waits for the device to be lost, for at most `ms` milliseconds. */
  lossWithin(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.#clock.after(ms, resolve);
      void this.device.lost.then(() => {
        stop();
        resolve();
      });
    });
  }

  /** Waits until the GPU has done all that was submitted. */
  async finished(): Promise<void> {
    await this.nudged(this.device.queue.onSubmittedWorkDone());
  }

  /** Waits for `work`. Firefox looks for finished GPU work every 100 ms only, or at each submit: so submit nothing. */
  async nudged<T>(work: Promise<T>): Promise<T> {
    if (!isFirefox()) return this.orLost(work);
    let waiting = true;
    const nudge = (): void => {
      if (!waiting) return;
      this.device.queue.submit([]);
      this.#clock.after(1, nudge);
    };
    this.#clock.after(1, nudge);
    return this.orLost(work).finally(() => {
      waiting = false;
    });
  }

  /** Runs `work`, which records and submits GPU commands, and turns what the device had against it into a Fault. */
  async checked<T>(work: () => T, blame: Blame): Promise<T> {
    const { result, verdict } = this.#watched(filters, work, blame);
    const fault = await verdict;
    if (fault !== undefined) throw fault;
    return result;
  }

  /**
   * The same without waiting: `verdict` is the Fault, if there is one, once the device has looked at the commands. Commands
   * that need no memory can only be invalid, so less is watched (each scope takes its time): what else the device should say
   * meanwhile is taken for this work's, too.
   */
  judged<T>(work: () => T, blame: Blame): Judged<T> {
    return this.#watched(["validation"], work, blame);
  }

  #watched<T>(scopes: readonly GPUErrorFilter[], work: () => T, blame: Blame): Judged<T> {
    if (this.#open === 0) this.#uncaught = undefined;
    for (const filter of scopes) this.device.pushErrorScope(filter);
    const errors: Promise<GPUError | null>[] = [];
    let result: T;
    try {
      result = work();
    } finally {
      for (const _ of scopes) errors.push(this.device.popErrorScope());
      for (const error of errors) error.catch(() => undefined);
    }
    const made = this.#made;
    this.#made = [];
    // A buffer that is not to be had makes what uses it invalid: the reason comes first.
    const all = made.length + errors.length === 1 ? errors[0] : Promise.all([...made, ...errors]);
    const verdict = this.#verdict(Promise.resolve(all), blame);
    verdict.catch(() => undefined);
    return { result, verdict, grown: made.length > 0 };
  }

  async #verdict(
    errors: Promise<GPUError | null | undefined | readonly (GPUError | null)[]>,
    blame: Blame,
  ): Promise<Fault | undefined> {
    this.#open += 1;
    try {
      const found = [(await this.orLost(errors)) ?? null].flat();
      const error = found.find((item) => item !== null) ?? this.#uncaught;
      this.#uncaught = undefined;
      return error === undefined ? undefined : gpuFault(error, blame);
    } finally {
      this.#open -= 1;
    }
  }

  /** A buffer of the pool. Whether there was memory for it is known with the verdict of the work that it is for. */
  #create(size: number): GPUBuffer {
    const { STORAGE, UNIFORM, COPY_SRC, COPY_DST } = GPUBufferUsage;
    this.device.pushErrorScope("out-of-memory");
    // A bucket may be larger than the largest buffer; what is asked for never is.
    const most = this.device.limits.maxBufferSize;
    const usage = STORAGE | UNIFORM | COPY_SRC | COPY_DST;
    const buffer = this.device.createBuffer({ size: Math.min(size, most), usage });
    const made = this.device.popErrorScope();
    made.catch(() => undefined);
    this.#made.push(made);
    return buffer;
  }

  close(): void {
    this.device.destroy();
  }
}

function isFirefox(): boolean {
  return globalThis.navigator?.userAgent?.includes("Firefox") ?? false;
}

function gpuFault(error: GPUError, { name, span }: Blame): Fault {
  if (error instanceof GPUOutOfMemoryError) {
    return new Fault("executor/out-of-memory", `the GPU has no memory for ${name}: ${error.message}`, {
      span,
      hint: "close other pages that use the GPU, or make the sizes smaller",
    });
  }
  return new Fault("executor/gpu-error", `the GPU refused ${name}: ${error.message}`, {
    span,
    hint: "this is a fault of Tilebook: please report it with this message",
  });
}
