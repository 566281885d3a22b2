export { openPeers, type Peers, type PeersOptions } from "./peers.ts";
export { ringAttention, ringBytes, type RingSizes } from "./ring-attention.ts";
export { connectSlowly, openConnection } from "./web-rtc.ts";
