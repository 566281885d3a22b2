import { seeded } from "@tilebook/base";
import type { Link } from "../transport/link.ts";
import { openChannels } from "../transport/peer-connection.ts";
import { UdpEmulator, type WayOptions } from "./udp-emulator.ts";
import { openConnection } from "./web-rtc.ts";

export interface Through<T> {
  /** What each side opens on its connection. */
  readonly opened: readonly [T, T];
  readonly connections: RTCPeerConnection[];
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

/** Connections of links, each through an emulator of its own. */
export interface Emulated {
  connect(this: void, a: Link, b: Link): Promise<void>;
  /** Datagrams that came to all emulators, and those that these dropped. */
  counts(): UdpEmulator["counts"];
  close(): void;
}

/** Connects links by Node's connections over bad ways, each with the next seed; over none, where nothing is said of them. */
export function connectEmulated(way: WayOptions | undefined, seed: number): Emulated {
  const emulators: UdpEmulator[] = [];
  const connections: RTCPeerConnection[] = [];
  const sum = (field: keyof UdpEmulator["counts"]): number =>
    emulators.reduce((all, { counts }) => all + counts[field], 0);
  return {
    connect: async (a, b) => {
      const emulator = way && new UdpEmulator(way, seeded(seed + emulators.length));
      if (emulator !== undefined) emulators.push(emulator);
      await emulator?.open();
      const through = await connectThrough(openChannels, emulator);
      connections.push(...through.connections);
      a.attach(through.opened[0]);
      b.attach(through.opened[1]);
    },
    counts: () => ({ passed: sum("passed"), dropped: sum("dropped") }),
    close: () => {
      for (const connection of connections) connection.close();
      for (const emulator of emulators) emulator.close();
    },
  };
}

/** A connection of Node's, whose side is `side` of an emulator: it hears of the other side's candidates as the emulator gives them. */
export function emulatedConnection(side: 0 | 1, emulator: UdpEmulator): RTCPeerConnection {
  const connection = openConnection();
  const other = side === 0 ? 1 : 0;
  const [describe, add] = [
    connection.setRemoteDescription.bind(connection),
    connection.addIceCandidate.bind(connection),
  ];
  connection.setRemoteDescription = (said) => describe(bare(said));
  connection.addIceCandidate = async (candidate) => {
    const text = emulator.candidate(other, candidate?.candidate ?? "");
    if (text !== undefined) await add({ ...candidate, candidate: text });
  };
  return connection;
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
