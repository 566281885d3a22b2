import { type Clock, decode, Emitter, realClock } from "@tilebook/base";
import { Asks } from "../run/asks.ts";
import type { Device } from "../run/device.ts";
import { Group } from "../run/group.ts";
import type { LinkCosts } from "../sbp/link-costs.ts";
import { type LinkSpeed, rateOf } from "../transport/throttle.ts";
import { checkSpeed, type LinkWish, speedBetween } from "../run/link-wish.ts";
import { aPeerNews, type PeerAnswer, type PeerNews } from "../run/peer-news.ts";
import { type LinkSeen, SeenLinks } from "../run/seen-links.ts";
import { PeerWorker } from "../run/worker.ts";
import { seenBy } from "./answer-asks.ts";
import { HostRoom, type HostMember, type HostRoomOptions } from "./host-room.ts";
import type { KeyId } from "./identity.ts";
import { MemberAsks } from "./member-asks.ts";

export interface ComputeRoomOptions extends Omit<HostRoomOptions, "accept"> {
  /** This page's own: the host is one of those who compute. */
  readonly device: Device;
  readonly budgetBytes: number;
  /** As `GroupOptions.operationsPerByte`. */
  readonly operationsPerByte?: number;
}

/** Bytes of values that one has received from another. */
export interface Between {
  readonly from: KeyId;
  readonly to: KeyId;
  readonly payload: number;
}

type Counted = Extract<PeerNews, { readonly kind: "counted" }>;
type DeviceNews = Extract<PeerNews, { readonly kind: "device" }>;

/** What a member has told of itself, last. */
export interface AboutMember {
  readonly device?: DeviceNews;
  readonly state: Exclude<PeerNews, DeviceNews | PeerAnswer>;
}

/** How long a member may take to answer, and to answer when it has tried its links. */
const answerMs = 2_000;
const probeMs = 4_000;
/** Bytes a millisecond of links of which nothing is known but that others are slow: those of a fast local net. */
const usualRate = 100_000;
/** Links are asked about no more often than this. */
const lookMs = 1_000;

/** A room whose members compute together with its host, who drives. */
export class ComputeRoom {
  readonly events: Emitter<{ changed: undefined }> = new Emitter();
  readonly room: HostRoom;
  readonly worker: PeerWorker;
  readonly #options: ComputeRoomOptions;
  readonly #clock: Clock;
  readonly #asks = new Asks();
  readonly #about = new Map<KeyId, AboutMember>();
  /** Who has been ready for work since it came. */
  readonly #mates = new Set<KeyId>();
  #groups = 0;
  /** How often each has come in and left. */
  readonly #arrivals = new Map<KeyId, number>();
  readonly #members: MemberAsks;
  /** What members have seen of their links. */
  readonly links: SeenLinks = new SeenLinks();
  #looked = -Infinity;

  constructor(options: ComputeRoomOptions) {
    this.#options = options;
    this.#clock = options.clock ?? realClock;
    const { device, budgetBytes } = options;
    this.worker = new PeerWorker({ device, budgetBytes, drives: () => false });
    this.room = new HostRoom({
      ...options,
      accept: (peer) => this.#asks.accept(peer, this.worker.acceptFrom(peer)),
    });
    const { events } = this.room;
    events.on("came", ({ id, link }) => {
      this.#arrivals.set(id, (this.#arrivals.get(id) ?? 0) + 1);
      this.worker.connect(id, link);
    });
    this.#members = new MemberAsks(this.#clock, (id, asks) => void this.room.tell(id, asks));
    events.on("message", ({ id, body }) => this.#hear(id, decode(aPeerNews, body, "news")));
    events.on("gone", ({ id }) => {
      this.#arrivals.set(id, (this.#arrivals.get(id) ?? 0) + 1);
      this.#about.delete(id);
      this.#mates.delete(id);
      this.links.forget([id]);
    });
    events.on("changed", () => this.events.emit("changed", undefined));
  }

  /** The host's own name among the ranks. */
  get self(): KeyId {
    return this.room.id;
  }

  /** Those who can be given work now. */
  get workers(): readonly HostMember[] {
    return this.room.members.filter(
      ({ id, role, state }) =>
        role === "compute" && state === "in" && this.#about.get(id)?.state.kind === "ready",
    );
  }

  /** Those who can be given work, also if they are paused or not heard of for a moment. */
  get mates(): readonly HostMember[] {
    return this.room.members.filter(({ id, role }) => role === "compute" && this.#mates.has(id));
  }

  nameOf(id: KeyId): string | undefined {
    return this.room.members.find((member) => member.id === id)?.name;
  }

  /** Another one each time it comes in anew, and when it has left: what it held before is gone then. */
  arrivalOf(id: KeyId): string {
    return `${id} ${this.#arrivals.get(id) ?? 0}`;
  }

  about(id: KeyId): AboutMember | undefined {
    return this.#about.get(id);
  }

  /**
   * These as ranks, in this order, once each is linked with each and all have tried their links. `wish` says how links are to be at any time.
   * Fault `mesh/no-link`.
   */
  async group(ranks: readonly KeyId[], name: string, wish: () => LinkWish = () => ({})): Promise<Group> {
    await this.room.together(ranks);
    if (!this.links.knows(ranks)) await this.#probe(ranks);
    const { operationsPerByte } = this.#options;
    return new Group({
      ranks,
      self: this.self,
      worker: this.worker,
      link: (peer) => this.room.link(peer),
      asks: this.#asks,
      // Members remember names of runs, and may still have tensors of a group before.
      name: `${name}.${this.#groups++}`,
      linkCosts: () => slowedCosts(this.links.costs(ranks), wish()),
      pinned: () => wish().collectives,
      ran: () => void this.look(ranks),
      ...(operationsPerByte === undefined ? {} : { operationsPerByte }),
    });
  }

  /** Asks these what they have seen of their links, unless they have just been asked. */
  async look(ranks: readonly KeyId[]): Promise<void> {
    const now = this.#clock.now();
    if (now - this.#looked < lookMs) return;
    this.#looked = now;
    for (const [from, links] of await this.#seen(ranks, false)) this.links.heard(from, links);
  }

  /** Has links between these be as is wished, of both sides of each. Fault `mesh/link`. */
  async slow(ranks: readonly KeyId[], wish: LinkWish): Promise<void> {
    checkSpeed(wish);
    this.links.forget(ranks);
    await Promise.all(
      ranks.map(async (id, from) => {
        const others = ranks.filter((peer) => peer !== id);
        const speedTo = (peer: KeyId): LinkSpeed => speedBetween(wish, from, ranks.indexOf(peer));
        const isMeant = (peer: KeyId): boolean => Object.keys(speedTo(peer)).length > 0;
        const [meant, free] = [others.filter(isMeant), others.filter((peer) => !isMeant(peer))];
        const [first] = meant;
        if (free.length > 0) await this.#slow(id, free, {});
        if (first !== undefined) await this.#slow(id, meant, speedTo(first));
      }),
    );
  }

  /** What went between these since they came, as they say themselves. Who does not answer has received nothing. */
  async traffic(
    ranks: readonly KeyId[],
  ): Promise<{ readonly edges: readonly Between[]; readonly framing: number }> {
    const counted = await Promise.all(ranks.map((id) => this.#count(id)));
    const wanted = new Set(ranks);
    const edges = counted.flatMap(({ from }, at) =>
      from.flatMap(({ peer, bytes }): Between[] =>
        wanted.has(peer) ? [{ from: peer, to: ranks[at] ?? "", payload: bytes }] : [],
      ),
    );
    return { edges, framing: counted.reduce((sum, { other }) => sum + other, 0) };
  }

  /** Ends the room for all. */
  close(): void {
    this.room.close();
    this.worker.close();
  }

  async #count(id: KeyId): Promise<Pick<Counted, "from" | "other">> {
    if (id === this.self) {
      const from = Array.from(this.worker.movedFrom, ([peer, bytes]) => ({ peer, bytes }));
      return { from, other: this.worker.otherBytes };
    }
    const answer = await this.#members.ask(id, { kind: "count" }, answerMs);
    return answer?.kind === "counted" ? answer : { from: [], other: 0 };
  }

  async #probe(ranks: readonly KeyId[]): Promise<void> {
    this.links.probed(await this.#seen(ranks, true));
  }

  /** By peer, what it has seen of its links to the others. */
  async #seen(ranks: readonly KeyId[], probes: boolean): Promise<ReadonlyMap<KeyId, readonly LinkSeen[]>> {
    const seen = ranks.map(async (id): Promise<readonly [KeyId, readonly LinkSeen[]]> => {
      const peers = ranks.filter((peer) => peer !== id);
      if (id === this.self) return [id, await seenBy(this.worker, { peers, probes }, this.#clock)];
      const answer = await this.#members.ask(
        id,
        { kind: "links", peers, probes },
        probes ? probeMs : answerMs,
      );
      return [id, answer?.kind === "links" ? answer.links : []];
    });
    return new Map(await Promise.all(seen));
  }

  async #slow(id: KeyId, peers: readonly KeyId[], speed: LinkSpeed): Promise<void> {
    if (id === this.self) this.room.slow(peers, speed);
    else await this.#members.ask(id, { kind: "slow", peers, speed }, answerMs);
  }

  #hear(id: KeyId, news: PeerNews): void {
    if (news.kind === "counted" || news.kind === "links" || news.kind === "slowed")
      return this.#members.hear(id, news);
    if (news.kind === "ready") this.#mates.add(id);
    const before = this.#about.get(id) ?? { state: { kind: "ready" } };
    this.#about.set(id, news.kind === "device" ? { ...before, device: news } : { ...before, state: news });
    this.events.emit("changed", undefined);
  }
}

/** What was seen, or what was wished where that is slower: of a link that has just been made slow nothing was seen yet. */
function slowedCosts(seen: LinkCosts | undefined, wish: LinkWish): LinkCosts | undefined {
  if (seen === undefined && rateOf(wish) === Infinity) return undefined;
  return {
    ...seen,
    latency: (from, to) => Math.max(seen?.latency(from, to) ?? 0, speedBetween(wish, from, to).ms ?? 0),
    perByte: (from, to) =>
      Math.max(seen?.perByte(from, to) ?? 0, 1 / rateOf(speedBetween(wish, from, to)), 1 / usualRate),
  };
}
