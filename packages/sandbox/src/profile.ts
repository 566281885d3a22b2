import type { FaultData } from "@tilebook/base";
import type { KernelWork } from "@tilebook/notebook";

/**
 * Measures launches of a run by themselves: each is run again and again, on copies of what it writes, before the run does it.
 * What comes of it is told by `profiling` events; a `probed` event ends them.
 */
export interface ProfileProbe {
  readonly kind: "profile";
  /** The key of the kernel, as its report has it. Without one, all kernels of the run: one launch of each grid and numbers. */
  readonly kernel?: string;
  /** Which launch of this kernel in the run, counted from 0: the first by default. */
  readonly launch?: number;
}

export type ProfileNote =
  /** So many measurements of a launch are done. */
  | { readonly kind: "measuring"; readonly name: string; readonly done: number; readonly of: number }
  | LaunchProfile
  | {
      readonly kind: "unmeasured";
      readonly kernel: string;
      readonly name: string;
      readonly launch: number;
      readonly fault: FaultData;
    };

/** One launch, measured by itself. */
export interface LaunchProfile {
  readonly kind: "measured";
  /** The key of the kernel, and its name. */
  readonly kernel: string;
  readonly name: string;
  /** Counted from 0 among all launches of this kernel in the run. */
  readonly launch: number;
  /** Milliseconds of one launch, measurement by measurement, in the order they were taken. */
  readonly samples: readonly number[];
  /** So many launches went into each measurement. */
  readonly repeats: number;
  /** What the times are: of the GPU's own clock, or from here until the result was there. */
  readonly clock: "gpu" | "wall";
  /** It reads what it writes, so each single launch began with the buffers as they were. */
  readonly fresh: boolean;
  readonly grid: readonly number[];
  /** Of its scalar parameters, in their order. */
  readonly scalars: readonly number[];
  /** Of one program. */
  readonly threads: number;
  readonly work: KernelWork;
  /** Bytes of all buffers that it reads, and of all that it writes. */
  readonly buffers: { readonly read: number; readonly written: number };
}
