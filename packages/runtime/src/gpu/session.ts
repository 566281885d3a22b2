import { type Clock, Fault, type Span } from "@tilebook/base";
import { type OpenedDevice, requestDevice } from "./device.ts";
import { Lru } from "./lru.ts";
import { PipelineCache } from "./pipelines.ts";
import { BufferPool } from "./pool.ts";
import { sliceLimits } from "./slicer.ts";
import { Stopwatch } from "./stopwatch.ts";

/** Thrown inside the runtime when the device went away under a piece of work. Never reaches users. */
export class SessionLost extends Error {}

/** What a piece of GPU work was for, in words, and where it came from. */
export interface Blame {
  readonly name: string;
  readonly span?: Span | undefined;
}

const filters = ["validation", "out-of-memory", "internal"] as const;

/** Everything that lives and dies with one GPUDevice. After a loss the executor opens the next session. */
export class Session {
  readonly opened: OpenedDevice;
  readonly device: GPUDevice;
  readonly pool: BufferPool<GPUBuffer>;
  readonly pipelines: PipelineCache;
  readonly bindGroups: Lru<string, GPUBindGroup> = new Lru(512);
  readonly uniforms: GPUBuffer;
  readonly stopwatch: Stopwatch | undefined;
  readonly #clock: Clock;
  readonly #waiting = new Set<(error: SessionLost) => void>();
  #loss: GPUDeviceLostInfo | undefined;

  private constructor(opened: OpenedDevice, clock: Clock) {
    const { device } = opened;
    this.opened = opened;
    this.device = device;
    this.#clock = clock;
    const { STORAGE, UNIFORM, COPY_SRC, COPY_DST } = GPUBufferUsage;
    const usage = STORAGE | UNIFORM | COPY_SRC | COPY_DST;
    this.pool = new BufferPool(
      // A bucket may be larger than the largest buffer; what is asked for never is.
      (size) => device.createBuffer({ size: Math.min(size, device.limits.maxBufferSize), usage }),
      (buffer) => buffer.destroy(),
    );
    this.pipelines = new PipelineCache(device);
    this.uniforms = device.createBuffer({
      label: "uniforms",
      size: sliceLimits.arenaBytes,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
    this.stopwatch = device.features.has("timestamp-query") ? new Stopwatch(device) : undefined;
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
      promise.then(resolve, reject).finally(() => this.#waiting.delete(reject));
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
    const { result, verdict } = this.judged(work, blame);
    const fault = await verdict;
    if (fault !== undefined) throw fault;
    return result;
  }

  /** The same without waiting: `verdict` is the Fault, if there is one, once the device has looked at the commands. */
  judged<T>(
    work: () => T,
    blame: Blame,
  ): { readonly result: T; readonly verdict: Promise<Fault | undefined> } {
    for (const filter of filters) this.device.pushErrorScope(filter);
    let errors: Promise<(GPUError | null)[]>;
    let result: T;
    try {
      result = work();
    } finally {
      errors = Promise.all(filters.map(() => this.device.popErrorScope()));
      errors.catch(() => undefined);
    }
    const verdict = this.orLost(errors).then((found) => {
      const error = found.find((item) => item !== null);
      return error === undefined || error === null ? undefined : gpuFault(error, blame);
    });
    verdict.catch(() => undefined);
    return { result, verdict };
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
