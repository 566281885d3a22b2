import type { KernelMessages, Program } from "@tilebook/compiler";
import type { TensorType } from "@tilebook/ir";

/** Names a tensor that an executor holds. */
export type TensorHandle = string;

/** What there is to compute on, for the device panel. */
export interface DeviceReport {
  readonly kind: "gpu" | "interpreter";
  /** For people: vendor, architecture, description. */
  readonly name: string;
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
  readonly timestamps: boolean;
  /** Why there is no GPU, when kind is "interpreter". */
  readonly reason?: string;
}

export interface UploadOptions {
  /** The caller gives the bytes away and will not change them: they need no copy. */
  readonly owned?: boolean;
}

export interface RunOptions {
  /** Measures the GPU time of each kernel, where the device can. Such a run has the device to itself until its end. */
  readonly timed?: boolean;
  /**
   * The same without waiting: called with a kernel's key and milliseconds of GPU time, once or more for each kernel, when the
   * device has time for it; for the last time before `settled` resolves. Never where the device cannot measure it.
   */
  readonly measured?: (kernel: string, milliseconds: number) => void;
}

/** GPU time of one kernel in one run. `milliseconds` is absent unless it was asked for and the device can measure it. */
export interface KernelTiming {
  /** The kernel's key (for a raw kernel its entry point). Timings stand in the order of the program's kernels. */
  readonly kernel: string;
  readonly dispatches: number;
  readonly milliseconds?: number;
  /**
   * For a raw kernel that was to be measured: milliseconds of one run, measurement by measurement. GPU time, or where
   * the device cannot measure it the time until the result was there.
   */
  readonly samples?: readonly number[];
}

export interface RunResult {
  /** One handle per program output, in order. The caller owns them until `free`. */
  readonly outputs: readonly TensorHandle[];
  readonly timings: readonly KernelTiming[];
  /** Most bytes of buffers that were alive at one moment of this run, inputs and outputs included. */
  readonly peakBytes: number;
  /** What the kernels printed, one entry for each dispatch that has prints; failed asserts are faults of the run (`FailedRun`). */
  readonly messages: readonly LaunchMessages[];
}

/** What one dispatch printed. */
export interface LaunchMessages extends KernelMessages {
  /** The kernel's name. */
  readonly kernel: string;
}

export interface MemoryReport {
  readonly liveBytes: number;
  readonly peakBytes: number;
  readonly pooledBytes: number;
  readonly tensors: number;
  readonly budgetBytes: number;
}

/**
 * A place that can run programs: this device's GPU, the interpreter, or (later) a room full of peers.
 * Every method that fails does so with a Fault; the codes are listed in docs/architecture.md.
 */
export interface Executor {
  report(): DeviceReport;
  /** Copies `data` in. The caller owns the tensor until `free`. */
  upload(data: Uint8Array, type: TensorType, options?: UploadOptions): TensorHandle;
  /**
   * Runs the program. Programs run in the order they were given. `signal` stops it between slices. The device may still be
   * at work when this resolves, with about 100 ms of it at most: what uses the outputs waits by itself, and gets the Fault
   * if that work fails.
   */
  run(program: Program, signal?: AbortSignal, options?: RunOptions): Promise<RunResult>;
  /** Waits for everything queued so far, then copies out bytes [start, end) of the tensor (all by default). */
  read(tensor: TensorHandle, range?: { readonly start: number; readonly end: number }): Promise<Uint8Array>;
  /** Waits until the device has done everything queued so far. */
  settled(): Promise<void>;
  typeOf(tensor: TensorHandle): TensorType;
  free(tensor: TensorHandle): void;
  memory(): MemoryReport;
  /** Frees everything. Later calls fail with code `executor/closed`. */
  close(): void;
}
