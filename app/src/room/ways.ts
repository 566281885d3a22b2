import { anArray, anObject, aString, type Decoded, decodeJson } from "@tilebook/base";
import { findRelay, loadNostr, meetBy, relayTopics, type Rendezvous, tabTopics } from "@tilebook/mesh/room";

export interface Ways {
  readonly rendezvous: Rendezvous;
  /** Where other devices find this site, if that is not where this page was loaded from. */
  readonly address: string | undefined;
  /** A connection to someone whom this page has met. */
  readonly connection: () => RTCPeerConnection;
}

/** Public servers that help pages of a site that is only files: `public/meet.json`, which whoever hosts the site may change. */
const servers = anObject({
  /** Relays of Nostr, over which pages find each other. */
  relays: anArray(aString(300), 20),
  /** STUN and TURN servers, by which they find out how they can be reached. */
  iceServers: anArray(aString(300), 10),
});

/**
 * The ways in which a page of this site meets another: tabs of one browser, and the relay of the server that it came from; where that has none, public
 * ones. A page of this machine itself asks nobody outside.
 */
export async function waysToMeet(): Promise<Ways> {
  const relay = await findRelay(location.href);
  if (relay !== undefined) return waysBy([tabTopics(), relayTopics(relay.url)], [], relay.address);
  const { relays, iceServers } = isOfThisMachine() ? nobody : await publicServers();
  const more = relays.length === 0 ? [] : [(await loadNostr())(relays)];
  return waysBy([tabTopics(), ...more], iceServers, undefined);
}

function waysBy(
  ways: Parameters<typeof meetBy>[0]["ways"],
  urls: readonly string[],
  address: string | undefined,
): Ways {
  const iceServers = urls.map((url) => ({ urls: url }));
  return {
    rendezvous: meetBy({ ways, iceServers }),
    address,
    connection: () => new RTCPeerConnection({ iceServers }),
  };
}

const nobody: Decoded<typeof servers> = { relays: [], iceServers: [] };

async function publicServers(): Promise<Decoded<typeof servers>> {
  try {
    const answer = await fetch(new URL("meet.json", document.baseURI));
    return decodeJson(servers, await answer.text(), 20_000);
  } catch {
    return nobody;
  }
}

function isOfThisMachine(): boolean {
  return ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
}
