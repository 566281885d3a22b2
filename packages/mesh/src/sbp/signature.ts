import type { NodeId } from "@tilebook/ir";
import { broadcast, type Sbp } from "./sbp.ts";

/** One legal way for a node to be computed by every rank on what it has: how its inputs lie (in the order of `readsOf`), and then its result. */
export interface Signature {
  readonly inputs: readonly Sbp[];
  readonly output: Sbp;
}

export type ShapeOf = (node: NodeId) => readonly number[];

/** Whole inputs, whole result, on every rank. */
export function everywhere(inputs: number): Signature {
  return { inputs: Array.from({ length: inputs }, () => broadcast), output: broadcast };
}

export function axes(rank: number): readonly number[] {
  return Array.from({ length: rank }, (_, axis) => axis);
}
