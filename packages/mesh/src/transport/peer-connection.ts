import { Fault } from "@tilebook/base";
import { type Channel, dataChannel } from "./channel.ts";
import type { Channels } from "./lanes.ts";

/**
 * Numbers of the channels that both sides open by themselves, far from those that a library for rendezvous gives to its own. Channels of one
 * connection share its congestion window: more than one for bulk gains nothing, but more connections may (`width.ts`).
 */
const controlId = 100;
const bulkId = 101;
const stripeId = 102;

/** The event of a connection whose other side breaks the rules where no link hears it. */
export const violation: string = "violation";

/** Channels that were opened before anyone asked for them. */
const opening = new WeakMap<RTCPeerConnection, Promise<Channels>>();

/**
 * The two channels of a connection, once both are open. Called by both sides, before the offer is made or when the connection is up: they are negotiated
 * beforehand, so neither side has to tell the other. Rejects with `mesh/closed` where the connection fails first.
 */
export async function openChannels(connection: RTCPeerConnection): Promise<Channels> {
  const begun = opening.get(connection);
  opening.delete(connection);
  return begun ?? newChannels(connection);
}

/**
 * Opens the channels of a connection that is up, for `openChannels` to give later. What comes for a channel that is not there yet is lost, and Node's connections
 * close it: so they have to be there before the other side hears that it may speak.
 */
export function prepareChannels(connection: RTCPeerConnection): void {
  if (opening.has(connection)) return;
  const begun = newChannels(connection);
  begun.catch(() => undefined);
  opening.set(connection, begun);
}

async function newChannels(connection: RTCPeerConnection): Promise<Channels> {
  const open = (label: string, id: number): Promise<Channel> =>
    opened(connection, connection.createDataChannel(label, { negotiated: true, id, ordered: true }));
  const [control, bulk] = await Promise.all([open("control", controlId), open("bulk", bulkId)]);
  return { control, bulk: [bulk] };
}

/** The channel of a connection that a link has beside its first one. */
export function openStripe(connection: RTCPeerConnection): Promise<Channel> {
  const channel = connection.createDataChannel("stripe", { negotiated: true, id: stripeId, ordered: true });
  return opened(connection, channel);
}

function opened(connection: RTCPeerConnection, channel: RTCDataChannel): Promise<Channel> {
  return new Promise((resolve, reject) => {
    const fail = (): void => reject(new Fault("mesh/closed", "the connection failed before it was open"));
    const ready = dataChannel(channel);
    if (channel.readyState === "open") return resolve(ready);
    channel.addEventListener("open", () => resolve(ready), { once: true });
    channel.addEventListener("close", fail, { once: true });
    connection.addEventListener("connectionstatechange", () => {
      if (connection.connectionState === "failed" || connection.connectionState === "closed") fail();
    });
  });
}
