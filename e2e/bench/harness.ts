import type { Inputs, Spec } from "./inputs.ts";

/** An op of the harness: its data, what must come out (f64), and the least work. */
export interface HarnessOp {
  readonly inputs: (spec: Spec, random: unknown) => Inputs;
  readonly reference: (spec: Spec, inputs: Inputs) => Float64Array;
  readonly flops: (spec: Spec) => number;
  readonly bytes: (spec: Spec) => number;
}

/** What we read of the harness's `page/cases.js`, which is JavaScript without types. */
export interface Harness {
  readonly cases: readonly Spec[];
  readonly ops: Readonly<Record<string, HarnessOp>>;
  readonly rng: (seed: number) => unknown;
  readonly relFrobenius: (got: ArrayLike<number>, want: ArrayLike<number>) => number;
}

/** Loaded at once: Vite's runner, which reads our tools, is closed before they do their work. */
export const harness: Harness = (await import(
  new URL("peers/page/cases.js", import.meta.url).href
)) as Harness;
