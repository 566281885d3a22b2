import { aBoolean, anArray, anObject, aString, type Decoder, oneOf, tagged } from "@tilebook/base";
import { aGuestProof, aHello, aHostProof, type GuestProof, type Hello, type HostProof } from "./handshake.ts";
import type { KeyId } from "./identity.ts";
import { type Role, roles } from "./room-link.ts";

/** Why a host does not let someone in, or ends it. */
export type Refusal =
  | "locked"
  | "full"
  | "declined"
  | "removed"
  | "unproven"
  | "protocol"
  | "slow"
  /** Someone with the same key came in over another connection. */
  | "elsewhere"
  /** It broke the rules of a link, and may come back after a while. */
  | "violation"
  /** The host has ended the room. */
  | "closed";

export interface Member {
  readonly id: KeyId;
  readonly name: string;
  readonly role: Role;
}

/** A member who is in. */
export interface Present extends Member {
  /** Another one when its page is another, or was gone for long: then what others had begun with it is over. */
  readonly line: string;
}

/** What a guest says at the door. */
export type GuestWord =
  | { readonly kind: "hello"; readonly hello: Hello; readonly name: string; readonly page: string }
  | { readonly kind: "proof"; readonly proof: GuestProof };

/** What a host says there. */
export type HostWord =
  | { readonly kind: "hello"; readonly hello: Hello; readonly proof: HostProof }
  /** The guest has knocked, and a person has to let it in. */
  | { readonly kind: "waiting" }
  | {
      readonly kind: "admitted";
      readonly role: Role;
      /** The guest's own, as in `Present`. */
      readonly line: string;
      /** The first of the others. */
      readonly members: readonly Present[];
    }
  | { readonly kind: "refused"; readonly reason: Refusal; readonly again: boolean };

/** What ends a line, is not seen, or turns the text around it (but for what joins emoji, and words of Persian). */
const unseen = /[\p{Cc}\p{Cs}\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu;
/** Of a device, as people are shown it. */
const aName: Decoder<string> = (value, path) => aString(60)(value, path).replaceAll(unseen, " ");
const aLine: Decoder<string> = aString(30);
export const aMember: Decoder<Present> = anObject({
  id: aString(30),
  name: aName,
  role: oneOf(...roles),
  line: aLine,
});

export const aRefusal: Decoder<Refusal> = oneOf(
  "locked",
  "full",
  "declined",
  "removed",
  "unproven",
  "protocol",
  "slow",
  "elsewhere",
  "violation",
  "closed",
);

export const aGuestWord: Decoder<GuestWord> = tagged("kind", {
  hello: anObject({ hello: aHello, name: aName, page: aLine }),
  proof: anObject({ proof: aGuestProof }),
});

export const aHostWord: Decoder<HostWord> = tagged("kind", {
  hello: anObject({ hello: aHello, proof: aHostProof }),
  waiting: anObject({}),
  admitted: anObject({ role: oneOf(...roles), line: aLine, members: anArray(aMember, 500) }),
  refused: anObject({ reason: aRefusal, again: aBoolean }),
});
