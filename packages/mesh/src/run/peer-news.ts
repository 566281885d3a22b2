import {
  aBoolean,
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
import type { LinkSpeed } from "../transport/throttle.ts";
import { checkSpeed } from "./link-wish.ts";
import type { LinkSeen } from "./seen-links.ts";

/** Why a peer takes no tasks for now. */
export type PauseReason = "hidden" | "person" | "battery" | "data";

/** Answers `HostAsks`, by its number. */
export type PeerAnswer =
  /** Bytes of values that it has received from each peer, and of everything else. */
  | {
      readonly kind: "counted";
      readonly ask: number;
      readonly from: readonly { readonly peer: string; readonly bytes: number }[];
      readonly other: number;
    }
  | { readonly kind: "links"; readonly ask: number; readonly links: readonly LinkSeen[] }
  | { readonly kind: "slowed"; readonly ask: number };

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
  | PeerAnswer
  | { readonly kind: "paused"; readonly reason: PauseReason }
  /** Its device is gone. `recovering`: the next one is on its way. */
  | { readonly kind: "lost"; readonly message: string; readonly recovering: "yes" | "no" };

const anAsk: Decoder<number> = anInteger(0, Number.MAX_SAFE_INTEGER);
const aPeer: Decoder<string> = aString(30);

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
    ask: anAsk,
    from: anArray(anObject({ peer: aPeer, bytes: aNumber }), 500),
    other: aNumber,
  }),
  links: anObject({
    ask: anAsk,
    links: anArray(anObject({ peer: aPeer, roundTrip: optional(aNumber), rate: optional(aNumber) }), 500),
  }),
  slowed: anObject({ ask: anAsk }),
  paused: anObject({ reason: oneOf("hidden", "person", "battery", "data") }),
  lost: anObject({ message: aString(500), recovering: oneOf("yes", "no") }),
});

/** What a host's page asks of one that computes, but for the number by which it knows the answer. */
export type HostQuestion =
  | { readonly kind: "count" }
  /** How its links to these peers are; `probes`: after it has sent a little over each of them. */
  | { readonly kind: "links"; readonly peers: readonly string[]; readonly probes: boolean }
  /** That its links to these peers are as slow as this from now on, or as they are. */
  | { readonly kind: "slow"; readonly peers: readonly string[]; readonly speed: LinkSpeed };

export type HostAsks = HostQuestion & { readonly ask: number };

const somePeers: Decoder<string[]> = anArray(aPeer, 500);

export const aHostAsks: Decoder<HostAsks> = tagged("kind", {
  count: anObject({ ask: anAsk }),
  links: anObject({ ask: anAsk, peers: somePeers, probes: aBoolean }),
  slow: anObject({
    ask: anAsk,
    peers: somePeers,
    speed: (value, path) => {
      const speed = anObject({ mbps: optional(aNumber), ms: optional(aNumber), loss: optional(aNumber) })(
        value,
        path,
      );
      checkSpeed(speed);
      return speed;
    },
  }),
});
