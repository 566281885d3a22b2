import { RTCPeerConnection as NodeConnection } from "node-datachannel/polyfill";
import type { Link } from "../transport/link.ts";
import { openChannels } from "../transport/peer-connection.ts";

/** The same interface as a browser's; only its private fields differ. */
export function openConnection(): RTCPeerConnection {
  return new NodeConnection({ iceServers: [] }) as unknown as RTCPeerConnection;
}

/** Connects two links by offer and answer, whose candidates are passed on as they come. Gives the connections, to be closed. */
export async function connectByWebRtc(
  a: Link,
  b: Link,
): Promise<readonly [RTCPeerConnection, RTCPeerConnection]> {
  const [left, right] = [openConnection(), openConnection()];
  for (const [from, to] of [
    [left, right],
    [right, left],
  ] as const) {
    from.addEventListener("icecandidate", ({ candidate }) => {
      // A connection that a test has closed takes no candidates.
      if (candidate !== null) to.addIceCandidate(candidate).catch(() => undefined);
    });
  }
  const channels = [openChannels(left), openChannels(right)] as const;
  const offer = await left.createOffer();
  await left.setLocalDescription(offer);
  await right.setRemoteDescription(offer);
  const answer = await right.createAnswer();
  await right.setLocalDescription(answer);
  await left.setRemoteDescription(answer);
  const [mine, theirs] = await Promise.all(channels);
  a.attach(mine);
  b.attach(theirs);
  return [left, right];
}
