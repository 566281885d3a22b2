// Many guests in one process: node crowd.mjs <module of node-guest.ts> <relay> <fragment> <count>. Says when each was in, and stays until its input ends.
import { RTCPeerConnection } from "node-datachannel/polyfill";
import { WebSocket } from "ws";

/** Names of the local network, by which browsers hide their address, are looked up in vain here, and what looks them up then waits. */
class Connection extends RTCPeerConnection {
  addIceCandidate(candidate) {
    const isHidden = candidate?.candidate?.includes(".local ") === true;
    return isHidden ? Promise.resolve() : super.addIceCandidate(candidate);
  }

  setRemoteDescription(description) {
    const sdp = description.sdp.replaceAll(/^a=candidate:.*\.local .*\r\n/gmu, "");
    return super.setRemoteDescription({ type: description.type, sdp });
  }
}

Object.assign(globalThis, { RTCPeerConnection: Connection, WebSocket });
const [guest = "", relay, fragment, count] = process.argv.slice(2);
// A module of its own for each: the library for rendezvous has one name a module.
const guests = await Promise.all(Array.from({ length: Number(count) }, (_, at) => import(`${guest}?${at}`)));
const began = Date.now();
const came = await Promise.all(
  guests.map(async ({ join }, at) => {
    await join(relay, fragment, `guest ${at}`);
    return Date.now();
  }),
);
process.stdout.write(`${JSON.stringify({ began, came })}\n`);
process.stdin.on("end", () => process.exit()).resume();
