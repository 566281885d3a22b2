import { type Clock, Emitter, Fault, realClock } from "@tilebook/base";
import type { Meeting, Rendezvous } from "../meet/rendezvous.ts";
import type { Accept } from "../transport/inbox.ts";
import type { Link } from "../transport/link.ts";
import type { LinkSpeed } from "../transport/throttle.ts";
import { toBase64Url } from "./base64url.ts";
import { defaultPolicy, Guests, type KeptGuests, type Policy } from "./guests.ts";
import type { Guest } from "./handshake.ts";
import { Arrival } from "./host-arrival.ts";
import type { AboutGuest } from "./host-door.ts";
import type { Identity, KeyId } from "./identity.ts";
import { MemberNews } from "./member-news.ts";
import { PeerLink } from "./peer-link.ts";
import { newSecret, type Role, roles, roomFragment } from "./room-link.ts";
import { aGuestSays, firstMembers, type GuestSays, type HostSays } from "./room-words.ts";
import { Togethers } from "./togethers.ts";
import type { Member, Present, Refusal } from "./words.ts";

/** What makes a room the same one when its host's page is loaded again. */
export interface RoomKeys {
  /** The host's: its id is the room's name. */
  readonly identity: Identity;
  readonly secrets: Readonly<Record<Role, Uint8Array<ArrayBuffer>>>;
}

export interface HostRoomOptions {
  readonly keys: RoomKeys;
  readonly rendezvous: Rendezvous;
  /** Takes streams of a member (`PeerWorker.acceptFrom`, `Asks.accept`). */
  readonly accept: (peer: KeyId) => Accept;
  readonly policy?: Policy;
  /** As `events` said by `keep`, when the page was last open. */
  readonly kept?: KeptGuests;
  readonly clock?: Clock;
  /** Another connection to a member, where the first one is held back by its losses. Without it, one has to do. */
  readonly connection?: () => RTCPeerConnection;
  /** Doors to open: the links that are given away. All by default. */
  readonly roles?: readonly Role[];
}

/** A member as the host sees it. `lost` ones are given a minute to come back. */
export interface HostMember extends Member {
  readonly state: "in" | "lost";
  /** Milliseconds there and back; undefined before it is known. */
  readonly roundTrip: number | undefined;
}

export interface HostEvents extends Record<string, unknown> {
  /** Members, those who wait, or the policy are others than before. */
  readonly changed: undefined;
  /** Someone is in. Its link stays the same object when it comes back after `lost`. */
  readonly came: { readonly id: KeyId; readonly link: Link };
  readonly lost: { readonly id: KeyId; readonly fault: Fault };
  readonly back: { readonly id: KeyId };
  /** It has left, was put out, or has been lost for too long. Its link is closed. */
  readonly gone: { readonly id: KeyId };
  /** A member's page says something of its own. */
  readonly message: { readonly id: KeyId; readonly body: unknown };
  /** What to remember, should the page be loaded again. */
  readonly keep: KeptGuests;
}

interface Inside {
  readonly member: Present;
  readonly page: string;
  readonly peer: PeerLink;
  /** Stops the clock that gives it up. */
  giveUp: () => void;
}

/** Connections end like this by themselves. All other ends are of who breaks the rules. */
const honest: ReadonlySet<string> = new Set(["mesh/left", "mesh/closed", "mesh/silent"]);
/** Who breaks the rules stays outside for this long, and twice as long each further time. */
const firstBan = 30_000;
const mostBans = 2_000;
const grace = 60_000;
/** Of all connections, to those who are in and to those who have not proven who they are: Chromium gives a page 500. All guests of a full room may come at once. */
const mostConnections = 450;

/** A room, as its host has it: who is in, who waits, and a link to each that is in. */
export class HostRoom {
  readonly events: Emitter<HostEvents> = new Emitter();
  readonly #options: HostRoomOptions;
  readonly #clock: Clock;
  readonly #guests: Guests;
  readonly #meetings: readonly Meeting[];
  readonly #arrivals = new Set<Arrival>();
  readonly #waiting = new Map<KeyId, { readonly arrival: Arrival; readonly page: string }>();
  readonly #inside = new Map<KeyId, Inside>();
  readonly #bans = new Map<KeyId, { readonly until: number; readonly times: number }>();
  readonly #togethers: Togethers;
  readonly #news: MemberNews;
  readonly #pageHides = (): void => this.pause();

  constructor(options: HostRoomOptions) {
    this.#options = options;
    this.#clock = options.clock ?? realClock;
    this.#guests = new Guests(options.policy ?? defaultPolicy, options.kept);
    this.#togethers = new Togethers(this.#clock, (peer, word) => this.#say(peer, word));
    this.#news = new MemberNews(this.#clock, (word) => this.#sayToAll(word));
    this.#meetings = (options.roles ?? roles).map((role) =>
      options.rendezvous.join(
        { room: this.id, role, secret: options.keys.secrets[role], side: "host" },
        (connection) => this.#met(connection),
      ),
    );
    globalThis.addEventListener?.("pagehide", this.#pageHides);
  }

  /** The room's name, and the host's. */
  get id(): KeyId {
    return this.#options.keys.identity.id;
  }

  /** The fragment of the address that invites to a role. */
  fragment(role: Role): string {
    return roomFragment({ room: this.id, role, secret: this.#options.keys.secrets[role] });
  }

  get members(): readonly HostMember[] {
    return Array.from(this.#inside.values(), ({ member, peer }) => ({
      ...member,
      state: peer.isUp ? "in" : "lost",
      roundTrip: peer.link.roundTrip,
    }));
  }

  /** Those who have proven themselves and wait for a person. */
  get waiting(): readonly Member[] {
    return this.#guests.waiting;
  }

  get policy(): Policy {
    return this.#guests.policy;
  }

  set policy(policy: Policy) {
    this.#guests.policy = policy;
    this.#changed();
  }

  link(id: KeyId): Link | undefined {
    return this.#inside.get(id)?.peer.link;
  }

  /** Lets someone in who waits. False where nobody does, or the room is full. */
  admit(id: KeyId): boolean {
    const [waiting, member] = [this.#waiting.get(id), this.waiting.find((one) => one.id === id)];
    if (waiting === undefined || member === undefined || !this.#guests.admit(id)) return false;
    this.#enter(waiting.arrival, member, waiting.page);
    return true;
  }

  decline(id: KeyId): void {
    this.#guests.decline(id);
    this.#turnAway(id, "declined", false);
    this.#changed();
  }

  /** Puts someone out, for as long as the room's keys are the same. */
  remove(id: KeyId): void {
    this.#guests.remove(id);
    this.#turnAway(id, "removed", false);
    this.#end(id, "removed");
    this.#keep();
    this.#changed();
  }

  /** Says something of the page's own to a member: any JSON, at most 16 KB. False where it is not there at the moment. */
  tell(id: KeyId, body: unknown): boolean {
    return this.#say(id, { kind: "app", body });
  }

  /**
   * Has members link with each other, as those do who compute together. Resolves when every link is there; Fault `mesh/no-link` with the pairs that
   * cannot get one. The host itself is linked with all.
   */
  async together(ids: readonly KeyId[]): Promise<void> {
    if (ids.some((id) => id !== this.id && this.#inside.get(id)?.member.role !== "compute"))
      throw new Fault("mesh/no-link", "only those who are in and compute are linked with each other");
    this.#news.now();
    return this.#togethers.ask(ids.filter((id) => id !== this.id));
  }

  /** What this page sends to these is as slow as this from now on. */
  slow(ids: readonly KeyId[], speed: LinkSpeed): void {
    for (const id of ids) this.#inside.get(id)?.peer.slow(speed);
  }

  /** Ends the room for all. */
  close(): void {
    for (const meeting of this.#meetings) meeting.close();
    for (const arrival of this.#arrivals) arrival.refuse("closed", true);
    for (const id of this.#inside.keys()) this.#end(id, "closed");
    this.#togethers.close();
    this.#news.close();
    globalThis.removeEventListener?.("pagehide", this.#pageHides);
  }

  /** The page goes away, and may be back: members hear it at once, and look for the room again. */
  pause(): void {
    for (const { peer } of this.#inside.values()) peer.pause();
  }

  #met(connection: RTCPeerConnection): void {
    if (this.#inside.size + this.#arrivals.size >= mostConnections) return connection.close();
    const { identity, secrets } = this.#options.keys;
    const arrival = new Arrival(connection, {
      clock: this.#clock,
      identity,
      secretOf: (role) => secrets[role],
      proven: (who, guest, about) => this.#knock(who, guest, about),
      over: (who) => this.#over(who),
    });
    this.#arrivals.add(arrival);
  }

  #knock(arrival: Arrival, guest: Guest, { name, page }: AboutGuest): void {
    if (this.#clock.now() < (this.#bans.get(guest.id)?.until ?? 0)) return arrival.refuse("violation", true);
    const verdict = this.#guests.knock(guest, name);
    if (typeof verdict === "object") return this.#enter(arrival, verdict, page);
    if (verdict !== "waiting") return arrival.refuse(verdict, verdict === "full" || verdict === "locked");
    const before = this.#waiting.get(guest.id);
    this.#waiting.set(guest.id, { arrival, page });
    before?.arrival.refuse("elsewhere", false);
    arrival.tell({ kind: "waiting" });
    this.#changed();
  }

  #enter(arrival: Arrival, { id, name, role }: Member, page: string): void {
    this.#arrivals.delete(arrival);
    this.#waiting.delete(id);
    const before = this.#inside.get(id);
    before?.giveUp();
    if (before?.peer.isUp === true) this.#say(id, { kind: "ended", reason: "elsewhere" });
    // Another page knows nothing of what was begun with the one before.
    if (before !== undefined && before.page !== page) this.#forget(id);
    const stays = before?.page === page ? before : undefined;
    const line = stays?.member.line ?? toBase64Url(newSecret());
    const inside: Inside = {
      member: { id, name, role, line },
      page,
      peer: stays?.peer ?? this.#newPeer(id),
      giveUp: () => undefined,
    };
    const others = Array.from(this.#inside.values(), ({ member }) => member).filter((one) => one.id !== id);
    this.#guests.enter(inside.member);
    this.#inside.set(id, inside);
    arrival.tell({ kind: "admitted", role, line, members: others.splice(0, firstMembers) });
    inside.peer.take(arrival.release(), arrival.connection);
    while (others.length > 0) this.#say(id, { kind: "came", members: others.splice(0, firstMembers) });
    this.#news.came(inside.member);
    if (stays === undefined) this.events.emit("came", { id, link: inside.peer.link });
    else this.events.emit("back", { id });
    this.#keep();
    this.#changed();
  }

  #newPeer(id: KeyId): PeerLink {
    return new PeerLink({
      connection: this.#options.connection,
      clock: this.#clock,
      accept: this.#options.accept(id),
      heard: (message) => this.#hear(id, aGuestSays(message, "message")),
      lost: (fault) => this.#lost(id, fault),
    });
  }

  #hear(id: KeyId, said: GuestSays): void {
    if (said.kind === "app") return this.events.emit("message", { id, body: said.body });
    if (said.kind === "linked") return this.#togethers.linked(id, said.ask, said.missing);
    // Only those who compute have links of their own.
    const both = [id, said.peer].every((one) => this.#inside.get(one)?.member.role === "compute");
    if (both) this.#say(said.peer, { kind: "signal", peer: id, signal: said.signal });
  }

  #lost(id: KeyId, fault: Fault): void {
    const inside = this.#inside.get(id);
    if (inside === undefined) return;
    if (!honest.has(fault.code)) this.#ban(id);
    if (!honest.has(fault.code) || fault.code === "mesh/left") return this.#forget(id);
    inside.giveUp = this.#clock.after(grace, () => this.#forget(id));
    this.events.emit("lost", { id, fault });
    this.#changed();
  }

  #ban(id: KeyId): void {
    const times = (this.#bans.get(id)?.times ?? 0) + 1;
    // Anyone may make up keys.
    const [oldest] = this.#bans.keys();
    if (this.#bans.size >= mostBans && oldest !== undefined) this.#bans.delete(oldest);
    this.#bans.set(id, { times, until: this.#clock.now() + firstBan * 2 ** (times - 1) });
  }

  #end(id: KeyId, reason: Refusal): void {
    this.#say(id, { kind: "ended", reason });
    this.#forget(id);
  }

  #forget(id: KeyId): void {
    const inside = this.#inside.get(id);
    if (inside === undefined) return;
    this.#inside.delete(id);
    this.#guests.leave(id);
    inside.giveUp();
    inside.peer.close(new Fault("mesh/left", "the peer has left"));
    this.#togethers.gone(id);
    this.#news.gone(id);
    this.events.emit("gone", { id });
    this.#changed();
  }

  #turnAway(id: KeyId, reason: Refusal, again: boolean): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.arrival.refuse(reason, again);
  }

  #over(arrival: Arrival): void {
    this.#arrivals.delete(arrival);
    for (const [id, waiting] of this.#waiting) {
      if (waiting.arrival !== arrival) continue;
      this.#waiting.delete(id);
      this.#guests.decline(id);
      this.#changed();
    }
  }

  #say(id: KeyId, word: HostSays): boolean {
    return this.#inside.get(id)?.peer.link.tell(word) ?? false;
  }

  #sayToAll(word: HostSays): void {
    for (const id of this.#inside.keys()) this.#say(id, word);
  }

  #keep(): void {
    this.events.emit("keep", this.#guests.kept);
  }

  #changed(): void {
    this.events.emit("changed", undefined);
  }
}
