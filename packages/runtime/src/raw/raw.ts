import type { TensorType } from "@tilebook/ir";
import type { AdmissionLimits, OverrideValues } from "../admission/index.ts";
import type { TensorHandle } from "../executor.ts";
import type { RawValue } from "./write-value.ts";

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
  /** Values of override constants, by name; each of the others keeps its initial value. */
  readonly overrides?: OverrideValues | undefined;
  /** What it may take; the limits of raw kernels by default. */
  readonly limits?: AdmissionLimits | undefined;
  /** A lost device is the end of this run (Fault `executor/lost-device`): the kernel may be what took it. */
  readonly once?: boolean | undefined;
  /** After the run that counts, measure it so many times on the same inputs: the `samples` of its timing. */
  readonly repeats?: number | undefined;
}

export type RawBuffer =
  /** For `var<storage, read>` and `var<uniform>`. */
  | { readonly kind: "input"; readonly tensor: TensorHandle }
  /** For `var<uniform>`: numbers, laid out as its type says. */
  | { readonly kind: "value"; readonly value: RawValue }
  /** For `var<storage, read_write>`: a new tensor that holds zeros, or what `from` holds, before the run. */
  | { readonly kind: "output"; readonly type: TensorType; readonly from?: TensorHandle | undefined };
