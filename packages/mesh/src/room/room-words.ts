import { anArray, anInteger, anObject, aString, type Decoder, oneOf, optional, tagged } from "@tilebook/base";
import type { KeyId } from "./identity.ts";
import { aMember, aRefusal, type Present, type Refusal } from "./words.ts";

/** How two guests get a connection: what one of them says, which the host passes on. Signed by its sender (`edge-proof.ts`). */
export interface Signal {
  /** A number of 128 bits that whoever offers draws. */
  readonly session: string;
  readonly kind: "call" | "offer" | "answer" | "candidate";
  /** A description, or a candidate as JSON. */
  readonly body: string;
  /** The sender's key, and its signature. */
  readonly key: string;
  readonly signature: string;
}

/** What a host says to those who are in. */
export type HostSays =
  | { readonly kind: "came"; readonly members: readonly Present[] }
  | { readonly kind: "gone"; readonly ids: readonly KeyId[] }
  /** Another member said this. */
  | { readonly kind: "signal"; readonly peer: KeyId; readonly signal: Signal }
  /** These are to be linked with each other. Each answers when its links are there. */
  | { readonly kind: "together"; readonly ask: number; readonly ids: readonly KeyId[] }
  /** The room ends for this guest. */
  | { readonly kind: "ended"; readonly reason: Refusal }
  /** Anything of the page's own. */
  | { readonly kind: "app"; readonly body?: unknown };

/** What those who are in say to the host. */
export type GuestSays =
  | { readonly kind: "signal"; readonly peer: KeyId; readonly signal: Signal }
  /** Its links are there, but for those to these. */
  | { readonly kind: "linked"; readonly ask: number; readonly missing: readonly KeyId[] }
  | { readonly kind: "app"; readonly body?: unknown };

/** How many members a guest is told of when it is let in, and at most in one message: 12 KB. The others follow. */
export const firstMembers = 50;

const anId: Decoder<KeyId> = aString(30);
const ids: Decoder<KeyId[]> = anArray(anId, 500);
const anAsk: Decoder<number> = anInteger(0, Number.MAX_SAFE_INTEGER);
const anything: Decoder<unknown> = (value) => value;

export const aSignal: Decoder<Signal> = anObject({
  session: aString(30),
  kind: oneOf("call", "offer", "answer", "candidate"),
  body: aString(12_000),
  key: aString(100),
  signature: aString(100),
});

const app = anObject({ body: optional(anything) });
const signal = anObject({ peer: anId, signal: aSignal });

export const aHostSays: Decoder<HostSays> = tagged("kind", {
  came: anObject({ members: anArray(aMember, 500) }),
  gone: anObject({ ids }),
  signal,
  together: anObject({ ask: anAsk, ids }),
  ended: anObject({ reason: aRefusal }),
  app,
});

export const aGuestSays: Decoder<GuestSays> = tagged("kind", {
  signal,
  linked: anObject({ ask: anAsk, missing: ids }),
  app,
});
