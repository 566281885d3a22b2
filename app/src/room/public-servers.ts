import { anArray, anObject, aString, type Decoded, type Decoder, optional } from "@tilebook/base";

const aServer = anObject({
  urls: aString(300),
  username: optional(aString(300)),
  credential: optional(aString(300)),
});

/** A server by its address alone, or with the name and the word that a TURN server asks for. */
const anIceServer: Decoder<Decoded<typeof aServer>> = (value, path) =>
  aServer(typeof value === "string" ? { urls: value } : value, path);

/** Public servers that help pages of a site that is only files: `public/meet.json`, which whoever hosts the site may change. */
export const publicServers: Decoder<PublicServers> = anObject({
  /** Relays of Nostr, over which pages find each other. */
  relays: anArray(aString(300), 20),
  /** STUN and TURN servers, by which they find out how they can be reached. */
  iceServers: anArray(anIceServer, 10),
});

export interface PublicServers {
  readonly relays: readonly string[];
  readonly iceServers: readonly RTCIceServer[];
}
