import type { UdpEmulator } from "./udp-emulator.ts";
import { openConnection } from "./web-rtc.ts";

export interface Through<T> {
  /** What each side opens on its connection. */
  readonly opened: readonly [T, T];
  readonly connections: readonly [RTCPeerConnection, RTCPeerConnection];
}

/** Connects two connections of Node's, over an emulator if there is one. */
export async function connectThrough<T>(
  open: (connection: RTCPeerConnection) => Promise<T>,
  emulator?: UdpEmulator,
): Promise<Through<T>> {
  const [left, right] = [openConnection(), openConnection()];
  const gathered = [candidatesOf(left), candidatesOf(right)] as const;
  const mine = open(left);
  const offer = await left.createOffer();
  await left.setLocalDescription(offer);
  await right.setRemoteDescription(bare(offer));
  const theirs = open(right);
  const answer = await right.createAnswer();
  await right.setLocalDescription(answer);
  await left.setRemoteDescription(bare(answer));
  for (const [side, to] of [
    [0, right],
    [1, left],
  ] as const)
    gathered[side]((candidate) => {
      const text =
        emulator === undefined ? candidate.candidate : emulator.candidate(side, candidate.candidate);
      if (text !== undefined)
        to.addIceCandidate({ candidate: text, sdpMid: candidate.sdpMid }).catch(() => undefined);
    });
  return { opened: await Promise.all([mine, theirs]), connections: [left, right] };
}

/** Without its candidates, which are passed on one by one. */
function bare({ type, sdp = "" }: RTCSessionDescriptionInit): RTCSessionDescriptionInit {
  const lines = sdp.split("\r\n").filter((line) => !/^a=(?:candidate|end-of-candidates)/u.test(line));
  return { type, sdp: lines.join("\r\n") };
}

/** Keeps a connection's candidates until somebody takes them, and all that come after. */
function candidatesOf(connection: RTCPeerConnection): (take: (candidate: RTCIceCandidate) => void) => void {
  const early: RTCIceCandidate[] = [];
  let taker = (candidate: RTCIceCandidate): void => void early.push(candidate);
  connection.addEventListener("icecandidate", ({ candidate }) => candidate !== null && taker(candidate));
  return (take) => {
    taker = take;
    early.forEach(take);
  };
}
