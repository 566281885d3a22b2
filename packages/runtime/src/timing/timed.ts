import type { CompiledKernel, Finish } from "@tilebook/compiler";
import type { TensorHandle } from "../executor.ts";
import type { RawBuffer } from "../raw/raw.ts";

/** One launch that is run again and again, only to be measured. Tensors it names are read; what it writes is its own. */
export interface TimedLaunch {
  readonly kernel: CompiledKernel;
  readonly grid: readonly [number, number, number];
  readonly scalars: readonly number[];
  /** In the order of the kernel's bindings: an `output` for each that it writes. */
  readonly buffers: readonly TimedBuffer[];
  /**
   * A second launch, after each: the first one writes parts into a buffer between them, in place of the last buffer that is not its
   * messages, and this one makes that of them. Both are measured together.
   */
  readonly finish?: Finish;
  /**
   * Every single launch finds its outputs as they were before the first: for kernels that read what they write. Otherwise
   * only every measurement does.
   */
  readonly fresh?: boolean;
  /** What it has written, as after one launch, is given out. */
  readonly keep?: boolean;
  /** Milliseconds that each measurement lasts at least, by as many launches as that takes (8,192 at most). Enough for the clock by default. */
  readonly enoughMs?: number;
  /** How many measurements; fewer when each takes long. */
  readonly samples: number;
  /** Hears how many of them are done. */
  readonly progress?: (done: number, of: number) => void;
}

export type TimedBuffer = Extract<RawBuffer, { readonly kind: "input" | "output" }>;

export interface LaunchTimes {
  /** Milliseconds of one launch, measurement by measurement, in the order they were taken. */
  readonly samples: readonly number[];
  /** So many launches went into each measurement. */
  readonly repeats: number;
  /** GPU: by the device's own clock. Wall: from here until the result was there, less what an empty submit takes. */
  readonly clock: "gpu" | "wall";
}

export interface KeptTimes extends LaunchTimes {
  /** With `keep`: a tensor for each buffer it writes, in the order of the bindings. The caller owns them until `free`. */
  readonly outputs: readonly TensorHandle[];
}
