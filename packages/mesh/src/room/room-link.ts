import { Fault } from "@tilebook/base";
import { type HubAddress, hubCode, readHubCode } from "../meet/hub-address.ts";
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
  /** Where the host can be met, beside the ways that the site itself has. */
  readonly hub?: HubAddress;
}

const secretBytes = 16;
const idCharacters = 22;
const hubMark = "&d=";

export function newSecret(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(secretBytes));
}

/** `#r=<room>.<role>.<secret>`, 56 characters at most; with a hub `&d=<its code>`, 54 more. */
export function roomFragment({ room, role, secret, hub }: RoomLink): string {
  return withHub(`#r=${room}.${role}.${toBase64Url(secret)}`, hub);
}

/** The fragment of a link that names no hub, with this one. */
export function withHub(fragment: string, hub: HubAddress | undefined): string {
  return hub === undefined ? fragment : `${fragment}${hubMark}${hubCode(hub)}`;
}

/** Reads a fragment; undefined where it is none of a room. Fault `room/link` where it is one that is broken. */
export function readRoomFragment(fragment: string): RoomLink | undefined {
  if (!fragment.startsWith("#r=")) return undefined;
  const [place = "", hub, ...others] = fragment.slice("#r=".length).split(hubMark);
  const [room = "", role = "", secret = "", ...more] = place.split(".");
  const known = roles.find((one) => one === role);
  if (known === undefined || more.length + others.length > 0 || room.length !== idCharacters) throw broken();
  try {
    fromBase64Url(room);
    const bytes = fromBase64Url(secret);
    const reached = hub === undefined ? {} : { hub: readHubCode(hub) };
    if (bytes.length === secretBytes) return { room, role: known, secret: bytes, ...reached };
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
