/** What the harness found of one engine in one case. Times in milliseconds. */
export interface Measured {
  /** Why there are no numbers. */
  readonly failed?: string;
  /** Per run: on a CPU adapter, what the GPU process spent. */
  readonly gpuCpuMs?: number;
  readonly wallMs?: number;
  readonly dispatches?: number;
  /** Most bytes of GPU buffers from setup to the first result. */
  readonly peakBytes?: number;
  /** Loading the engine, and its own start: before any case. */
  readonly loadMs?: number;
  readonly initMs?: number;
  readonly setupMs?: number;
  readonly firstMs?: number;
  /** Relative Frobenius error of the first result, and of one after all timed runs; null for NaN. */
  readonly error?: number | null;
  readonly recheck?: number | null;
}

/** A run of the harness, as its JSON says it: what we read of it. */
export interface BenchResult {
  /** Absent in Firefox. */
  readonly adapter?: { readonly architecture: string };
  readonly limits?: { readonly gflopsCpu: number; readonly gbpsCpu: number };
  readonly cases: Readonly<Record<string, CaseResult>>;
  /** Each engine and case alone, in a fresh page. */
  readonly cold: Readonly<Record<string, Readonly<Record<string, Measured>>>>;
}

export interface CaseResult {
  readonly spec: { readonly flops: number; readonly bytes: number };
  readonly engines: Readonly<Record<string, Measured>>;
}

/** The clock that is compared: GPU-process CPU time on Chromium's CPU adapter, else the wall. */
export type ClockName = "gpuCpuMs" | "wallMs";

/** Of graphics cards and of Firefox there is only the wall. */
export function clockOf({ adapter }: BenchResult): ClockName {
  return adapter?.architecture === "swiftshader" ? "gpuCpuMs" : "wallMs";
}
