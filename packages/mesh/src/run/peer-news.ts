import {
  aNumber,
  anArray,
  anInteger,
  anObject,
  aString,
  type Decoder,
  oneOf,
  optional,
  tagged,
} from "@tilebook/base";

/** Why a peer takes no tasks for now. */
export type PauseReason = "hidden" | "person" | "battery" | "data";

/** What a page that computes for a room tells its host about itself, as messages of its own. They are for people to see: nothing relies on them. */
export type PeerNews =
  /** What it computes on. Speeds come later than the rest, and not from every device. */
  | {
      readonly kind: "device";
      readonly device: "gpu" | "interpreter";
      readonly name: string;
      /** Why there is no GPU. */
      readonly reason?: string;
      /** Bytes that others may have it hold. */
      readonly budgetBytes: number;
      /** Part of its time, in (0, 1]. */
      readonly share: number;
      /** Billions of operations in f32 and of bytes, per second. */
      readonly gflops?: number;
      readonly gigabytesPerSecond?: number;
    }
  | { readonly kind: "ready" }
  /** Answers `HostAsks`: bytes of values that it has received from each peer, and of everything else. */
  | {
      readonly kind: "counted";
      readonly ask: number;
      readonly from: readonly { readonly peer: string; readonly bytes: number }[];
      readonly other: number;
    }
  | { readonly kind: "paused"; readonly reason: PauseReason }
  /** Its device is gone. `recovering`: the next one is on its way. */
  | { readonly kind: "lost"; readonly message: string; readonly recovering: "yes" | "no" };

export const aPeerNews: Decoder<PeerNews> = tagged("kind", {
  device: anObject({
    device: oneOf("gpu", "interpreter"),
    name: aString(200),
    reason: optional(aString(500)),
    budgetBytes: aNumber,
    share: aNumber,
    gflops: optional(aNumber),
    gigabytesPerSecond: optional(aNumber),
  }),
  ready: anObject({}),
  counted: anObject({
    ask: anInteger(0, Number.MAX_SAFE_INTEGER),
    from: anArray(anObject({ peer: aString(30), bytes: aNumber }), 500),
    other: aNumber,
  }),
  paused: anObject({ reason: oneOf("hidden", "person", "battery", "data") }),
  lost: anObject({ message: aString(500), recovering: oneOf("yes", "no") }),
});

/** What a host's page asks of one that computes. */
export interface HostAsks {
  readonly kind: "count";
  readonly ask: number;
}

export const aHostAsks: Decoder<HostAsks> = anObject({
  kind: oneOf("count"),
  ask: anInteger(0, Number.MAX_SAFE_INTEGER),
});
