import { encodePacket, Type } from "@tilebook/mesh";
import {
  configurationOf,
  directTopics,
  findRelay,
  GuestRoom,
  HostRoom,
  keepIdentity,
  keepRoom,
  loadNostr,
  meetBy,
  type Policy,
  readHubCode,
  readRoomFragment,
  type Rendezvous,
  relayTopics,
  type Role,
  tabTopics,
  type Topics,
} from "@tilebook/mesh/room";

/** By tabs, by the site's own relay, by a relay of Nostr (its address), or by a hub (its code). */
export type Way = "tabs" | "relay" | `ws://${string}` | `hub ${string}`;

/** What a test has a page do. */
export interface RoomsPage {
  host(ways: readonly Way[], policy: Policy): Promise<Record<Role, string>>;
  join(ways: readonly Way[], fragment: string, name: string): Promise<void>;
  /** What a guest has been, with milliseconds since the page was opened. */
  readonly states: { readonly say: string; readonly at: number }[];
  readonly hosted: HostRoom | undefined;
  readonly joined: GuestRoom | undefined;
  /** Texts that this page has said to relays. */
  readonly said: string[];
  /** Channels of its connections, by label. */
  readonly channels: RTCDataChannel[];
  /** The longest that this page has been busy at once, in milliseconds, since this was last asked. */
  busy(): number;
  /** From now on connections go by relays only, so that nobody learns an address. */
  hide: boolean;
  /** Milliseconds until a new connection to a hub is open. */
  dial(code: string): Promise<number>;
  /** Candidates that this page has told to others, or heard of them: not those of connections to a hub. */
  candidates(side: "told" | "heard"): string[];
  /** Connections that this page has made. */
  readonly connections: RTCPeerConnection[];
  /** Sizes of streams that arrived, and from whom. */
  readonly arrived: { readonly from: string; readonly bytes: number }[];
  /** From now on what arrives is taken so slowly: milliseconds for each part. */
  slowly(ms: number): void;
  /** The most bytes that had arrived and were not taken yet, since this was last asked. */
  held(): number;
  /** Milliseconds of words to a guest and back, one after the other, while so many bytes go to it; and of those bytes. */
  beside(to: string, bytes: number): Promise<{ readonly trips: readonly number[]; readonly ms: number }>;
  /** Sends so many bytes. True when they were taken. */
  send(to: string, bytes: number): Promise<boolean>;
  /** For who is hostile. */
  packet(type: keyof typeof Type, stream: number, bytes: Uint8Array): Uint8Array<ArrayBuffer>;
}

declare global {
  interface Window {
    rooms: RoomsPage;
  }
}

class Noted extends RTCPeerConnection {
  constructor(options?: RTCConfiguration) {
    super(options);
    connections.push(this);
    this.addEventListener("datachannel", ({ channel }) => channels.push(channel));
    this.addEventListener("icecandidate", ({ candidate }) => {
      if (candidate !== null && candidate.candidate !== "" && !toHubs.has(this))
        trickled.push(candidate.candidate);
    });
  }

  override createDataChannel(label: string, options?: RTCDataChannelInit): RTCDataChannel {
    const channel = super.createDataChannel(label, options);
    if (label === "hub") toHubs.add(this);
    channels.push(channel);
    return channel;
  }
}
class NotedSocket extends WebSocket {
  override send(text: string): void {
    said.push(text);
    super.send(text);
  }
}

const connections: RTCPeerConnection[] = [];
const channels: RTCDataChannel[] = [];
const said: string[] = [];
globalThis.RTCPeerConnection = Noted;
globalThis.WebSocket = NotedSocket;

let [longest, beat] = [0, performance.now()];
let [pause, mostHeld, hostId] = [0, 0, ""];
setInterval(() => {
  mostHeld = Math.max(mostHeld, heldNow());
  longest = Math.max(longest, performance.now() - beat - 20);
  beat = performance.now();
}, 20);

async function meet(
  ways: readonly Way[],
): Promise<{ readonly rendezvous: Rendezvous; readonly connection: () => RTCPeerConnection }> {
  const topics = await Promise.all(ways.map((way) => topicsOf(way)));
  const configuration = (): RTCConfiguration => configurationOf(topics, page.hide);
  const rendezvous = meetBy({ ways: topics, configuration });
  return { rendezvous, connection: () => new RTCPeerConnection(configuration()) };
}

const toHubs = new WeakSet<RTCPeerConnection>();
const trickled: string[] = [];

/** With what came one by one, since a connection that is closed forgets. */
function candidates(side: "told" | "heard"): string[] {
  const lines = connections
    .filter((one) => !toHubs.has(one) && one.connectionState !== "closed")
    .map((one) => (side === "told" ? one.localDescription : one.remoteDescription)?.sdp ?? "")
    .flatMap((sdp) => sdp.split("\r\n").filter((line) => line.startsWith("a=candidate:")));
  return side === "told" ? [...trickled, ...lines] : lines;
}

async function topicsOf(way: Way): Promise<Topics> {
  if (way === "tabs") return tabTopics();
  if (way === "relay") return relayTopics((await findRelay(location.href))?.url ?? "no relay");
  if (way.startsWith("hub ")) return directTopics(readHubCode(way.slice("hub ".length)));
  return (await loadNostr())([way]);
}

/** A packet as links make it. */
function packet(type: keyof typeof Type, stream: number, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return encodePacket({ type: Type[type], stream, offset: 0, bytes });
}

const page: { hosted: HostRoom | undefined; joined: GuestRoom | undefined } & RoomsPage = {
  hosted: undefined,
  joined: undefined,
  states: [],
  hide: false,
  dial: async (code) => {
    const start = performance.now();
    const topics = directTopics(readHubCode(code));
    await topics.subscribe("dial", () => undefined);
    const taken = performance.now() - start;
    topics.close();
    return taken;
  },
  candidates,
  connections,
  arrived: [],
  said,
  channels,
  packet,
  busy: () => {
    const most = longest;
    longest = 0;
    return most;
  },
  host: async (ways, policy) => {
    const { keys, guests, save } = await keepRoom("test");
    const { rendezvous } = await meet(ways);
    const room = new HostRoom({ keys, rendezvous, accept, policy, ...(guests && { kept: guests }) });
    room.events.on("keep", save);
    page.hosted = room;
    return { view: room.fragment("view"), edit: room.fragment("edit"), compute: room.fragment("compute") };
  },
  join: async (ways, fragment, name) => {
    const link = readRoomFragment(fragment);
    if (link === undefined) throw new Error("no link");
    hostId = link.room;
    const [identity, { rendezvous, connection }] = await Promise.all([keepIdentity(), meet(ways)]);
    const room = new GuestRoom({ identity, link, name, rendezvous, connection, accept });
    room.events.on("message", (body) => room.tell(body));
    room.events.on("state", (state) => {
      const say = `${state.kind}${"reason" in state ? ` ${state.reason}` : ""}`;
      const fault = "fault" in state && state.fault !== undefined ? ` ${state.fault.code}` : "";
      page.states.push({ say: say + fault, at: performance.now() });
    });
    page.joined = room;
  },
  slowly: (ms) => void (pause = ms),
  held: () => {
    const most = mostHeld;
    mostHeld = 0;
    return most;
  },
  beside: async (to, bytes) => {
    const [trips, start] = [[] as number[], performance.now()];
    const over = new AbortController();
    const sent = page.send(to, bytes).finally(() => over.abort());
    while (!over.signal.aborted) {
      trips.push(await tripTo(to));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await sent;
    return { trips, ms: performance.now() - start };
  },
  send: async (to, bytes) => {
    const link = page.hosted?.link(to) ?? page.joined?.link(to);
    if (link === undefined) return false;
    await link.send("bytes", new Uint8Array(bytes));
    return true;
  },
};

/** Of the host's streams to this page. */
function heldNow(): number {
  return page.joined?.link(hostId)?.held ?? 0;
}

/** A word to a guest, who says it again. */
async function tripTo(to: string): Promise<number> {
  const start = performance.now();
  await new Promise<void>((resolve) => {
    const heard = page.hosted?.events.on("message", () => (heard?.(), resolve()));
    page.hosted?.tell(to, "echo");
  });
  return performance.now() - start;
}

const accept = (from: string) => (opening: { readonly bytes: number }) => ({
  write: () => {
    mostHeld = Math.max(mostHeld, heldNow());
    return pause === 0 ? undefined : new Promise<void>((resolve) => setTimeout(resolve, pause));
  },
  end: () => page.arrived.push({ from, bytes: opening.bytes }),
  fail: () => undefined,
});

window.rooms = page;
// As a link to a room does.
if (location.hash.startsWith("#r=")) void page.join(["relay"], location.hash, "by link");
