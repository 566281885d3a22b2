import { anInteger, anObject, aString, type Decoder, Fault, oneOf } from "@tilebook/base";
import { fromBase64Url, toBase64Url } from "./base64url.ts";
import { type Identity, isSignedBy, type KeyId, keyId, sign } from "./identity.ts";
import { type Role, type RoomLink, roles } from "./room-link.ts";

/** What this page speaks. Another number is refused politely: the two pages are of different versions. */
export const protocol = 2;

/** The first words of either side. */
export interface Hello {
  readonly protocol: number;
  readonly key: string;
  readonly nonce: string;
}

/** A guest's proof: that it owns its key, and knows the secret of the role that it asks for. */
export interface GuestProof {
  readonly signature: string;
  readonly role: Role;
  readonly knows: string;
}

export interface HostProof {
  readonly signature: string;
}

/** Who a host has let prove itself. */
export interface Guest {
  readonly id: KeyId;
  readonly role: Role;
}

const aText: Decoder<string> = aString(300);
export const aHello: Decoder<Hello> = anObject({ protocol: anInteger(0, 1e6), key: aText, nonce: aText });
export const aGuestProof: Decoder<GuestProof> = anObject({
  signature: aText,
  role: oneOf(...roles),
  knows: aText,
});
export const aHostProof: Decoder<HostProof> = anObject({ signature: aText });

export function newHello({ key }: Identity): Hello {
  const nonce = crypto.getRandomValues(new Uint8Array(16));
  return { protocol, key: toBase64Url(key), nonce: toBase64Url(nonce) };
}

/** Both hellos and the connection, as one of the two sees them. */
export interface Seen {
  readonly room: KeyId;
  readonly guest: Hello;
  readonly host: Hello;
  /** The DTLS fingerprint of each side's end of the connection: who stands between two peers has others on each side. */
  readonly guestEnd: string;
  readonly hostEnd: string;
}

/** Faults `room/protocol` and `room/host`: another version, or someone who is not the host that the link names. */
export async function checkHost({ room, host }: Seen): Promise<void> {
  checkProtocol(host);
  if ((await keyId(fromBase64Url(host.key))) !== room)
    throw new Fault("room/host", "this is not the host of the link's room");
}

export function checkProtocol({ protocol: theirs }: Hello): void {
  if (theirs === protocol) return;
  const older = theirs < protocol ? "The other page is older" : "This page is older";
  throw new Fault("room/protocol", `the pages are of different versions (${protocol} and ${theirs})`, {
    hint: `${older}: reload it to get the same version.`,
  });
}

export async function guestProof(
  identity: Identity,
  seen: Seen,
  { role, secret }: RoomLink,
): Promise<GuestProof> {
  const said = transcript("guest", seen, role);
  return {
    role,
    signature: toBase64Url(await sign(identity, said)),
    knows: toBase64Url(await macOf(secret, said)),
  };
}

/** Who a guest is. Fault `room/proof` where anything of it is wrong; it does not say what. */
export async function checkGuest(
  seen: Seen,
  { role, signature, knows }: GuestProof,
  secretOf: (role: Role) => Uint8Array<ArrayBuffer> | undefined,
): Promise<Guest> {
  const key = fromBase64Url(seen.guest.key);
  const said = transcript("guest", seen, role);
  const secret = secretOf(role);
  const signed = await isSignedBy(key, fromBase64Url(signature), said);
  const known = secret !== undefined && (await isMacOf(secret, fromBase64Url(knows), said));
  if (!signed || !known) throw unproven();
  return { id: await keyId(key), role };
}

export async function hostProof(identity: Identity, seen: Seen): Promise<HostProof> {
  return { signature: toBase64Url(await sign(identity, transcript("host", seen))) };
}

export async function checkHostProof(seen: Seen, { signature }: HostProof): Promise<void> {
  const signed = await isSignedBy(
    fromBase64Url(seen.host.key),
    fromBase64Url(signature),
    transcript("host", seen),
  );
  if (!signed) throw unproven();
}

/** All that both said, told apart by lengths, so that no two handshakes have the same. */
function transcript(side: "guest" | "host", seen: Seen, role: Role | "" = ""): Uint8Array<ArrayBuffer> {
  const { room, guest, host, guestEnd, hostEnd } = seen;
  const parts = [
    `tilebook room ${protocol}`,
    side,
    room,
    role,
    guest.key,
    guest.nonce,
    host.key,
    host.nonce,
    guestEnd,
    hostEnd,
  ];
  return new TextEncoder().encode(parts.map((part) => `${part.length}:${part}`).join(""));
}

async function macKey(secret: Uint8Array<ArrayBuffer>, usage: "sign" | "verify"): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, [usage]);
}

async function macOf(secret: Uint8Array<ArrayBuffer>, bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign("HMAC", await macKey(secret, "sign"), bytes));
}

async function isMacOf(
  secret: Uint8Array<ArrayBuffer>,
  mac: Uint8Array<ArrayBuffer>,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  return crypto.subtle.verify("HMAC", await macKey(secret, "verify"), mac, bytes);
}

function unproven(): Fault {
  return new Fault("room/proof", "a peer could not prove who it is");
}
