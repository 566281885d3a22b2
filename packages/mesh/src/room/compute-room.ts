import { type Clock, decode, Emitter, realClock } from "@tilebook/base";
import { Asks } from "../run/asks.ts";
import type { Device } from "../run/device.ts";
import { Group } from "../run/group.ts";
import { aPeerNews, type HostAsks, type PeerNews } from "../run/peer-news.ts";
import { PeerWorker } from "../run/worker.ts";
import { HostRoom, type HostMember, type HostRoomOptions } from "./host-room.ts";
import type { KeyId } from "./identity.ts";

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

type DeviceNews = Extract<PeerNews, { readonly kind: "device" }>;

/** What a member has told of itself, last. */
export interface AboutMember {
  readonly device?: DeviceNews;
  readonly state: Exclude<PeerNews, DeviceNews | { readonly kind: "counted" }>;
}

/** How long a member may take to say what it has counted. */
const countMs = 2_000;

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
  readonly #counting = new Map<number, (counted: Extract<PeerNews, { readonly kind: "counted" }>) => void>();
  #next = 1;

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
    events.on("message", ({ id, body }) => this.#hear(id, decode(aPeerNews, body, "news")));
    events.on("gone", ({ id }) => {
      this.#arrivals.set(id, (this.#arrivals.get(id) ?? 0) + 1);
      this.#about.delete(id);
      this.#mates.delete(id);
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

  /** These as ranks, in this order. Resolves when each is linked with each. Fault `mesh/no-link`. */
  async group(ranks: readonly KeyId[], name: string): Promise<Group> {
    await this.room.together(ranks);
    const { operationsPerByte } = this.#options;
    return new Group({
      ranks,
      self: this.self,
      worker: this.worker,
      link: (peer) => this.room.link(peer),
      asks: this.#asks,
      // Members remember names of runs, and may still have tensors of a group before.
      name: `${name}.${this.#groups++}`,
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

  #count(id: KeyId): Promise<Pick<Extract<PeerNews, { readonly kind: "counted" }>, "from" | "other">> {
    if (id === this.self) {
      const from = Array.from(this.worker.movedFrom, ([peer, bytes]) => ({ peer, bytes }));
      return Promise.resolve({ from, other: this.worker.otherBytes });
    }
    const ask = this.#next++;
    return new Promise((resolve) => {
      const give = this.#clock.after(countMs, () => {
        this.#counting.delete(ask);
        resolve({ from: [], other: 0 });
      });
      this.#counting.set(ask, (counted) => {
        give();
        resolve(counted);
      });
      const asked: HostAsks = { kind: "count", ask };
      this.room.tell(id, asked);
    });
  }

  #hear(id: KeyId, news: PeerNews): void {
    if (news.kind === "counted") {
      this.#counting.get(news.ask)?.(news);
      this.#counting.delete(news.ask);
      return;
    }
    if (news.kind === "ready") this.#mates.add(id);
    const before = this.#about.get(id) ?? { state: { kind: "ready" } };
    this.#about.set(id, news.kind === "device" ? { ...before, device: news } : { ...before, state: news });
    this.events.emit("changed", undefined);
  }
}
