import { anArray, anObject, aString, type Decoded, decodeJson } from "@tilebook/base";
import {
  directTopics,
  findRelay,
  type HubAddress,
  loadNostr,
  meetBy,
  relayTopics,
  type Rendezvous,
  tabTopics,
  type Topics,
} from "@tilebook/mesh/room";

export interface Ways {
  readonly rendezvous: Rendezvous;
  /** Where other devices find this site, if that is not where this page was loaded from. */
  readonly address: string | undefined;
  /** A hub at which this page can be met, for links. */
  readonly hub: HubAddress | undefined;
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
 * The ways in which a page of this site meets another: tabs of one browser, a hub if one is named, and the relay of the server that it came from; where that has
 * none, public ones. A page of this machine itself asks nobody outside.
 */
export async function waysToMeet(hub?: HubAddress): Promise<Ways> {
  const direct = hub === undefined ? [] : [directTopics(hub)];
  const relay = await findRelay(location.href);
  if (relay !== undefined) {
    // Who is met by the relay is met by the hub beside it, too.
    const ways = [tabTopics(), relayTopics(relay.url), ...direct];
    return { ...waysBy(ways, []), address: relay.address, hub: hub ?? relay.hub };
  }
  const { relays, iceServers } = isOfThisMachine() ? nobody : await publicServers();
  const more = relays.length === 0 ? [] : [(await loadNostr())(relays)];
  return { ...waysBy([tabTopics(), ...direct, ...more], iceServers), address: undefined, hub };
}

function waysBy(ways: readonly Topics[], urls: readonly string[]): Pick<Ways, "rendezvous" | "connection"> {
  const iceServers = urls.map((url) => ({ urls: url }));
  return {
    rendezvous: meetBy({ ways, iceServers }),
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
