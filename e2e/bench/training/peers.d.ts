// What we use of the harness's JavaScript. Wildcards, since these files are there without types.

declare module "*/page/instrument.js" {
  export interface Counters {
    readonly dispatches: number;
    readonly passes: number;
    readonly submits: number;
    readonly pipelines: number;
    readonly bytesLive: number;
    readonly bytesPeak: number;
    readonly errors: readonly string[];
  }
  /** Whose the calls of WebGPU are from now on. */
  export function attribute(name: string): void;
  export function counters(name: string): Counters;
  export function resetPeak(name: string): void;
  /** Where subgroups are smaller, this engine gets a device without them. Before it is opened. */
  export function needSubgroup(name: string, size: number): void;
}

declare module "*/engines/jax-training.js" {
  /** A `Setting` in, a `Training` out (setting.ts): a declaration of this kind cannot import them. */
  export function open(setting: unknown): Promise<{ readonly step: (batch: unknown) => Promise<number> }>;
}
