import type { Counter } from "./counters.ts";
import { type Channel, highMark, lowMark } from "./channel.ts";
import { encodePacket, headBytes, type Packet, Type } from "./packet.ts";

/** The channels of one connection: one for what is short and urgent, one or more for bytes of streams. */
export interface Channels {
  readonly control: Channel;
  /** At least one. All but the first carry only bytes of streams that the receiver has answered. */
  readonly bulk: readonly Channel[];
}

/** All channels of a connection through something. */
export function through(
  { control, bulk }: Channels,
  over: (channel: Channel, urgent: boolean) => Channel,
): Channels {
  return { control: over(control, true), bulk: bulk.map((channel) => over(channel, false)) };
}

/** A channel of a further connection, and for how long nothing has left it. */
interface Stripe {
  readonly channel: Channel;
  waiting: number;
  still: number;
}

/** Puts packets on channels, as fast as these take them. */
export class Lanes {
  readonly #channels: Channels;
  readonly #counter: Counter;
  readonly #room: () => void;
  /** Channels of further connections. */
  #stripes: readonly Stripe[] = [];

  constructor(channels: Channels, counter: Counter, room: () => void) {
    this.#channels = channels;
    this.#counter = counter;
    this.#room = room;
    for (const channel of channels.bulk) channel.onRoom(room);
  }

  /** Bytes that wait in channels for bulk. */
  get waiting(): number {
    return this.#bulk.reduce((sum, channel) => sum + channel.waiting, 0);
  }

  /** Every channel for bulk has about as much as it takes. */
  get isFull(): boolean {
    return this.#bulk.every((channel) => channel.waiting > lowMark / 2);
  }

  add(stripe: Channel): void {
    this.#stripes = [...this.#stripes, { channel: stripe, waiting: 0, still: 0 }];
    stripe.onRoom(this.#room);
    this.#room();
  }

  /** True where it was one of them. */
  remove(stripe: Channel): boolean {
    const rest = this.#stripes.filter(({ channel }) => channel !== stripe);
    const wasUsed = rest.length < this.#stripes.length;
    this.#stripes = rest;
    return wasUsed;
  }

  /** Called now and then. Gives stripes in which the same bytes have waited for as many calls as `most`. */
  stuck(most: number): readonly Channel[] {
    for (const stripe of this.#stripes) {
      const { waiting } = stripe.channel;
      stripe.still = waiting > 0 && waiting === stripe.waiting ? stripe.still + 1 : 0;
      stripe.waiting = waiting;
    }
    return this.#stripes.filter(({ still }) => still >= most).map(({ channel }) => channel);
  }

  /** Connections in use. */
  get width(): number {
    return 1 + this.#stripes.length;
  }

  get #bulk(): readonly Channel[] {
    return [...this.#channels.bulk, ...this.#stripes.map(({ channel }) => channel)];
  }

  urgent(packet: Packet): void {
    this.#put(this.#channels.control, packet);
  }

  /** Behind all that has gone to the first channel for bulk, as openings of streams have. */
  ordered(packet: Packet): void {
    const [first] = this.#channels.bulk;
    if (first !== undefined) this.#put(first, packet);
  }

  /** The channel with the most room, or the first where `anywhere` is false; undefined where there is none. */
  free(anywhere: boolean): Channel | undefined {
    const channels = anywhere ? this.#bulk : this.#channels.bulk.slice(0, 1);
    const [best] = channels.toSorted((a, b) => a.waiting - b.waiting);
    return best !== undefined && best.waiting < highMark ? best : undefined;
  }

  put(channel: Channel, packet: Packet): void {
    this.#put(channel, packet);
  }

  #put(channel: Channel, packet: Packet): void {
    const payload = packet.type === Type.data ? packet.bytes.length : 0;
    this.#counter.count(payload, headBytes + packet.bytes.length - payload);
    channel.send(encodePacket(packet));
  }
}
