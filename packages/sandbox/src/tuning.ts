import type { Tunable, TuneProgress, TuningRecord } from "@tilebook/runtime";

/** A config that a notebook asks for: it is used wherever the compiler offers it for this key. */
export interface TuningPin {
  /** Names a kernel and the class of its sizes. */
  readonly key: string;
  /** The config, as text. */
  readonly config: string;
}

/** What the app tells the tuner. */
export type TuningOrder =
  /** Tries what these keys name, or all that is not tuned yet. Runs of cells go first. */
  | { readonly kind: "tune"; readonly keys?: readonly string[] }
  /** What is being tried is left. Nothing is tried by itself before the next run of a cell, and what was left not at all. */
  | { readonly kind: "stop" }
  | { readonly kind: "forget"; readonly key: string }
  /** These pins and no others. */
  | { readonly kind: "pins"; readonly pins: readonly TuningPin[] }
  /** What the notebook says was the fastest somewhere, and nothing else. It is used on devices of the same class. */
  | { readonly kind: "records"; readonly records: readonly TuningRecord[] }
  /** Whether dear kernels are tried by themselves, when nothing has run for a while. */
  | { readonly kind: "auto"; readonly on: boolean }
  /** Whether the whole `TuningView` is told at each change. */
  | { readonly kind: "show"; readonly on: boolean };

/** What the tuner knows. */
export interface TuningView {
  /** Names the class of devices and the version of the compiler. */
  readonly device: string;
  readonly kernels: readonly Tunable[];
  readonly progress?: TuneProgress;
}

/** Where what was measured is kept, by the name of a class of devices. */
export interface TuningShelf {
  /** What `keep` was given last. */
  kept(device: string): Promise<string | undefined>;
  keep(device: string, text: string): void;
}
