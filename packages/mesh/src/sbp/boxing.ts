import { type Sbp, sameSbp } from "./sbp.ts";

/** What has to happen where a tensor lies in one way and is read in another. */
export type Boxing =
  | "none"
  /** Each rank does it by itself: takes its part, or sets zeros beside it. */
  | "local"
  | "all-gather"
  | "all-to-all"
  | "reduce-scatter"
  | "all-reduce"
  /** From one rank to another, to all of them, or to each its part; and back from all to one. */
  | "send"
  | "broadcast"
  | "scatter"
  | "gather"
  | "reduce";

const boxings: Record<Sbp["kind"], Record<Sbp["kind"], Boxing>> = {
  broadcast: { broadcast: "none", split: "local", partial: "local", at: "local" },
  split: { broadcast: "all-gather", split: "all-to-all", partial: "local", at: "gather" },
  partial: { broadcast: "all-reduce", split: "reduce-scatter", partial: "none", at: "reduce" },
  at: { broadcast: "broadcast", split: "scatter", partial: "local", at: "send" },
};

export function boxingOf(from: Sbp, to: Sbp): Boxing {
  return sameSbp(from, to) ? "none" : boxings[from.kind][to.kind];
}

/**
 * Bytes of payload that all ranks together receive for it, of a tensor of `bytes` bytes on `ranks` ranks (OneFlow, arXiv 2110.15032, table of
 * boxing on the same devices). An all-to-all, a scatter and a gather move (p - 1) / p of the tensor where axes are cut into equal parts.
 */
export function boxingBytes(from: Sbp, to: Sbp, bytes: number, ranks: number): number {
  const others = ranks - 1;
  switch (boxingOf(from, to)) {
    case "none":
    case "local":
      return 0;
    case "send":
      return bytes;
    case "all-to-all":
    case "scatter":
    case "gather":
      return (others / ranks) * bytes;
    case "all-gather":
    case "reduce-scatter":
    case "broadcast":
    case "reduce":
      return others * bytes;
    case "all-reduce":
      return 2 * others * bytes;
  }
}

/** Whether there is such a boxing at all: a sum cannot become terms of a maximum. */
export function canBox(from: Sbp, to: Sbp): boolean {
  return to.kind !== "partial" || sameSbp(from, to) || (from.kind !== "partial" && to.op === "sum");
}
