import type { Channel } from "./channel.ts";
import { through } from "./lanes.ts";
import type { Link } from "./link.ts";
import { openChannels } from "./peer-connection.ts";

export interface HereOptions {
  /** Makes a connection: a browser's own, or one of Node's. */
  readonly connection: () => RTCPeerConnection;
  /** The channels of each side as it is to have them; that for what is urgent is told apart. */
  readonly over?: (channel: Channel, side: 0 | 1, urgent: boolean) => Channel;
}

/** Connects two links that are in the same page. Gives the connections, to be closed. */
export async function connectHere(
  a: Link,
  b: Link,
  { connection, over = (channel) => channel }: HereOptions,
): Promise<readonly [RTCPeerConnection, RTCPeerConnection]> {
  const pair = [connection(), connection()] as const;
  const [mine, others] = await joinConnections(pair, openChannels);
  a.attach(through(mine, (channel, urgent) => over(channel, 0, urgent)));
  b.attach(through(others, (channel, urgent) => over(channel, 1, urgent)));
  return pair;
}

/**
 * Joins two connections of one process by offer and answer, whose candidates are passed on as they come. `open` is called for each side when it may have
 * channels; gives what the two came to.
 */
export async function joinConnections<T>(
  [left, right]: readonly [RTCPeerConnection, RTCPeerConnection],
  open: (side: RTCPeerConnection, isFirst: boolean) => Promise<T>,
): Promise<readonly [T, T]> {
  const [toRight, toLeft] = [candidatesOf(left), candidatesOf(right)];
  const ours = open(left, true);
  const offer = await left.createOffer();
  await left.setLocalDescription(offer);
  await right.setRemoteDescription(offer);
  // Node's connections make an offer of their own as soon as they have a channel, if they have none yet.
  const theirs = open(right, false);
  const answer = await right.createAnswer();
  await right.setLocalDescription(answer);
  await left.setRemoteDescription(answer);
  toRight(right);
  toLeft(left);
  return Promise.all([ours, theirs]);
}

/**
 * Gathers a connection's candidates, until it is told who takes them. That is when both sides have both descriptions: of Node's connections, 3 in 100 failed
 * where the answering side had candidates before the other had its answer.
 */
function candidatesOf(from: RTCPeerConnection): (to: RTCPeerConnection) => void {
  const early: RTCIceCandidate[] = [];
  let taker: RTCPeerConnection | undefined;
  // A connection that was closed meanwhile takes none.
  const give = (candidate: RTCIceCandidate): void =>
    void taker?.addIceCandidate(candidate).catch(() => undefined);
  from.addEventListener("icecandidate", ({ candidate }) => {
    if (candidate === null) return;
    if (taker === undefined) early.push(candidate);
    else give(candidate);
  });
  return (to) => {
    taker = to;
    for (const candidate of early) give(candidate);
  };
}
