import { type Clock, Emitter, Fault, realClock } from "@tilebook/base";
import type { Meeting, Rendezvous } from "../meet/rendezvous.ts";
import type { Accept } from "../transport/inbox.ts";
import type { Channels } from "../transport/lanes.ts";
import type { Link } from "../transport/link.ts";
import type { LinkSpeed } from "../transport/throttle.ts";
import { Edges } from "./edges.ts";
import { GuestArrival } from "./guest-arrival.ts";
import { toBase64Url } from "./base64url.ts";
import type { Admitted } from "./guest-door.ts";
import type { Identity, KeyId } from "./identity.ts";
import { PeerLink } from "./peer-link.ts";
import { newSecret, type Role, type RoomLink } from "./room-link.ts";
import { aHostSays, firstMembers, type GuestSays, type HostSays } from "./room-words.ts";
import type { Member, Present, Refusal } from "./words.ts";

export interface GuestRoomOptions {
  readonly identity: Identity;
  readonly link: RoomLink;
  /** What others see of this device. At most 60 characters. */
  readonly name: string;
  readonly rendezvous: Rendezvous;
  /** Takes streams of the host and of other members. */
  readonly accept: (peer: KeyId) => Accept;
  readonly clock?: Clock;
  /** A connection to another member. */
  readonly connection?: () => RTCPeerConnection;
}

export type GuestState =
  /** Looks for the host. `fault` says what went wrong last: nobody answers, or someone who is not the host. */
  | { readonly kind: "meeting"; readonly fault?: Fault }
  /** Knows the host, and waits for a person there. */
  | { readonly kind: "knocking" }
  | { readonly kind: "in"; readonly role: Role }
  /** Was in, and looks for the host again. */
  | { readonly kind: "lost"; readonly fault: Fault }
  /** Is not let in, or was put out. With `again`, it knocks again by itself. */
  | { readonly kind: "refused"; readonly reason: Refusal; readonly again: boolean }
  | { readonly kind: "left" };

export interface GuestEvents extends Record<string, unknown> {
  readonly state: GuestState;
  /** Other members came or went. */
  readonly members: readonly Member[];
  /** There is a link to a peer, the host among them; the same object when it is up again. */
  readonly linked: { readonly id: KeyId; readonly link: Link };
  /** A peer is gone for good, and its link closed. */
  readonly gone: { readonly id: KeyId };
  /** The host's page says something of its own. */
  readonly message: unknown;
}

/** Nobody has answered for this long: the page says so, and goes on. */
const lonely = 10_000;
const knockAgain = 5_000;
/** Links with others cost each page some work, which those who are still coming need more. Who computes together before that is linked at once. */
const calm = 2_000;

/** A room, as a guest has it: it gets in, stays in, and comes back by itself. */
export class GuestRoom {
  readonly events: Emitter<GuestEvents> = new Emitter();
  readonly #options: GuestRoomOptions;
  readonly #clock: Clock;
  readonly #meeting: Meeting;
  readonly #page: string = toBase64Url(newSecret());
  readonly #edges: Edges;
  #host: PeerLink;
  /** What the host calls its link with this page. */
  #line = "";
  #role: Role = "view";
  readonly #members = new Map<KeyId, Present>();
  readonly #pageHides = (): void => this.#sayGoodbye();
  #state: GuestState = { kind: "meeting" };
  #arrival: GuestArrival | undefined;
  #cancel: () => void = () => undefined;
  #cancelEager: () => void = () => undefined;

  constructor(options: GuestRoomOptions) {
    this.#options = options;
    this.#clock = options.clock ?? realClock;
    const { link, identity, accept } = options;
    this.#host = this.#newHost();
    this.#edges = new Edges({
      clock: this.#clock,
      identity,
      room: link.room,
      accept,
      connection: options.connection ?? (() => new RTCPeerConnection()),
      tellHost: (peer, signal) => void this.#say({ kind: "signal", peer, signal }),
      isMember: (id) => this.#role === "compute" && this.#members.get(id)?.role === "compute",
      linked: (id, to) => this.events.emit("linked", { id, link: to }),
    });
    this.#meeting = options.rendezvous.join({ ...link, side: "guest" }, (connection) =>
      this.#met(connection),
    );
    this.#listenForNobody();
    globalThis.addEventListener?.("pagehide", this.#pageHides);
  }

  /** This guest's own. */
  get id(): KeyId {
    return this.#options.identity.id;
  }

  get state(): GuestState {
    return this.#state;
  }

  /** The others who are in, without the host. */
  get members(): readonly Member[] {
    return [...this.#members.values()];
  }

  /** The link to the host (by the room's name) or to a member with whom this one computes. */
  link(id: KeyId): Link | undefined {
    return id === this.#options.link.room ? this.#host.link : this.#edges.link(id);
  }

  /** What this page sends to these, the host or members, is as slow as this from now on. */
  slow(ids: readonly KeyId[], speed: LinkSpeed): void {
    for (const id of ids) {
      if (id === this.#options.link.room) this.#host.slow(speed);
      else this.#edges.slow(id, speed);
    }
  }

  /** Says something of the page's own to the host: any JSON, at most 16 KB. False where it is not there at the moment. */
  tell(body: unknown): boolean {
    return this.#say({ kind: "app", body });
  }

  /** Leaves for good, with a goodbye. */
  leave(): void {
    this.#stop({ kind: "left" });
  }

  #met(connection: RTCPeerConnection): void {
    if (this.#isOver()) return connection.close();
    this.#arrival?.close();
    const { identity, link, name } = this.#options;
    this.#arrival = new GuestArrival(connection, {
      clock: this.#clock,
      identity,
      link,
      name,
      page: this.#page,
      waiting: () => this.#become({ kind: "knocking" }),
      admitted: (channels, word) => this.#enter(channels, connection, word),
      refused: (reason, again) => this.#refused(reason, again),
      failed: (fault) => this.#failed(fault),
    });
  }

  #newHost(): PeerLink {
    const { link, accept, connection } = this.#options;
    return new PeerLink({
      connection,
      clock: this.#clock,
      accept: accept(link.room),
      heard: (message) => this.#hear(aHostSays(message, "message")),
      lost: (fault) => this.#lost(fault),
    });
  }

  #enter(channels: Channels, connection: RTCPeerConnection, { role, line, members }: Admitted): void {
    const { room } = this.#options.link;
    this.#arrival = undefined;
    this.#cancel();
    this.#meeting.rest();
    if (this.#line !== "" && this.#line !== line) this.#startAnew();
    this.#line = line;
    this.#role = role;
    this.#host.take(channels, connection);
    this.#become({ kind: "in", role });
    this.events.emit("linked", { id: room, link: this.#host.link });
    const told = new Set(members.map(({ id }) => id));
    // A short list is whole. What is left of a long one comes later, and who is gone with it.
    if (members.length < firstMembers) this.#gone([...this.#members.keys()].filter((id) => !told.has(id)));
    this.#came(members);
  }

  /** The host's page is another, or has given this one up: nothing that was begun goes on. */
  #startAnew(): void {
    const fault = new Fault("mesh/left", "the host does not know this page any more");
    this.#host.close(fault);
    this.events.emit("gone", { id: this.#options.link.room });
    this.#gone([...this.#members.keys()]);
    this.#host = this.#newHost();
  }

  #hear(said: HostSays): void {
    switch (said.kind) {
      case "came":
        return this.#came(said.members);
      case "gone":
        return this.#gone(said.ids);
      case "signal":
        return void this.#edges.hear(said.peer, said.signal);
      case "together":
        return void this.#together(said.ask, said.ids);
      case "ended":
        // Another connection of this page's own is about to take over.
        if (said.reason === "elsewhere" && this.#arrival !== undefined) return;
        return this.#stop({ kind: "refused", reason: said.reason, again: false });
      case "app":
        return this.events.emit("message", said.body);
    }
  }

  #came(members: readonly Present[]): void {
    for (const member of members) {
      if (member.id === this.#options.identity.id) continue;
      const before = this.#members.get(member.id);
      if (before !== undefined && before.line !== member.line) this.#gone([member.id]);
      this.#members.set(member.id, member);
    }
    this.#eagerSoon();
    this.events.emit("members", this.members);
  }

  /** When nobody has come for a moment: of many who come at once, none is to be linked with. */
  #eagerSoon(): void {
    this.#cancelEager();
    this.#cancelEager = this.#clock.after(calm, () => this.#edges.eager([...this.#members.keys()]));
  }

  #gone(ids: readonly KeyId[]): void {
    for (const id of ids) {
      this.#members.delete(id);
      this.#edges.close(id);
      this.events.emit("gone", { id });
    }
    this.events.emit("members", this.members);
  }

  async #together(ask: number, ids: readonly KeyId[]): Promise<void> {
    const others = ids.filter((id) => id !== this.#options.identity.id);
    const there = await Promise.all(others.map((id) => this.#edges.reach(id)));
    this.#say({ kind: "linked", ask, missing: others.filter((_, at) => there[at] === false) });
  }

  #refused(reason: Refusal, again: boolean): void {
    this.#arrival = undefined;
    if (!again) return this.#stop({ kind: "refused", reason, again });
    this.#become({ kind: "refused", reason, again });
    this.#meeting.rest();
    this.#after(knockAgain, () => this.#meeting.seek());
  }

  #failed(fault: Fault): void {
    this.#arrival = undefined;
    if (this.#host.isUp) return;
    this.#become({ kind: "meeting", fault });
    this.#after(1_000, () => this.#meeting.seek());
  }

  #lost(fault: Fault): void {
    if (this.#isOver()) return;
    this.#become({ kind: "lost", fault });
    this.#meeting.seek();
  }

  /** Should the page come back, as it may out of a browser's cache, it looks for the host again. */
  #sayGoodbye(): void {
    const fault = new Fault("mesh/closed", "the page went away");
    this.#host.pause();
    this.#become({ kind: "lost", fault });
    this.#after(1_000, () => this.#meeting.seek());
  }

  #listenForNobody(): void {
    this.#after(lonely, () => {
      if (this.#state.kind !== "meeting") return;
      const hint = "is its page still open, and is the link whole?";
      this.#become({
        kind: "meeting",
        fault: new Fault("room/nobody", "the host does not answer", { hint }),
      });
    });
  }

  #after(ms: number, then: () => void): void {
    this.#cancel();
    this.#cancel = this.#clock.after(ms, then);
  }

  #stop(state: GuestState): void {
    if (this.#isOver()) return;
    this.#become(state);
    this.#cancel();
    this.#cancelEager();
    this.#meeting.close();
    this.#arrival?.close();
    const fault = new Fault("mesh/left", "this page has left the room");
    this.#host.close(fault);
    this.#edges.closeAll(fault);
    globalThis.removeEventListener?.("pagehide", this.#pageHides);
  }

  #isOver(): boolean {
    const { kind } = this.#state;
    return kind === "left" || (kind === "refused" && !this.#state.again);
  }

  #say(word: GuestSays): boolean {
    return this.#host.link.tell(word);
  }

  #become(state: GuestState): void {
    this.#state = state;
    this.events.emit("state", state);
  }
}
