import { RTCPeerConnection as NodeConnection } from "node-datachannel/polyfill";
import { connectHere } from "../transport/connect-here.ts";
import type { Link } from "../transport/link.ts";

/** The same interface as a browser's; only its private fields differ. */
export function openConnection(): RTCPeerConnection {
  return new NodeConnection({ iceServers: [] }) as unknown as RTCPeerConnection;
}

/** Connects two links by real connections of Node's. */
export function connectByWebRtc(a: Link, b: Link): Promise<readonly [RTCPeerConnection, RTCPeerConnection]> {
  return connectHere(a, b, { connection: openConnection });
}
