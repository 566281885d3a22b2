import type { Clock } from "@tilebook/base";
import type { LinkCosts } from "../sbp/link-costs.ts";
import { checkSpeed, type LinkWish, speedBetween } from "../run/link-wish.ts";
import { believable, type LinkSeen, SeenLinks } from "../run/seen-links.ts";
import type { PeerWorker } from "../run/worker.ts";
import { type LinkSpeed, rateOf } from "../transport/throttle.ts";
import { seenBy } from "./answer-asks.ts";
import type { KeyId } from "./identity.ts";
import type { MemberAsks } from "./member-asks.ts";

export interface MemberLinksOptions {
  /** The host's, and its worker. */
  readonly self: KeyId;
  readonly worker: PeerWorker;
  readonly asks: MemberAsks;
  readonly clock: Clock;
  /** Makes the host's own side of its links slow. */
  readonly slow: (peers: readonly KeyId[], speed: LinkSpeed) => void;
}

/** How long a member may take to answer, and to answer when it has tried its links. */
const answerMs = 2_000;
const probeMs = 4_000;
/** Who has not answered holds up no other mesh for so long. */
const silentMs = 60_000;
/** After runs, links are asked about no more often than this. */
const lookMs = 1_000;
/** Bytes a millisecond of links of which nothing is known but that others are slow: those of a fast local net. */
const usualRate = 100_000;

/** What the host of a room knows of all links, and has its members do with theirs. */
export class MemberLinks {
  readonly seen: SeenLinks = new SeenLinks();
  readonly #options: MemberLinksOptions;
  #looked = -Infinity;
  /** When it was last waited in vain for what members have seen. */
  readonly #silent = new Map<KeyId, number>();

  constructor(options: MemberLinksOptions) {
    this.#options = options;
  }

  /** Has these try their links with each other, unless all is known of them; without those who did not answer of late. */
  async probe(ranks: readonly KeyId[]): Promise<void> {
    const now = this.#options.clock.now();
    const able = ranks.filter((id) => now - (this.#silent.get(id) ?? -Infinity) >= silentMs);
    if (!this.seen.knows(able)) this.seen.probed(await this.#seenBy(able, true));
  }

  /** Who comes by this name again is not known. */
  gone(id: KeyId): void {
    this.seen.gone(id);
    this.#silent.delete(id);
  }

  /** Asks these what they have seen of their links with each other, unless somebody has just been asked. */
  async look(ranks: readonly KeyId[]): Promise<void> {
    const now = this.#options.clock.now();
    if (now - this.#looked < lookMs) return;
    this.#looked = now;
    for (const [from, links] of await this.#seenBy(ranks, false)) this.seen.heard(from, links);
  }

  /** Asks these what they have seen of their links to the host, and looks at those from here. */
  async lookHere(ids: readonly KeyId[]): Promise<void> {
    const { self } = this.#options;
    const here = this.#seen(self, ids, false).then((links) => this.seen.heard(self, links));
    const there = ids.map(async (id) => this.seen.heard(id, await this.#seen(id, [self], false)));
    await Promise.all([here, ...there]);
  }

  /** Has links between these be as is wished, of both sides of each. Fault `mesh/link`. */
  async slow(ranks: readonly KeyId[], wish: LinkWish): Promise<void> {
    checkSpeed(wish);
    this.seen.forget(ranks);
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

  /** What was seen, or what was wished where that is slower: of a link that has just been made slow nothing was seen yet. */
  costs(ranks: readonly KeyId[], wish: LinkWish): LinkCosts | undefined {
    const seen = this.seen.costs(ranks);
    if (seen === undefined && rateOf(wish) === Infinity) return undefined;
    return {
      ...seen,
      latency: (from, to) => Math.max(seen?.latency(from, to) ?? 0, speedBetween(wish, from, to).ms ?? 0),
      perByte: (from, to) =>
        Math.max(seen?.perByte(from, to) ?? 1 / usualRate, 1 / rateOf(speedBetween(wish, from, to))),
    };
  }

  /** By peer, what it has seen of its links to the others. */
  async #seenBy(ranks: readonly KeyId[], probes: boolean): Promise<ReadonlyMap<KeyId, readonly LinkSeen[]>> {
    const seen = ranks.map(async (id): Promise<readonly [KeyId, readonly LinkSeen[]]> => {
      const others = ranks.filter((peer) => peer !== id);
      return [id, await this.#seen(id, others, probes)];
    });
    return new Map(await Promise.all(seen));
  }

  async #seen(id: KeyId, peers: readonly KeyId[], probes: boolean): Promise<readonly LinkSeen[]> {
    const { self, worker, asks, clock } = this.#options;
    if (id === self) return believable(await seenBy(worker, { peers, probes }, clock), peers);
    const answer = await asks.ask(id, { kind: "links", peers, probes }, probes ? probeMs : answerMs);
    if (answer === undefined) this.#silent.set(id, clock.now());
    else this.#silent.delete(id);
    return answer?.kind === "links" ? believable(answer.links, peers) : [];
  }

  async #slow(id: KeyId, peers: readonly KeyId[], speed: LinkSpeed): Promise<void> {
    const { self, asks, slow } = this.#options;
    if (id === self) slow(peers, speed);
    else await asks.ask(id, { kind: "slow", peers, speed }, answerMs);
  }
}
