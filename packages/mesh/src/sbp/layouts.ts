import type { Sbp } from "./sbp.ts";

/** How an output is wanted: in a layout, in that of an input (weights after a step), or as it comes. */
export type Wanted = Sbp | { readonly kind: "as"; readonly tensor: string } | undefined;

export interface Layouts {
  readonly ranks: number;
  /** The ways in which an input may lie, by its tensor: one where it lies already, several where it may be put as is best. */
  readonly inputs: (tensor: string) => readonly Sbp[];
  readonly outputs?: readonly Wanted[];
  /** Whether an input is still to be brought to the ranks. Of layouts that cost the same, such a one gets that of the fewest bytes. */
  readonly brought?: (tensor: string) => boolean;
  /**
   * Operations that a rank does in the time in which a byte is received. With Infinity (the default) only bytes count, and what
   * lies everywhere is computed everywhere.
   */
  readonly operationsPerByte?: number;
}
