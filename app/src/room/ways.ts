import { decodeJson, Fault } from "@tilebook/base";
import {
  configurationOf,
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
import { type PublicServers, publicServers } from "./public-servers.ts";

export interface Ways {
  readonly rendezvous: Rendezvous;
  /** Where other devices find this site, if that is not where this page was loaded from. */
  readonly address: string | undefined;
  /** A hub at which this page can be met, for links. */
  readonly hub: HubAddress | undefined;
  /** A connection to someone whom this page has met. */
  readonly connection: () => RTCPeerConnection;
  /** Nobody is met any more: connections to relays and hubs end. Those to whom this page has met stay. */
  readonly close: () => void;
}

export interface Wish {
  readonly hub?: HubAddress | undefined;
  /** Others are not to learn this device's address. */
  readonly hidden?: boolean;
}

/**
 * The ways in which a page of this site meets another: tabs of one browser, a hub if one is named, and the relay of the server that it came from; where that has
 * none, public ones. A page of this machine itself asks nobody outside. Who is hidden uses only those that offer a relay for what is said afterwards; Fault
 * `room/hidden` where there is none.
 */
export async function waysToMeet({ hub, hidden = false }: Wish): Promise<Ways> {
  const direct = hub === undefined ? [] : [directTopics(hub)];
  const relay = await findRelay(location.href);
  const found = { address: relay?.address, hub: hub ?? relay?.hub };
  if (hidden && found.hub === undefined) throw nowhereToHide();
  // Who is met by a relay is met by the hub beside it, too.
  const here = relay === undefined ? [] : [relayTopics(relay.url)];
  if (hidden) return { ...waysBy([...here, ...direct], { hidden, servers: [] }), ...found };
  const { relays, iceServers } = relay !== undefined || isOfThisMachine() ? nobody : await serversOfSite();
  const more = await publicTopics(relays, direct.length > 0);
  const ways = [tabTopics(), ...here, ...direct, ...more];
  return { ...waysBy(ways, { hidden, servers: iceServers }), ...found };
}

/** A hub in a hall needs nothing that has to be loaded from elsewhere, so a room that has one does without the rest. */
async function publicTopics(relays: readonly string[], hasHub: boolean): Promise<readonly Topics[]> {
  if (relays.length === 0) return [];
  try {
    return [(await loadNostr())(relays)];
  } catch (error) {
    if (hasHub) return [];
    throw error;
  }
}

function waysBy(
  ways: readonly Topics[],
  { hidden, servers }: { readonly hidden: boolean; readonly servers: readonly RTCIceServer[] },
): Pick<Ways, "rendezvous" | "connection" | "close"> {
  const configuration = (): RTCConfiguration => {
    const { iceServers = [], ...rest } = configurationOf(ways, hidden);
    return { ...rest, iceServers: [...iceServers, ...servers] };
  };
  return {
    rendezvous: meetBy({ ways, configuration }),
    connection: () => new RTCPeerConnection(configuration()),
    close: () => ways.forEach((way) => way.close()),
  };
}

function nowhereToHide(): Fault {
  return new Fault("room/hidden", "there is no hub to hide this address behind", {
    hint: "`npx tilebook hub` on a machine of this network is one",
  });
}

const nobody: PublicServers = { relays: [], iceServers: [] };

async function serversOfSite(): Promise<PublicServers> {
  try {
    const answer = await fetch(new URL("meet.json", document.baseURI));
    return decodeJson(publicServers, await answer.text(), 20_000);
  } catch {
    return nobody;
  }
}

function isOfThisMachine(): boolean {
  return ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
}
