import type { LinkCosts } from "../sbp/link-costs.ts";
import type { PeerId } from "./worker.ts";

/** What a peer has seen of its link to another, as far as it has: milliseconds there and back, and bytes a millisecond to it. */
export interface LinkSeen {
  readonly peer: PeerId;
  readonly roundTrip?: number;
  readonly rate?: number;
}

/** Bytes a millisecond, and milliseconds there and back, beyond which no link is. */
const leastRate = 1;
const mostRate = 1e9;
const mostTrip = 60_000;

/** Of what a peer says of its links, that of the peers it was asked about, once each, in numbers that links have: any peer may make them up. */
export function believable(said: readonly LinkSeen[], peers: readonly PeerId[]): readonly LinkSeen[] {
  return peers.flatMap((peer) => {
    const seen = said.find((one) => one.peer === peer);
    if (seen === undefined) return [];
    const { roundTrip = 0, rate = 0 } = seen;
    return {
      peer,
      ...(roundTrip > 0 && { roundTrip: Math.min(roundTrip, mostTrip) }),
      ...(rate > 0 && { rate: Math.min(Math.max(rate, leastRate), mostRate) }),
    };
  });
}

interface Edge {
  roundTrip?: number;
  rate?: number;
}

/** What all peers of a room have seen of their links, and what transfers between them cost by that. */
export class SeenLinks {
  /** By sender, then by receiver. */
  readonly #edges = new Map<PeerId, Map<PeerId, Edge>>();
  /** Bytes a millisecond that a peer sends to all others at once, and receives from all. */
  readonly #up = new Map<PeerId, number>();
  readonly #down = new Map<PeerId, number>();

  heard(from: PeerId, links: readonly LinkSeen[]): void {
    for (const { peer, ...seen } of links) Object.assign(this.#edge(from, peer), seen);
  }

  /** All of them sent to all others at once, and this is what each has seen of it. */
  probed(seen: ReadonlyMap<PeerId, readonly LinkSeen[]>): void {
    const down = new Map<PeerId, number>();
    for (const [from, links] of seen) {
      this.heard(from, links);
      const up = links.reduce((sum, { rate = 0 }) => sum + rate, 0);
      // Who has seen nothing may send as fast as any.
      if (up > 0) this.#up.set(from, up);
      for (const { peer, rate } of links)
        if (rate !== undefined) down.set(peer, (down.get(peer) ?? 0) + rate);
    }
    for (const [peer, rate] of down) this.#down.set(peer, rate);
  }

  /** Whether it is known how fast each of them sends to each other. */
  knows(ranks: readonly PeerId[]): boolean {
    return ranks.every((from) => ranks.every((to) => from === to || this.of(from, to).rate !== undefined));
  }

  of(from: PeerId, to: PeerId): Readonly<Edge> {
    return this.#edges.get(from)?.get(to) ?? {};
  }

  /** The links among these are others from now on. */
  forget(peers: readonly PeerId[]): void {
    for (const from of peers) {
      for (const to of peers) this.#edges.get(from)?.delete(to);
      this.#up.delete(from);
      this.#down.delete(from);
    }
  }

  /** It has left: what comes by this name again may come another way. */
  gone(peer: PeerId): void {
    this.#edges.delete(peer);
    for (const row of this.#edges.values()) row.delete(peer);
    this.#up.delete(peer);
    this.#down.delete(peer);
  }

  /** Of these as ranks. Edges of which nothing was seen are as the middle one; nothing where nothing was. */
  costs(ranks: readonly PeerId[]): LinkCosts | undefined {
    const edges = ranks.flatMap((from) => ranks.filter((to) => to !== from).map((to) => this.of(from, to)));
    const middle = medianOf(edges.flatMap(({ rate }) => (rate === undefined ? [] : [rate])));
    const usual = medianOf(edges.flatMap(({ roundTrip }) => (roundTrip === undefined ? [] : [roundTrip])));
    if (middle === undefined) return undefined;
    const edge = (from: number, to: number): Readonly<Edge> => this.of(ranks[from] ?? "", ranks[to] ?? "");
    const share = (all: ReadonlyMap<PeerId, number>, rank: number, rates: readonly number[]): number => {
      const rate = all.get(ranks[rank] ?? "");
      // One edge alone has been faster since: then all of them together are, too.
      return rate === undefined ? 0 : 1 / Math.max(rate, ...rates);
    };
    const others = ranks.map((_, rank) => rank);
    return {
      latency: (from, to) => (edge(from, to).roundTrip ?? edge(to, from).roundTrip ?? usual ?? 0) / 2,
      perByte: (from, to) => 1 / (edge(from, to).rate ?? middle),
      up: (rank) =>
        share(
          this.#up,
          rank,
          others.map((to) => edge(rank, to).rate ?? 0),
        ),
      down: (rank) =>
        share(
          this.#down,
          rank,
          others.map((from) => edge(from, rank).rate ?? 0),
        ),
    };
  }

  #edge(from: PeerId, to: PeerId): Edge {
    const row = this.#edges.get(from) ?? new Map<PeerId, Edge>();
    this.#edges.set(from, row);
    const edge = row.get(to) ?? {};
    row.set(to, edge);
    return edge;
  }
}

function medianOf(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
