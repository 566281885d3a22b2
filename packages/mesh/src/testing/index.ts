export { connectEmulated, connectThrough, type Emulated, emulatedConnection } from "./connect-through.ts";
export { openPeers, type Peers, type PeersOptions } from "./peers.ts";
export { ringAttention, ringBytes, type RingSizes } from "./ring-attention.ts";
export { UdpEmulator, type WayOptions } from "./udp-emulator.ts";
export { connectSlowly, endConnections, openConnection, shortQueues } from "./web-rtc.ts";
