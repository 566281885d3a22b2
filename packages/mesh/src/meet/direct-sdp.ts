import type { HubAddress } from "./hub-address.ts";

/**
 * A page reaches a hub without a word of signaling (as libp2p's WebRTC-direct, version 2): it makes an offer that nobody gets, and writes the hub's answer itself,
 * from the hub's address and certificate. What the hub has to know of the page comes with the page's first packet, whose user name (STUN) is
 * `<the hub's ufrag>:<the page's ufrag>`: the page has put its own password into the ufrag that it gives the hub.
 */
const prefix = "tilebook/v1/";

/** The only channel of such a connection; both sides open it by themselves. */
export const hubChannel: { readonly label: string; readonly init: RTCDataChannelInit } = {
  label: "hub",
  init: { negotiated: true, id: 0, ordered: true },
};

/** The name, and the password, that the hub goes by for a page with this password. */
export function hubUfrag(password: string): string {
  return prefix + password;
}

/**
 * The page's password, of the first packet's two names. Undefined where they are not those of a page: lengths and characters are held as RFC 8839 says, since
 * they end up in a description.
 */
export function pagePassword(hub: string, page: string): string | undefined {
  const password = hub.startsWith(prefix) ? hub.slice(prefix.length) : "";
  const isWhole = /^[\d+/a-z]{22,200}$/iu.test(password) && /^[\d+/a-z]{4,64}$/iu.test(page);
  return isWhole ? password : undefined;
}

/** The password of an offer, if it has one. */
export function passwordOf(sdp: string): string | undefined {
  return /^a=ice-pwd:(\S+)\s*$/mu.exec(sdp)?.[1];
}

/** What the hub would answer to an offer with this password. */
export function hubAnswer({ host, port, certificate }: HubAddress, password: string): string {
  const name = hubUfrag(password);
  return description([
    "a=ice-lite",
    `m=application ${port} UDP/DTLS/SCTP webrtc-datachannel`,
    `c=IN IP4 ${host}`,
    "a=mid:0",
    "a=setup:passive",
    `a=ice-ufrag:${name}`,
    `a=ice-pwd:${name}`,
    `a=fingerprint:sha-256 ${asHex(certificate)}`,
    "a=sctp-port:5000",
    "a=max-message-size:65536",
    `a=candidate:1 1 UDP 2113667327 ${host} ${port} typ host`,
    "a=end-of-candidates",
  ]);
}

/** The page's offer as the hub can know it. Its certificate is not known, and not checked: whoever the page is, it gets no more than anybody. */
export function pageOffer(page: string, password: string): string {
  return description([
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    "c=IN IP4 0.0.0.0",
    "a=mid:0",
    "a=setup:active",
    `a=ice-ufrag:${page}`,
    `a=ice-pwd:${password}`,
    `a=fingerprint:sha-256 ${asHex(new Uint8Array(32))}`,
    "a=sctp-port:5000",
    "a=max-message-size:65536",
  ]);
}

function description(lines: readonly string[]): string {
  const head = ["v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0"];
  return [...head, ...lines, ""].join("\r\n");
}

function asHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0").toUpperCase()).join(":");
}
