export { openPeers, type Peers } from "./peers.ts";
