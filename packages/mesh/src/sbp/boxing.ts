import { type Sbp, sameSbp } from "./sbp.ts";

/** What has to happen where a tensor lies in one way and is read in another. */
export type Boxing =
  | "none"
  /** Each rank does it by itself: takes its part, or sets zeros beside it. */
  | "local"
  | "all-gather"
  | "all-to-all"
  | "reduce-scatter"
  | "all-reduce";

export function boxingOf(from: Sbp, to: Sbp): Boxing {
  if (sameSbp(from, to)) return "none";
  if (from.kind === "broadcast" || (from.kind === "split" && to.kind === "partial")) return "local";
  if (from.kind === "split") return to.kind === "broadcast" ? "all-gather" : "all-to-all";
  return to.kind === "split" ? "reduce-scatter" : "all-reduce";
}

/**
 * Bytes of payload that all ranks together receive for it, of a tensor of `bytes` bytes on `ranks` ranks (OneFlow, arXiv 2110.15032, table of
 * boxing on the same devices). An all-to-all moves (p - 1) / p of the tensor where both axes are cut into equal parts.
 */
export function boxingBytes(from: Sbp, to: Sbp, bytes: number, ranks: number): number {
  const others = ranks - 1;
  switch (boxingOf(from, to)) {
    case "none":
    case "local":
      return 0;
    case "all-to-all":
      return (others / ranks) * bytes;
    case "all-gather":
    case "reduce-scatter":
      return others * bytes;
    case "all-reduce":
      return 2 * others * bytes;
  }
}

/** Whether there is such a boxing at all: a sum cannot become terms of a maximum. */
export function canBox(from: Sbp, to: Sbp): boolean {
  return to.kind !== "partial" || sameSbp(from, to) || (from.kind !== "partial" && to.op === "sum");
}
