import { type Clock, decode, Emitter, realClock } from "@tilebook/base";
import { Asks } from "../run/asks.ts";
import type { Device } from "../run/device.ts";
import { Group } from "../run/group.ts";
import type { LinkWish } from "../run/link-wish.ts";
import { aPeerNews, type PeerAnswer, type PeerNews } from "../run/peer-news.ts";
import { PeerWorker } from "../run/worker.ts";
import { HostRoom, type HostMember, type HostRoomOptions } from "./host-room.ts";
import type { KeyId } from "./identity.ts";
import { MemberAsks } from "./member-asks.ts";
import { MemberLinks } from "./member-links.ts";

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

/** How long a member may take to answer. */
const answerMs = 2_000;

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
  readonly links: MemberLinks;
  /** What went wrong with each, last. */
  readonly #errors = new Map<KeyId, string>();

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
    this.#members = new MemberAsks(this.#clock, (id, asks) => this.room.tell(id, asks));
    this.links = new MemberLinks({
      self: this.self,
      worker: this.worker,
      asks: this.#members,
      clock: this.#clock,
      slow: (peers, speed) => this.room.slow(peers, speed),
    });
    events.on("lost", ({ id, fault }) => this.#failed(id, fault.message));
    events.on("message", ({ id, body }) => this.#hear(id, decode(aPeerNews, body, "news")));
    events.on("gone", ({ id }) => {
      this.#arrivals.set(id, (this.#arrivals.get(id) ?? 0) + 1);
      this.#about.delete(id);
      this.#mates.delete(id);
      this.links.gone(id);
      this.#errors.delete(id);
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

  /** What went wrong with a member last, since it came: its link, its device, or its part of a run. */
  lastError(id: KeyId): string | undefined {
    return this.#errors.get(id);
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
    await this.links.probe(ranks);
    const { operationsPerByte } = this.#options;
    return new Group({
      ranks,
      self: this.self,
      worker: this.worker,
      link: (peer) => this.room.link(peer),
      asks: this.#asks,
      // Members remember names of runs, and may still have tensors of a group before.
      name: `${name}.${this.#groups++}`,
      linkCosts: () => this.links.costs(ranks, wish()),
      pinned: () => wish().collectives,
      ran: () => void this.links.look(ranks),
      failed: (peer, message) => this.#failed(peer, message),
      ...(operationsPerByte === undefined ? {} : { operationsPerByte }),
    });
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

  #hear(id: KeyId, news: PeerNews): void {
    if (news.kind === "counted" || news.kind === "links" || news.kind === "slowed")
      return this.#members.hear(id, news);
    if (news.kind === "ready") this.#mates.add(id);
    if (news.kind === "lost") this.#errors.set(id, news.message);
    const before = this.#about.get(id) ?? { state: { kind: "ready" } };
    this.#about.set(id, news.kind === "device" ? { ...before, device: news } : { ...before, state: news });
    this.events.emit("changed", undefined);
  }

  #failed(id: KeyId, message: string): void {
    this.#errors.set(id, message);
    this.events.emit("changed", undefined);
  }
}
