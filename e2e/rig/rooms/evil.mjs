// Real handshakes through an evil server: node evil.mjs <module of evil-peer.ts>. Says what came of each, and ends.
import { RTCPeerConnection } from "node-datachannel/polyfill";
import { deeds, EvilServer, swappingFingerprints } from "./evil-deeds.mjs";

Object.assign(globalThis, { RTCPeerConnection });
const [peer = ""] = process.argv.slice(2);
const patience = 6_000;
/** Handshakes at a time. */
const atOnce = 5;
let peers = 0;

/** A module of its own for each: the library for rendezvous has one name a module. */
function newPeer() {
  peers += 1;
  return import(`${peer}?${peers}`);
}

async function until(holds, ms = patience) {
  const end = performance.now() + ms;
  while (!holds() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
}

function linkOf({ keys }) {
  return { room: keys.identity.id, role: "compute", secret: keys.secrets.compute };
}

async function played(name) {
  const server = new EvilServer(deeds[name]?.deed ?? (() => [{}]));
  const there = await (await newPeer()).host(server.topics("host"));
  const servers = [server];
  if (name === "swaps fingerprints") server.deed = swappingFingerprints(linkOf(there));
  if (name === "answers as another host") {
    // The guests are alone with someone who has all secrets of the host, and another key.
    servers.push(new EvilServer(() => [{}]));
    await (await newPeer()).host(servers[1].topics("host"), there.keys);
  }
  const at = servers.at(-1);
  const guests = await Promise.all(
    ["a", "b"].map(async (who) => (await newPeer()).guest(at.topics(who), there.fragment, who)),
  );
  const outcome = deeds[name]?.outcome ?? "out";
  // The library takes up to 23 seconds to try again where a first attempt came to nothing, as some of Node's do.
  await until(() => guests.every((one) => one.isIn()), outcome === "in" ? 30_000 : patience);
  if (name === "answers as another host")
    await until(() => guests.some(({ states }) => states.includes("meeting room/host")), 30_000);
  // What is in has to be whom it says it is.
  const inside = guests.filter((one) => one.isIn());
  await Promise.all(inside.map((one, place) => one.send(1_000 + place)));
  await until(() => there.arrived.length >= inside.length);
  const result = {
    name,
    outcome,
    inside: inside.map(({ id }) => id),
    guests: guests.map(({ id, states }) => ({ id, states })),
    members: there.members(),
    arrived: [...there.arrived],
    texts: at.heard.length,
  };
  for (const one of guests) one.leave();
  there.close();
  return result;
}

const names = [...Object.keys(deeds), "swaps fingerprints", "answers as another host"];
const results = [];
for (let at = 0; at < names.length; at += atOnce)
  results.push(...(await Promise.all(names.slice(at, at + atOnce).map((name) => played(name)))));
process.stdout.write(JSON.stringify(results), () => process.exit());
