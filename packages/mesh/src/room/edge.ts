import { type Clock, Fault } from "@tilebook/base";
import type { Accept } from "../transport/inbox.ts";
import type { Link } from "../transport/link.ts";
import type { LinkSpeed } from "../transport/throttle.ts";
import { Dial } from "../transport/dial.ts";
import type { Channels } from "../transport/lanes.ts";
import { openChannels } from "../transport/peer-connection.ts";
import { toBase64Url } from "./base64url.ts";
import { PeerLink } from "./peer-link.ts";
import type { Signal } from "./room-words.ts";

type Said = Pick<Signal, "session" | "kind" | "body">;

export interface EdgeOptions {
  readonly clock: Clock;
  /** Of two, the one with the lesser name offers; the other calls for an offer. */
  readonly offers: boolean;
  readonly accept: Accept;
  readonly connection: () => RTCPeerConnection;
  readonly tell: (said: Said) => Promise<void>;
  /** The link is up, for the first time or again. */
  readonly linked: (link: Link) => void;
}

/** A connection that is not up after this long is tried anew. */
const attempt = 4_000;

/** Offers that are remembered, so that none is answered twice. */
const mostAnswered = 1_000;

/** One link of a guest to another, and the attempts to get a connection for it. */
export class Edge {
  readonly #options: EdgeOptions;
  readonly #peer: PeerLink;
  readonly #waiting = new Set<() => void>();
  #trying: Dial<Channels> | undefined;
  readonly #answered = new Set<string>();
  #wanted = false;
  #cancel: () => void = () => undefined;

  constructor(options: EdgeOptions) {
    this.#options = options;
    this.#peer = new PeerLink({
      clock: options.clock,
      accept: options.accept,
      connection: options.connection,
      // Pages of guests have nothing to say to each other but streams.
      heard: () => {
        throw new Fault("mesh/violation", "a guest says what guests do not say");
      },
      lost: () => this.#lost(),
    });
  }

  /** From when it was up for the first time. */
  get link(): Link {
    return this.#peer.link;
  }

  slow(speed: LinkSpeed): void {
    this.#peer.slow(speed);
  }

  /** Gets a connection, now and whenever it is lost. */
  want(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    if (!this.#peer.isUp) this.#try();
  }

  /** Whether it is up within `ms`. */
  ready(ms: number): Promise<boolean> {
    this.want();
    if (this.#peer.isUp) return Promise.resolve(true);
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        this.#waiting.delete(done);
        resolve(this.#peer.isUp);
      };
      const cancel = this.#options.clock.after(ms, done);
      this.#waiting.add(done);
    });
  }

  async hear({ session, kind, body }: Said): Promise<void> {
    if (kind === "call") return this.#options.offers && !this.#peer.isUp ? this.#try() : undefined;
    if (kind === "offer") return this.#answer(session, body);
    if (this.#trying?.session === session) await this.#trying.hear(kind, body);
  }

  close(fault?: Fault): void {
    this.#wanted = false;
    this.#cancel();
    this.#trying?.close();
    this.#trying = undefined;
    this.#peer.close(fault);
    for (const done of Array.from(this.#waiting)) done();
  }

  #lost(): void {
    if (this.#wanted) this.#try();
  }

  /** Offers, or calls for an offer; and again, if it comes to nothing. */
  #try(): void {
    this.#cancel();
    this.#cancel = this.#options.clock.after(attempt, () => {
      if (this.#wanted && !this.#peer.isUp) this.#try();
    });
    const session = toBase64Url(crypto.getRandomValues(new Uint8Array(16)));
    const start = this.#options.offers
      ? this.#offer(session)
      : this.#options.tell({ session, kind: "call", body: "" });
    // The next attempt is on its way.
    start.catch(() => undefined);
  }

  async #offer(session: string): Promise<void> {
    await this.#begin(session).offer();
  }

  async #answer(session: string, sdp: string): Promise<void> {
    if (this.#options.offers || this.#answered.has(session)) return;
    this.#answered.add(session);
    const [oldest] = this.#answered;
    if (this.#answered.size > mostAnswered && oldest !== undefined) this.#answered.delete(oldest);
    this.#wanted = true;
    await this.#begin(session).hear("offer", sdp);
  }

  #begin(session: string): Dial<Channels> {
    this.#trying?.close();
    const dial = new Dial({
      session,
      connection: this.#options.connection(),
      // What is not heard is said again with the next attempt.
      tell: (word) => void this.#options.tell(word).catch(() => undefined),
      open: openChannels,
      opened: (channels, connection) => this.#opened(channels, connection),
    });
    this.#trying = dial;
    return dial;
  }

  #opened(channels: Channels, connection: RTCPeerConnection): void {
    this.#trying = undefined;
    this.#cancel();
    this.#peer.take(channels, connection);
    this.#options.linked(this.#peer.link);
    for (const done of Array.from(this.#waiting)) done();
  }
}
