import { type Clock, Fault } from "@tilebook/base";
import { Beat } from "./beat.ts";
import type { Channel } from "./channel.ts";
import { Counter, type Traffic } from "./counters.ts";
import { Delivery } from "./delivery.ts";
import { type Accept, Inbox } from "./inbox.ts";
import { type Channels, Lanes } from "./lanes.ts";
import { Outbox, type SendOptions } from "./outbox.ts";
import { decodePacket, headBytes, type Packet, type PacketType, Type } from "./packet.ts";
import { Pace } from "./pace.ts";
import { Unasked } from "./unasked.ts";
import { aDialWord, Stripes } from "./stripes.ts";
import { Width } from "./width.ts";

export interface LinkOptions {
  readonly clock: Clock;
  /** Says where what the peer sends goes, or refuses it. */
  readonly accept: Accept;
  /** Hears a message of the peer: any JSON, at most 16 KB. */
  readonly heard: (message: unknown) => void;
  /** Hears that the connection is gone, and why: `mesh/left`, `mesh/silent`, `mesh/closed` or `mesh/violation`. Streams wait for the next `attach`. */
  readonly lost: (fault: Fault) => void;
  /** Makes another connection to the same peer, where one is held back by its losses. Without it, one has to do. */
  readonly connection?: (() => RTCPeerConnection) | undefined;
  /** What a further channel is used through. */
  readonly over?: (channel: Channel) => Channel;
}

/** A message is short: what is long is a stream. */
export const mostMessage: number = 16 * 1024;

/** What was said last is given this long to leave: some implementations drop what waits in a channel that is closed. */
export const farewell: number = 300;

/** What a sender of streams says, and what their receiver says. */
const ofSender: ReadonlySet<PacketType> = new Set([Type.open, Type.reopen, Type.data, Type.abort]);
const ofReceiver: ReadonlySet<PacketType> = new Set([Type.credit, Type.done, Type.refuse]);

/** Beats after which a further connection that takes no bytes is taken for dead. */
const stuckBeats = 6;

const empty = new Uint8Array(0);

/** What carries a link at the moment. */
interface Carried {
  readonly channels: Channels;
  readonly lanes: Lanes;
  readonly beat: Beat;
  readonly pace: Pace;
  readonly width: Width;
  readonly stripes: Stripes | undefined;
}

/**
 * What two peers say to each other, whichever connections carry it: messages, and streams of bytes that go on over the next
 * connection where one breaks off.
 */
export class Link {
  readonly #options: LinkOptions;
  readonly #outbox: Outbox;
  /** How fast it is, as far as has been seen. */
  readonly delivery: Delivery;
  readonly #inbox: Inbox;
  readonly #unasked: Unasked;
  readonly #sent = new Counter();
  readonly #received = new Counter();
  #connection: Carried | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.delivery = new Delivery(options.clock);
    this.#outbox = new Outbox(this.delivery);
    this.#unasked = new Unasked(options.clock);
    this.#inbox = new Inbox(options.accept, this.#unasked);
  }

  /** Uses these channels from now on, instead of those it had. */
  attach(channels: Channels): void {
    this.#drop();
    // Another way may be a longer one.
    this.delivery.forget();
    const { clock } = this.#options;
    const lanes = new Lanes(channels, this.#sent, () => this.#outbox.pump());
    const pace = new Pace(clock);
    const current = (): boolean => this.#connection?.channels === channels;
    const width = new Width();
    const stripes = this.#newStripes(lanes, current);
    const beat = new Beat({
      clock,
      send: (type, offset) => lanes.urgent({ type, stream: 0, offset, bytes: empty }),
      stuck: () => lanes.waiting,
      answered: (ms) => this.delivery.answered(ms),
      tick: () => this.#fit(),
      lost: (fault) => this.#lose(fault),
    });
    this.#connection = { channels, lanes, beat, pace, width, stripes };
    for (const channel of channelsOf(channels)) {
      channel.onMessage((bytes) => current() && this.#hear(bytes, pace));
      channel.onClose(() => current() && this.#lose(new Fault("mesh/closed", "the connection was closed")));
    }
    this.#inbox.attach(lanes);
    this.#outbox.attach(lanes);
  }

  /** Milliseconds to the peer and back, of late; undefined before the first answer. */
  get roundTrip(): number | undefined {
    return this.#connection?.beat.roundTrip;
  }

  get traffic(): { readonly sent: Traffic; readonly received: Traffic } {
    return { sent: this.#sent.now(), received: this.#received.now() };
  }

  /** Connections that what this side sends goes over. */
  get width(): number {
    return this.#connection?.lanes.width ?? 0;
  }

  /** Bytes of streams that arrived and that nobody has taken yet. */
  get held(): number {
    return this.#inbox.held;
  }

  /** Sends a message that may be lost with the connection: what must arrive is a stream, if an empty one. False where there is no connection. */
  tell(message: unknown): boolean {
    const bytes = jsonOf(message);
    if (bytes.length > mostMessage)
      throw new Fault("mesh/packet", `a message of ${bytes.length} bytes is too large`);
    this.#connection?.lanes.urgent({ type: Type.message, stream: 0, offset: 0, bytes });
    return this.#connection !== undefined;
  }

  /** As `Outbox.send`. */
  send(header: unknown, bytes: Uint8Array, options?: SendOptions): Promise<unknown> {
    return this.#outbox.send(header, bytes, options);
  }

  /** Says goodbye, and is without a connection until the next `attach`, for which streams wait. */
  pause(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    connection.lanes.urgent({ type: Type.bye, stream: 0, offset: 0, bytes: empty });
    this.#detach();
    this.#options.clock.after(farewell, () => closeAll(connection.channels));
  }

  /** Says goodbye and ends every stream, both ways, with `fault`. */
  close(fault: Fault = new Fault("mesh/closed", "this side ended the link")): void {
    this.pause();
    this.#outbox.failAll(fault);
    this.#inbox.failAll(fault);
  }

  /** Ends the connection, as what the peer does over it is against the rules. */
  break(fault: Fault): void {
    if (this.#connection !== undefined) this.#lose(fault);
  }

  #hear(bytes: Uint8Array, pace: Pace): void {
    try {
      pace.count();
      const packet = decodePacket(bytes);
      const payload = packet.type === Type.data ? packet.bytes.length : 0;
      this.#received.count(payload, headBytes + packet.bytes.length - payload);
      this.#connection?.beat.alive();
      this.#take(packet);
    } catch (error) {
      this.#lose(
        error instanceof Fault ? error : new Fault("mesh/violation", String(error), { cause: error }),
      );
    }
  }

  #take(packet: Packet): void {
    if (ofSender.has(packet.type)) return this.#inbox.hear(packet);
    if (ofReceiver.has(packet.type)) return this.#outbox.hear(packet);
    if (packet.type === Type.message) return this.#options.heard(this.#messageOf(packet.bytes));
    if (packet.type === Type.dial)
      return this.#connection?.stripes?.hear(aDialWord(this.#messageOf(packet.bytes), "dial"));
    if (packet.type === Type.bye) return this.#lose(new Fault("mesh/left", "the peer has left"));
    this.#connection?.beat.hear(packet);
  }

  #messageOf(bytes: Uint8Array): unknown {
    this.#unasked.count(bytes.length);
    return messageOf(bytes);
  }

  #newStripes(lanes: Lanes, isCurrent: () => boolean): Stripes | undefined {
    const { connection } = this.#options;
    if (connection === undefined) return undefined;
    return new Stripes({
      clock: this.#options.clock,
      connection,
      tell: (word) => {
        if (isCurrent()) lanes.urgent({ type: Type.dial, stream: 0, offset: 0, bytes: jsonOf(word) });
      },
      opened: (channel, isOurs) => {
        if (isCurrent()) return this.#widened(channel, isOurs);
        channel.close();
        return () => undefined;
      },
      violation: (fault) => isCurrent() && this.#lose(fault),
    });
  }

  /** Goes over more connections where what was sent of late tells that it helps, and over none that is dead. */
  #fit(): void {
    const carried = this.#connection;
    if (carried?.stripes === undefined) return;
    const { lanes, width, stripes } = carried;
    const left = this.#sent.now().payload - lanes.waiting;
    const isHeldBack = width.tick({
      left,
      width: lanes.width,
      isFull: lanes.isFull,
      roundTrip: this.delivery.trip,
    });
    if (isHeldBack) stripes.widen();
    for (const stripe of lanes.stuck(stuckBeats)) {
      // Nobody may say that it is closed: that takes a word of the other side.
      this.#ended(carried, stripe);
      stripe.close();
    }
  }

  /** Gives what is to be called when the channel's connection is gone. */
  #widened(plain: Channel, isOurs: boolean): () => void {
    const carried = this.#connection;
    if (carried === undefined) return () => undefined;
    const channel = this.#options.over?.(plain) ?? plain;
    channel.onMessage((bytes) => this.#connection === carried && this.#hear(bytes, carried.pace));
    const ended = (): void => this.#ended(carried, channel);
    channel.onClose(ended);
    if (isOurs) carried.lanes.add(channel);
    return ended;
  }

  #ended(carried: Carried, stripe: Channel): void {
    if (carried.lanes.remove(stripe) && this.#connection === carried) this.#outbox.again();
  }

  #lose(fault: Fault): void {
    this.#drop();
    this.#options.lost(fault);
  }

  #drop(): void {
    const connection = this.#connection;
    this.#detach();
    if (connection !== undefined) closeAll(connection.channels);
  }

  #detach(): void {
    this.#connection?.beat.stop();
    this.#connection?.stripes?.close();
    this.#connection = undefined;
    this.#outbox.detach();
    this.#inbox.detach();
  }
}

function jsonOf(message: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(message));
}

function closeAll(channels: Channels): void {
  for (const channel of channelsOf(channels)) channel.close();
}

function messageOf(bytes: Uint8Array): unknown {
  if (bytes.length > mostMessage)
    throw new Fault("mesh/violation", "a peer sends a message that is too large");
  return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
}

function channelsOf({ control, bulk }: Channels): Channel[] {
  return [control, ...bulk];
}
