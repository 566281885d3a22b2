import { Fault } from "@tilebook/base";
import { fromBase64Url, toBase64Url } from "./base64url.ts";
import type { KeyId } from "./identity.ts";

/** What someone who has the link may do: watch, change the notebook, or compute for it. */
export type Role = "view" | "edit" | "compute";

export const roles: readonly Role[] = ["view", "edit", "compute"];

/** An invitation to a room. The room's name is the hash of its host's key, so the link says itself who the host is. */
export interface RoomLink {
  readonly room: KeyId;
  readonly role: Role;
  /** 128 bits, others for each role. They are in the fragment of the address only, which no server sees. */
  readonly secret: Uint8Array<ArrayBuffer>;
}

const secretBytes = 16;
const idCharacters = 22;

export function newSecret(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(secretBytes));
}

/** `#r=<room>.<role>.<secret>`, 56 characters at most. */
export function roomFragment({ room, role, secret }: RoomLink): string {
  return `#r=${room}.${role}.${toBase64Url(secret)}`;
}

/** Reads a fragment; undefined where it is none of a room. Fault `room/link` where it is one that is broken. */
export function readRoomFragment(fragment: string): RoomLink | undefined {
  if (!fragment.startsWith("#r=")) return undefined;
  const [room = "", role = "", secret = "", ...more] = fragment.slice("#r=".length).split(".");
  const known = roles.find((one) => one === role);
  if (known === undefined || more.length > 0 || room.length !== idCharacters) throw broken();
  try {
    fromBase64Url(room);
    const bytes = fromBase64Url(secret);
    if (bytes.length === secretBytes) return { room, role: known, secret: bytes };
  } catch (cause) {
    throw broken(cause);
  }
  throw broken();
}

function broken(cause?: unknown): Fault {
  return new Fault("room/link", "this link to a room is not whole", {
    hint: "copy all of it, or scan the code again",
    cause,
  });
}
