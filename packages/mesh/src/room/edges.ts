import type { Clock, Fault } from "@tilebook/base";
import type { Accept } from "../transport/inbox.ts";
import type { Link } from "../transport/link.ts";
import type { LinkSpeed } from "../transport/throttle.ts";
import { Edge } from "./edge.ts";
import { checkSignal, signSignal } from "./edge-proof.ts";
import type { Identity, KeyId } from "./identity.ts";
import type { Signal } from "./room-words.ts";

export interface EdgesOptions {
  readonly clock: Clock;
  readonly identity: Identity;
  readonly room: KeyId;
  readonly accept: (peer: KeyId) => Accept;
  readonly connection: () => RTCPeerConnection;
  readonly tellHost: (peer: KeyId, signal: Signal) => void;
  /** Whether the host says that this peer computes with us. */
  readonly isMember: (id: KeyId) => boolean;
  readonly linked: (id: KeyId, link: Link) => void;
}

/** With so few others a guest links with all of them at once; else with those that the host has it compute with. */
const mostEager = 8;
/** More than a group has ranks. */
const mostEdges = 32;
/** Tries longer than one attempt, and not longer than the host waits. */
const patience = 15_000;

/** Links of a guest to others who compute. The host passes on what they need to say for it, and can do no more than that. */
export class Edges {
  readonly #options: EdgesOptions;
  readonly #edges = new Map<KeyId, Edge>();
  /** Signals are checked one after another: a candidate must not overtake its description. */
  #queue: Promise<void> = Promise.resolve();

  constructor(options: EdgesOptions) {
    this.#options = options;
  }

  link(id: KeyId): Link | undefined {
    return this.#edges.get(id)?.link;
  }

  slow(id: KeyId, speed: LinkSpeed): void {
    this.#edges.get(id)?.slow(speed);
  }

  /** Links with these, if they are few. */
  eager(ids: readonly KeyId[]): void {
    const others = ids.filter((id) => this.#options.isMember(id));
    if (others.length <= mostEager) for (const id of others) this.#edge(id)?.want();
  }

  /** Whether there is a link to a peer, which is made if there is none. */
  async reach(id: KeyId): Promise<boolean> {
    const edge = this.#edge(id);
    if (edge === undefined) return false;
    return edge.ready(patience);
  }

  hear(peer: KeyId, signal: Signal): Promise<void> {
    // Whatever is wrong with a signal, it is as if it had not come.
    this.#queue = this.#queue.then(() => this.#take(peer, signal)).catch(() => undefined);
    return this.#queue;
  }

  close(id: KeyId): void {
    this.#edges.get(id)?.close();
    this.#edges.delete(id);
  }

  closeAll(fault: Fault): void {
    for (const edge of this.#edges.values()) edge.close(fault);
    this.#edges.clear();
  }

  async #take(peer: KeyId, signal: Signal): Promise<void> {
    const { identity, room } = this.#options;
    const edge = this.#edge(peer);
    if (edge === undefined) return;
    await checkSignal({ room, from: peer, to: identity.id }, signal);
    await edge.hear(signal);
  }

  #edge(id: KeyId): Edge | undefined {
    const found = this.#edges.get(id);
    const { clock, identity, room, accept, connection, tellHost, isMember, linked } = this.#options;
    if (found !== undefined || !isMember(id) || id === identity.id || this.#edges.size >= mostEdges)
      return found;
    const edge = new Edge({
      clock,
      offers: identity.id < id,
      accept: accept(id),
      connection,
      tell: async (said) =>
        tellHost(id, await signSignal(identity, { room, from: identity.id, to: id }, said)),
      linked: (link) => linked(id, link),
    });
    this.#edges.set(id, edge);
    return edge;
  }
}
