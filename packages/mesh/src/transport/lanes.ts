import type { Counter } from "./counters.ts";
import { type Channel, highMark } from "./channel.ts";
import { encodePacket, headBytes, type Packet, Type } from "./packet.ts";

/** The channels of one connection: one for what is short and urgent, one or more for bytes of streams. */
export interface Channels {
  readonly control: Channel;
  /** At least one. All but the first carry only bytes of streams that the receiver has answered. */
  readonly bulk: readonly Channel[];
}

/** Puts packets on channels, as fast as these take them. */
export class Lanes {
  readonly #channels: Channels;
  readonly #counter: Counter;

  constructor(channels: Channels, counter: Counter, room: () => void) {
    this.#channels = channels;
    this.#counter = counter;
    for (const channel of channels.bulk) channel.onRoom(room);
  }

  /** Bytes that wait in channels for bulk. */
  get waiting(): number {
    return this.#channels.bulk.reduce((sum, channel) => sum + channel.waiting, 0);
  }

  urgent(packet: Packet): void {
    this.#put(this.#channels.control, packet);
  }

  /** The channel with the most room, or the first where `anywhere` is false; undefined where there is none. */
  free(anywhere: boolean): Channel | undefined {
    const channels = anywhere ? this.#channels.bulk : this.#channels.bulk.slice(0, 1);
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
