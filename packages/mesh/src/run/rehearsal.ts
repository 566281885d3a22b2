import { type Clock, Fault, realClock, seeded } from "@tilebook/base";
import { connectHere } from "../transport/connect-here.ts";
import { Link } from "../transport/link.ts";
import type { LinkCosts } from "../sbp/link-costs.ts";
import { rateOf, Throttle } from "../transport/throttle.ts";
import { Asks } from "./asks.ts";
import type { Device } from "./device.ts";
import { Group } from "./group.ts";
import { SharedDevice } from "./shared-device.ts";
import { checkSpeed, type LinkWish, speedBetween } from "./link-wish.ts";
import { PeerWorker } from "./worker.ts";

export interface RehearsalOptions {
  readonly device: Device;
  /** The most bytes that each rank may hold. */
  readonly budgetBytes: number;
  readonly connection: () => RTCPeerConnection;
  readonly clock?: Clock;
  /** As `GroupOptions.operationsPerByte`. */
  readonly operationsPerByte?: number;
}

/** Ranks in one page, in the place of other people's, over real connections and one device. */
export interface Rehearsal {
  readonly group: Group;
  /** Bytes of values that rank `to` has received from rank `from`, and of everything else that was sent. */
  traffic(): { readonly edges: readonly Edge[]; readonly framing: number };
  /** Links are like this from now on. Fault `mesh/link`. */
  slow(wish: LinkWish): void;
  close(): void;
}

export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly payload: number;
}

/** When a connection that could not be made anew is tried again. */
const againMs = 500;

/** So many ranks, each linked with each. Rejects with `mesh/closed` where connections cannot be made. */
export async function rehearse(count: number, options: RehearsalOptions): Promise<Rehearsal> {
  const stage = new Stage(count, options);
  try {
    await stage.connect();
  } catch (error) {
    stage.close();
    throw error;
  }
  return stage;
}

interface Pair {
  readonly from: number;
  readonly to: number;
  readonly link: Link;
  readonly throttle: Throttle;
}

class Stage implements Rehearsal {
  readonly group: Group;
  readonly #options: RehearsalOptions;
  readonly #workers: readonly PeerWorker[];
  /** By sender and receiver. */
  readonly #pairs: readonly Pair[];
  /** By pair: those that are closed when there are others. */
  readonly #connections = new Map<Pair, readonly RTCPeerConnection[]>();
  readonly #connecting = new Set<Pair>();
  #isClosed = false;
  #wish: LinkWish = {};

  constructor(count: number, options: RehearsalOptions) {
    this.#options = options;
    const { budgetBytes, clock = realClock, operationsPerByte } = options;
    const device = new SharedDevice(options.device);
    const names = Array.from({ length: count }, (_, rank) => `r${rank}`);
    const asks = new Asks();
    // They share one device: what one remembers, the others would lack.
    this.#workers = names.map(
      () => new PeerWorker({ device, budgetBytes, rememberedBytes: 0, drives: (peer) => peer === names[0] }),
    );
    this.#pairs = this.#workers.flatMap((worker, from) =>
      names.flatMap((peer, to): Pair[] => {
        if (to === from) return [];
        const accept = worker.acceptFrom(peer);
        const link = new Link({
          clock,
          accept: from === 0 ? asks.accept(peer, accept) : accept,
          heard: () => undefined,
          lost: () => this.#lost(from, to),
        });
        worker.connect(peer, link);
        return [{ from, to, link, throttle: new Throttle({}, clock, seeded(from * count + to)) }];
      }),
    );
    const [worker] = this.#workers;
    if (worker === undefined) throw new Fault("mesh/wanted", "a mesh has at least one rank");
    this.group = new Group({
      ranks: names,
      self: "r0",
      worker,
      link: (peer) => this.#pair(0, names.indexOf(peer))?.link,
      asks,
      name: "t",
      oneDevice: true,
      linkCosts: () => costsOf(this.#wish),
      pinned: () => this.#wish.collectives,
      ...(operationsPerByte === undefined ? {} : { operationsPerByte }),
    });
  }

  async connect(): Promise<void> {
    const first = this.#pairs.filter(({ from, to }) => from < to);
    await Promise.all(first.map((pair) => this.#connect(pair)));
  }

  async #connect(there: Pair): Promise<void> {
    const { connection } = this.#options;
    const back = this.#pair(there.to, there.from) ?? there;
    const sides = [there.throttle, back.throttle] as const;
    this.#connecting.add(there);
    try {
      const made = await connectHere(there.link, back.link, {
        connection,
        over: (channel, side, urgent) => sides[side].over(channel, urgent),
      });
      this.#end(there);
      this.#connections.set(there, made);
      if (this.#isClosed) this.#end(there);
    } finally {
      this.#connecting.delete(there);
    }
  }

  /** Nobody has left: on a busy machine, a connection was silent for too long. What was under way goes on over the next one. */
  #lost(from: number, to: number): void {
    const pair = this.#pair(Math.min(from, to), Math.max(from, to));
    if (pair === undefined || this.#isClosed || this.#connecting.has(pair)) return;
    const { clock = realClock } = this.#options;
    this.#connect(pair).catch(() => clock.after(againMs, () => this.#lost(from, to)));
  }

  #end(pair: Pair): void {
    for (const connection of this.#connections.get(pair) ?? []) connection.close();
    this.#connections.delete(pair);
  }

  traffic(): ReturnType<Rehearsal["traffic"]> {
    const edges = this.#pairs.map(({ from, to }) => {
      const payload = this.#workers[to]?.movedFrom.get(`r${from}`) ?? 0;
      return { from, to, payload };
    });
    return { edges, framing: this.#workers.reduce((sum, { otherBytes }) => sum + otherBytes, 0) };
  }

  slow(wish: LinkWish): void {
    checkSpeed(wish);
    for (const { from, to, throttle } of this.#pairs) throttle.set(speedBetween(wish, from, to));
    this.#wish = wish;
  }

  close(): void {
    this.#isClosed = true;
    for (const worker of this.#workers) worker.close();
    for (const { link } of this.#pairs) link.close();
    for (const pair of this.#connections.keys()) this.#end(pair);
  }

  #pair(from: number, to: number): Pair | undefined {
    return this.#pairs.find((pair) => pair.from === from && pair.to === to);
  }
}

/** Bytes a millisecond that one page brings over all of its own links together: 40 MB/s on two cores. */
const ownRate = 40_000;

/** Links as they were made, in a page that has to carry all of it. */
function costsOf(wish: LinkWish): LinkCosts {
  return {
    latency: (from, to) => speedBetween(wish, from, to).ms ?? 0,
    perByte: (from, to) => 1 / Math.min(ownRate, rateOf(speedBetween(wish, from, to))),
  };
}
