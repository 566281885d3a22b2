import { ManualClock } from "@tilebook/base";
import { GuestDoor } from "../room/guest-door.ts";
import type { Guest } from "../room/handshake.ts";
import { HostDoor } from "../room/host-door.ts";
import { type Identity, newIdentity } from "../room/identity.ts";
import { newSecret, type Role, type RoomLink } from "../room/room-link.ts";
import type { GuestWord, HostWord } from "../room/words.ts";

/** Who plays: two hosts with a room each, a guest who has a link for computing, another guest, and someone who is up to no good and may only watch. */
export interface Cast {
  readonly host: Identity;
  readonly otherHost: Identity;
  readonly guest: Identity;
  readonly otherGuest: Identity;
  readonly mallory: Identity;
  readonly secrets: Readonly<Record<Role, Uint8Array<ArrayBuffer>>>;
  readonly otherSecrets: Readonly<Record<Role, Uint8Array<ArrayBuffer>>>;
}

export async function newCast(): Promise<Cast> {
  const [host, otherHost, guest, otherGuest, mallory] = await Promise.all([
    newIdentity(),
    newIdentity(),
    newIdentity(),
    newIdentity(),
    newIdentity(),
  ]);
  return { host, otherHost, guest, otherGuest, mallory, secrets: secrets(), otherSecrets: secrets() };
}

function secrets(): Cast["secrets"] {
  return { view: newSecret(), edit: newSecret(), compute: newSecret() };
}

/** Fingerprints of the two ends of a connection, as one side sees them. */
export interface Ends {
  readonly guestEnd: string;
  readonly hostEnd: string;
}

export const honestEnds: Ends = { guestEnd: "SHA-256 AA:01", hostEnd: "SHA-256 BB:02" };

/** One side of a connection, whose words are passed on by whoever tells the story. */
export interface Side<Said> {
  readonly said: Said[];
  readonly hear: (word: unknown) => Promise<void>;
  /** The other side has proven itself: what an attacker wants. */
  readonly accepted: () => boolean;
}

export interface HostSide extends Side<HostWord> {
  readonly guest: () => Guest | undefined;
}

/** A host's door, which lets in whoever proves itself. */
export function atHost(
  { host, secrets: own }: Pick<Cast, "host" | "secrets">,
  ends: Ends = honestEnds,
): HostSide {
  const said: HostWord[] = [];
  let guest: Guest | undefined;
  const door = new HostDoor({
    clock: new ManualClock(),
    identity: host,
    secretOf: (role) => own[role],
    ends,
    tell: (word) => said.push(word),
    proven: (who) => {
      guest = who;
      said.push({ kind: "admitted", role: who.role, line: "l", members: [] });
    },
    failed: () => undefined,
  });
  return {
    said,
    hear: (word) => door.hear(structuredClone(word)),
    accepted: () => guest !== undefined,
    guest: () => guest,
  };
}

/** A guest's door. */
export function atGuest(identity: Identity, link: RoomLink, ends: Ends = honestEnds): Side<GuestWord> {
  const said: GuestWord[] = [];
  let isIn = false;
  const door = new GuestDoor({
    clock: new ManualClock(),
    identity,
    link,
    name: "Ada",
    page: "p",
    ends,
    tell: (word) => said.push(word),
    waiting: () => undefined,
    admitted: () => (isIn = true),
    refused: () => undefined,
    failed: () => undefined,
  });
  return { said, hear: (word) => door.hear(structuredClone(word)), accepted: () => isIn };
}

/** What arrives of a word: itself, by default. */
export type Passing = (word: GuestWord | HostWord, from: "guest" | "host") => readonly unknown[];

/** Passes on all that two sides say, until neither says any more. */
export async function converse(
  guest: Side<GuestWord>,
  host: Side<HostWord>,
  passing: Passing = (word) => [word],
): Promise<void> {
  let [byGuest, byHost] = [0, 0];
  while (byGuest < guest.said.length || byHost < host.said.length) {
    const word = guest.said[byGuest];
    if (word !== undefined) {
      byGuest += 1;
      for (const heard of passing(word, "guest")) await host.hear(heard);
      continue;
    }
    const answer = host.said[byHost];
    byHost += 1;
    if (answer !== undefined) for (const heard of passing(answer, "host")) await guest.hear(heard);
  }
}
