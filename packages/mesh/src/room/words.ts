import { aBoolean, anArray, anObject, aString, type Decoder, oneOf, tagged } from "@tilebook/base";
import { aGuestProof, aHello, aHostProof, type GuestProof, type Hello, type HostProof } from "./handshake.ts";
import type { KeyId } from "./identity.ts";
import { type Role, roles } from "./room-link.ts";

/** Why a host does not let someone in, or ends it. */
export type Refusal = "locked" | "full" | "declined" | "removed" | "unproven" | "protocol" | "slow";

export interface Member {
  readonly id: KeyId;
  readonly name: string;
  readonly role: Role;
}

/** What a guest says at the door. */
export type GuestWord =
  | { readonly kind: "hello"; readonly hello: Hello; readonly name: string }
  | { readonly kind: "proof"; readonly proof: GuestProof };

/** What a host says there. */
export type HostWord =
  | { readonly kind: "hello"; readonly hello: Hello; readonly proof: HostProof }
  /** The guest has knocked, and a person has to let it in. */
  | { readonly kind: "waiting" }
  | { readonly kind: "admitted"; readonly role: Role; readonly members: readonly Member[] }
  | { readonly kind: "refused"; readonly reason: Refusal; readonly again: boolean };

const aName: Decoder<string> = aString(60);
const aMember: Decoder<Member> = anObject({ id: aString(30), name: aName, role: oneOf(...roles) });

export const aGuestWord: Decoder<GuestWord> = tagged("kind", {
  hello: anObject({ hello: aHello, name: aName }),
  proof: anObject({ proof: aGuestProof }),
});

export const aHostWord: Decoder<HostWord> = tagged("kind", {
  hello: anObject({ hello: aHello, proof: aHostProof }),
  waiting: anObject({}),
  admitted: anObject({ role: oneOf(...roles), members: anArray(aMember, 500) }),
  refused: anObject({
    reason: oneOf("locked", "full", "declined", "removed", "unproven", "protocol", "slow"),
    again: aBoolean,
  }),
});
