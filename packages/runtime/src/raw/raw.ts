import type { TensorType } from "@tilebook/ir";
import type { AdmissionLimits } from "../admission/index.ts";
import type { TensorHandle } from "../executor.ts";

/** One run of WGSL that a user wrote. It is admitted (bounded and guarded) first. */
export interface RawRun {
  /** Names the text in spans: a cell's id. */
  readonly source: string;
  readonly wgsl: string;
  /** The entry point; may be left out when there is one. */
  readonly entry?: string | undefined;
  /** Workgroups along x, y and z. */
  readonly grid: readonly [number, number, number];
  /** What each buffer variable of the text gets, by its name. */
  readonly buffers: Readonly<Record<string, RawBuffer>>;
  /** What it may take; the limits of raw kernels by default. */
  readonly limits?: AdmissionLimits | undefined;
  /** After the run that counts, measure it so many times on the same inputs: the `samples` of its timing. */
  readonly repeats?: number | undefined;
}

export type RawBuffer =
  /** For `var<storage, read>` and `var<uniform>`. */
  | { readonly kind: "input"; readonly tensor: TensorHandle }
  /** For `var<storage, read_write>`: a new tensor, zero or a copy of `from` before the run. */
  | { readonly kind: "output"; readonly type: TensorType; readonly from?: TensorHandle | undefined };
