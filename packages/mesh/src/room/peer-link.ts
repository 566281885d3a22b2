import { type Clock, Fault } from "@tilebook/base";
import type { Accept } from "../transport/inbox.ts";
import { type Channels, through } from "../transport/lanes.ts";
import { farewell, Link } from "../transport/link.ts";
import { violation } from "../transport/peer-connection.ts";
import { type LinkSpeed, Throttle } from "../transport/throttle.ts";

export interface PeerLinkOptions {
  readonly clock: Clock;
  readonly accept: Accept;
  readonly heard: (message: unknown) => void;
  /** As `LinkOptions.lost`. The connection is closed already. */
  readonly lost: (fault: Fault) => void;
  /** As `LinkOptions.connection`. */
  readonly connection: (() => RTCPeerConnection) | undefined;
}

/** A link to a peer of a room, and the connection that carries it at the moment. */
export class PeerLink {
  readonly link: Link;
  readonly #clock: Clock;
  #connection: RTCPeerConnection | undefined;
  readonly #throttle: Throttle;

  constructor({ clock, accept, heard, lost, connection }: PeerLinkOptions) {
    this.#clock = clock;
    this.#throttle = new Throttle({}, clock, Math.random);
    this.link = new Link({
      clock,
      accept,
      heard,
      connection,
      over: (channel) => this.#throttle.over(channel),
      lost: (fault) => {
        this.#connection?.close();
        this.#connection = undefined;
        lost(fault);
      },
    });
  }

  get isUp(): boolean {
    return this.#connection !== undefined;
  }

  /** Goes on over this connection. */
  take(channels: Channels, connection: RTCPeerConnection): void {
    const before = this.#connection;
    this.#connection = connection;
    this.link.attach(through(channels, (channel, urgent) => this.#throttle.over(channel, urgent)));
    connection.addEventListener(violation, () => {
      if (this.#connection === connection)
        this.link.break(new Fault("mesh/violation", "a peer uses channels that are none of a link"));
    });
    if (before !== undefined) closeSoon(this.#clock, before);
  }

  /** What this side sends is as slow as this from now on. */
  slow(speed: LinkSpeed): void {
    this.#throttle.set(speed);
    this.link.delivery.forget();
  }

  /** Says goodbye, for the page goes away and may be back. Streams go on over the next connection. */
  pause(): void {
    this.link.pause();
    this.#connection = undefined;
  }

  /** Says goodbye. Every stream ends with `fault`. */
  close(fault?: Fault): void {
    this.link.close(fault);
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection !== undefined) closeSoon(this.#clock, connection);
  }
}

export function closeSoon(clock: Clock, connection: RTCPeerConnection): void {
  clock.after(2 * farewell, () => connection.close());
}
