import { findRelay, meetBy, relayTopics, type Rendezvous, tabTopics } from "@tilebook/mesh/room";

export interface Ways {
  readonly rendezvous: Rendezvous;
  /** Where other devices find this site, if that is not where this page was loaded from. */
  readonly address: string | undefined;
}

/** The ways in which a page of this site meets another: tabs of one browser, and the relay of the server that it came from. */
export async function waysToMeet(): Promise<Ways> {
  const relay = await findRelay(location.href);
  const ways = relay === undefined ? [] : [relayTopics(relay.url)];
  return { rendezvous: meetBy({ ways: [tabTopics(), ...ways] }), address: relay?.address };
}
