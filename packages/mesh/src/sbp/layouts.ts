import type { Sbp } from "./sbp.ts";

/** How an output is wanted: in a layout, in that of an input (weights after a step), or as it comes. */
export type Wanted = Sbp | { readonly kind: "as"; readonly tensor: string } | undefined;

export interface Layouts {
  readonly ranks: number;
  /** The ways in which an input may lie, by its tensor: one where it lies already, several where it may be put as is best. */
  readonly inputs: (tensor: string) => readonly Sbp[];
  readonly outputs?: readonly Wanted[];
  /**
   * Operations that a rank does in the time in which a byte is received. With Infinity (the default) only bytes count, and what
   * lies everywhere is computed everywhere.
   */
  readonly operationsPerByte?: number;
}
