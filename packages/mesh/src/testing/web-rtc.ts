import { realClock, seeded } from "@tilebook/base";
import { cleanup, setSctpSettings } from "node-datachannel";
import { RTCPeerConnection as NodeConnection } from "node-datachannel/polyfill";
import { connectHere } from "../transport/connect-here.ts";
import type { Link } from "../transport/link.ts";
import { type LinkSpeed, Throttle } from "../transport/throttle.ts";

/** The same interface as a browser's; only its private fields differ. */
export function openConnection(): RTCPeerConnection {
  return new NodeConnection({ iceServers: [] }) as unknown as RTCPeerConnection;
}

/** Connects two links by real connections of Node's. */
export function connectByWebRtc(a: Link, b: Link): Promise<readonly [RTCPeerConnection, RTCPeerConnection]> {
  return connectHere(a, b, { connection: openConnection });
}

/** The same, with both ways as slow as said. */
export function connectSlowly(
  speed: LinkSpeed,
): (a: Link, b: Link) => Promise<readonly [RTCPeerConnection, RTCPeerConnection]> {
  let seed = 1;
  return (a, b) => {
    const ways = [seed++, seed++].map((one) => new Throttle(speed, realClock, seeded(one)));
    return connectHere(a, b, {
      connection: openConnection,
      over: (channel, side, urgent) => ways[side]?.over(channel, urgent) ?? channel,
    });
  };
}

/**
 * Connections of Node's that are made from now on keep few bytes of their own on the way out, as browsers' do; else what is short waits behind a megabyte of
 * bulk, for seconds where the way is slow.
 */
export function shortQueues(): void {
  setSctpSettings({ sendBufferSize: 128 * 1024 });
}

/** Ends what connections of Node's have left running, after all tests of a file. */
export function endConnections(): void {
  try {
    cleanup();
  } catch {
    // The library sometimes waits for a thread of its own that never ends: then the end of the process is its end, too.
  }
}
