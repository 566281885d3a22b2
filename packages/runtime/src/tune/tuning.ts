/**
 * measured: it ran, was right, and has its time. slow: right, but cut after its first measurement, or stopped. wrong: other
 * results than the first config. failed: it did not compile, or not in time, or its run failed. pruned: not tried, by what is
 * counted in its code. same: the same code as an earlier one.
 */
export type CandidateStatus = "measured" | "slow" | "wrong" | "failed" | "pruned" | "same";

export const candidateStatuses = ["measured", "slow", "wrong", "failed", "pruned", "same"] as const;

/** Longer names and reasons are cut: they cross walls, and are kept. */
const mostWords = 400;

export function inShort(words: string): string {
  return words.length > mostWords ? `${words.slice(0, mostWords)}…` : words;
}

/** What came of one config. */
export interface Candidate {
  /** As `configText` gives it. */
  readonly config: string;
  readonly status: CandidateStatus;
  /** Median of the samples. */
  readonly milliseconds?: number;
  readonly samples?: readonly number[];
  /** Why it is not measured. */
  readonly reason?: string;
  readonly registers?: number;
  readonly workgroupBytes?: number;
  readonly wgslBytes?: number;
}

/** What is known about the configs of one choice on one device. */
export interface KernelTuning {
  /** The choice's. */
  readonly key: string;
  /** The kernel's name. */
  readonly kernel: string;
  /** The config to use, as text. */
  readonly winner: string;
  readonly clock: "gpu" | "wall";
  /** False when it was stopped, or time was up, before all were tried. */
  readonly complete: boolean;
  /** The file that it was read from. Nothing where it was measured here. */
  readonly from?: string;
  readonly candidates: readonly Candidate[];
}
