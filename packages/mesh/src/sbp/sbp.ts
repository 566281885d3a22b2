import type { TensorType } from "@tilebook/ir";

/**
 * How one tensor lies on the ranks of a group (OneFlow, arXiv 2110.15032): cut along an axis, whole on each, or as terms of the right shape
 * that have to be put together by `op`.
 */
export type Sbp =
  | { readonly kind: "split"; readonly axis: number }
  | { readonly kind: "broadcast" }
  | { readonly kind: "partial"; readonly op: PartialOp };

export type PartialOp = "sum" | "max" | "min";

export const broadcast: Sbp = { kind: "broadcast" };
export const partial: Record<PartialOp, Sbp> = {
  sum: { kind: "partial", op: "sum" },
  max: { kind: "partial", op: "max" },
  min: { kind: "partial", op: "min" },
};

export function split(axis: number): Sbp {
  return { kind: "split", axis };
}

/** As people write it: S(0), B, P, P(max). Equal texts are equal layouts. */
export function sayOf(sbp: Sbp): string {
  if (sbp.kind === "broadcast") return "B";
  if (sbp.kind === "split") return `S(${sbp.axis})`;
  return sbp.op === "sum" ? "P" : `P(${sbp.op})`;
}

export function sameSbp(a: Sbp, b: Sbp): boolean {
  return sayOf(a) === sayOf(b);
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

/** The part of a tensor that lies on one rank. */
export function localType({ dtype, shape }: TensorType, sbp: Sbp, rank: number, ranks: number): TensorType {
  if (sbp.kind !== "split") return { dtype, shape };
  const range = rangesOf(shape[sbp.axis] ?? 0, ranks)[rank];
  return { dtype, shape: shape.with(sbp.axis, range === undefined ? 0 : range.end - range.start) };
}
