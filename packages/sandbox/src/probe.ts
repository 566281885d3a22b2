import type { FaultData } from "@tilebook/base";
import type { ProfileProbe } from "./profile.ts";
import type { StepOpening, StepProbe } from "./step.ts";

/**
 * Something more that a run does at one launch of a kernel, for whoever looks inside. The run itself goes on as without.
 * One `probed` event comes for it, before the run ends.
 */
export type Probe = VariantProbe | StepProbe | ProfileProbe;

/** Runs another WGSL beside the kernel's own, on the same inputs, and compares what comes out and how long it takes. */
export interface VariantProbe {
  readonly kind: "variant";
  /** The key of the kernel, as its report has it. */
  readonly kernel: string;
  /** Which launch of this kernel in the run, counted from 0. */
  readonly launch: number;
  readonly wgsl: string;
}

export type ProbeResult =
  | VariantResult
  | StepOpening
  /** So many launches were measured: each was told as it was done. */
  | { readonly kind: "profiled"; readonly launches: number }
  /** There is nothing to show. A span in the source `variantSource` is a place in the probe's WGSL. */
  | { readonly kind: "refused"; readonly kernel: string; readonly fault: FaultData };

/** How spans name the text of a `VariantProbe`. */
export const variantSource = "tilebook/variant";

export interface VariantResult {
  readonly kind: "variant";
  readonly kernel: string;
  readonly launch: number;
  /** Each buffer that the kernel writes. */
  readonly outputs: readonly OutputDifference[];
  readonly original: VariantTiming;
  readonly variant: VariantTiming;
  /** What the times are: of the GPU's own clock, or from here until the result was there. */
  readonly clock: "gpu" | "wall";
}

/** Milliseconds of one launch, measurement by measurement, in the order they were taken. */
export interface VariantTiming {
  readonly samples: readonly number[];
}

/** The variant's output against the kernel's own. */
export interface OutputDifference {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Elements that were compared: all, but of very large outputs the first ones. */
  readonly compared: number;
  readonly different: number;
  /** Greatest distance of two elements that are numbers. */
  readonly most: number;
  /** Sum of squared differences over the sum of squares. */
  readonly nmse: number;
  /** The first element that differs, row-major. */
  readonly first?: DifferentElement;
  /** The elements that are farthest apart, the worst first: at most `mostWorst`. */
  readonly worst: readonly DifferentElement[];
}

/** How many of the worst elements are told. */
export const mostWorst = 5;

/** `at`: its place, row-major. */
export interface DifferentElement {
  readonly at: number;
  readonly original: number;
  readonly variant: number;
}
