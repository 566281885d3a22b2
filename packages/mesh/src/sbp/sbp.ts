import { type Layout, type PartialOp, sayLayout, type TensorType } from "@tilebook/ir";

/**
 * How one tensor lies on the ranks of a group (OneFlow, arXiv 2110.15032): cut along an axis, whole on each, as terms of the right shape that have to be
 * put together by `op`, or whole on one rank and nowhere else.
 */
export type Sbp = Layout;

export const broadcast: Sbp = { kind: "broadcast" };
export const partial: Record<PartialOp, Sbp> = {
  sum: { kind: "partial", op: "sum" },
  max: { kind: "partial", op: "max" },
  min: { kind: "partial", op: "min" },
};

export function split(axis: number): Sbp {
  return { kind: "split", axis };
}

export function at(rank: number): Sbp {
  return { kind: "at", rank };
}

/** As people write it: S(0), B, P, P(max), at 1. Equal texts are equal layouts. */
export function sayOf(sbp: Sbp): string {
  return sayLayout(sbp);
}

export function sameSbp(a: Sbp, b: Sbp): boolean {
  return sayOf(a) === sayOf(b);
}

/** Whether a rank has anything of a tensor that lies so. */
export function liesOn(sbp: Sbp, rank: number): boolean {
  return sbp.kind !== "at" || sbp.rank === rank;
}

/** A part of an axis: from `start` up to, not including, `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** The parts of an axis, one a rank, in order; as equal as whole numbers can be. */
export function rangesOf(size: number, ranks: number): readonly Range[] {
  const edge = (rank: number): number => Math.floor((size * rank) / ranks);
  return Array.from({ length: ranks }, (_, rank) => ({ start: edge(rank), end: edge(rank + 1) }));
}

/** The part of a tensor that lies on one rank, which has one. */
export function localType({ dtype, shape }: TensorType, sbp: Sbp, rank: number, ranks: number): TensorType {
  if (sbp.kind !== "split") return { dtype, shape };
  const range = rangesOf(shape[sbp.axis] ?? 0, ranks)[rank];
  return { dtype, shape: shape.with(sbp.axis, range === undefined ? 0 : range.end - range.start) };
}
